import { MregError } from '../documents/error.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type GitOptions, type GitPlace, type GitResult, runGit } from './git-process.ts';

/** One entry of git's index. */
export interface IndexEntry {
  readonly mode: string;
  readonly oid: string;
  /** 0, or 1 to 3 while a merge is unresolved. */
  readonly stage: number;
  /** Left out of the worktree by a sparse checkout. */
  readonly skipWorktree: boolean;
}

/** Whose index it is: git runs at the worktree's root. */
export interface IndexPlace {
  readonly place: GitPlace;
  readonly gitDir: string;
}

/** Beyond this many paths the command line might overflow; the whole index is read instead. */
const MAX_ARGUMENT_PATHS = 500;

/** Returns the index entries at `paths` and below them, by path; several for one path during a merge. */
export async function readIndex(
  place: GitPlace,
  paths: readonly string[],
): Promise<ReadonlyMap<string, readonly IndexEntry[]>> {
  const asked = paths.length <= MAX_ARGUMENT_PATHS ? paths : [];
  const args = ['--literal-pathspecs', 'ls-files', '-t', '--stage', '-z', '--', ...asked];
  const { stdout } = await runGit(place, args, { maxStdoutBytes: 512 * 1024 * 1024 });
  const entries = new Map<string, IndexEntry[]>();
  for (const record of stdout.toString('utf8').split('\0')) {
    const match = /^(\S) (\d+) ([0-9a-f]{40}) (\d)\t(.*)$/s.exec(record);
    if (match === null) continue;
    const [, tag = '', mode = '', oid = '', stage = '', path = ''] = match;
    const entry = { mode: mode.replace(/^0+/, ''), oid, stage: Number(stage), skipWorktree: tag === 'S' };
    entries.set(path, [...(entries.get(path) ?? []), entry]);
  }
  return entries;
}

/** What one path of the index shall become. */
export interface IndexUpdate {
  readonly path: string;
  /** What the index shall hold; undefined removes the path. */
  readonly entry: { readonly mode: string; readonly oid: string } | undefined;
  readonly skipWorktree: boolean;
  /** Whether the file on disk is what `entry` says, so that its times and size may be taken over. */
  readonly written: boolean;
}

/** Sets exactly these index entries, by object id: no filter or line-end setting gets a say in what is recorded. */
export async function updateIndex(at: IndexPlace, updates: readonly IndexUpdate[]): Promise<void> {
  if (updates.length === 0) return;
  const info = updates.map(({ path, entry }) =>
    entry ? `${entry.mode.padStart(6, '0')} ${entry.oid} 0\t${path}\0` : `0 ${'0'.repeat(40)} 0\t${path}\0`,
  );
  await runLocking(at, ['update-index', '--add', '--replace', '-z', '--index-info'], { input: info.join('') });
  const skipped = updates.filter(({ entry, skipWorktree }) => entry && skipWorktree);
  if (skipped.length > 0) {
    await runLocking(at, ['update-index', '--skip-worktree', '-z', '--stdin'], { input: namesOf(skipped) });
  }
  const written = updates.filter((update) => update.entry && update.written && !update.skipWorktree);
  if (written.length === 0) return;
  // Without preloading, which would look at every file of the worktree.
  const args = [
    '-c',
    'core.preloadIndex=false',
    '--literal-pathspecs',
    'add',
    '--refresh',
    '--pathspec-from-file=-',
    '--pathspec-file-nul',
  ];
  // A cache of file times: when it cannot be filled, `git status` reads the files and comes to the same answer.
  await runLocking(at, args, { input: namesOf(written), accept: [0, 1, 128] });
}

function namesOf(updates: readonly IndexUpdate[]): string {
  return updates.map(({ path }) => `${path}\0`).join('');
}

async function runLocking(at: IndexPlace, args: readonly string[], options: GitOptions): Promise<GitResult> {
  try {
    return await runGit(at.place, args, options);
  } catch (error) {
    const lock = `${at.place.env['GIT_INDEX_FILE'] ?? join(at.gitDir, 'index')}.lock`;
    if (!existsSync(lock)) throw error;
    const hint = `if no other git is running, a crash left the lock behind: remove ${lock}, then \`git status\``;
    throw new MregError('locked', `the index is locked by another git: ${lock} exists`, { hint, cause: error });
  }
}
