import { existsSync } from 'node:fs';
import { type GitOptions, type GitPlace, type GitResult, runGit } from './git-process.ts';
import { endOfRun, FIELD, FLAG, type IndexFile, isSkipped, offsetOf, pathOf, positionOf } from './index-file.ts';
import { lockedIndex, lockFileOf } from './index-lock.ts';
import { readIndexFile, type IndexPlace } from './index-read.ts';
import { rewriteIndex, type IndexUpdate } from './index-rewrite.ts';

/** One entry of git's index. */
export interface IndexEntry {
  readonly mode: string;
  readonly oid: string;
  /** 0, or 1 to 3 while a merge is unresolved. */
  readonly stage: number;
  /** Left out of the worktree by a sparse checkout. */
  readonly skipWorktree: boolean;
}

/** Beyond this many paths the command line might overflow; the whole index is read instead. */
const MAX_ARGUMENT_PATHS = 500;

/** Index entries by path; several for one path during a merge. */
type IndexEntries = ReadonlyMap<string, readonly IndexEntry[]>;

/** Returns the index entries at `paths` and below them. */
export async function readIndex(at: IndexPlace, paths: readonly string[]): Promise<IndexEntries> {
  const index = await readIndexFile(at);
  return index === undefined ? askIndex(at.place, paths) : findIn(index, paths);
}

function findIn(index: IndexFile, paths: readonly string[]): IndexEntries {
  // A set, because one path may lie below another.
  const positions = new Set(paths.flatMap((path) => [...positionsAt(index, path), ...positionsBelow(index, path)]));
  const found = new Map<string, IndexEntry[]>();
  for (const position of positions) {
    const path = pathOf(index, position).toString('utf8');
    found.set(path, [...(found.get(path) ?? []), entryOf(index, offsetOf(index, position))]);
  }
  return found;
}

function positionsAt(index: IndexFile, path: string): readonly number[] {
  const file = Buffer.from(path, 'utf8');
  return run(index, file, (name) => name.equals(file));
}

function positionsBelow(index: IndexFile, path: string): readonly number[] {
  const folder = Buffer.from(`${path}/`, 'utf8');
  return run(index, folder, (name) => name.subarray(0, folder.length).equals(folder));
}

function run(index: IndexFile, from: Buffer, belongs: (name: Buffer) => boolean): readonly number[] {
  const start = positionOf(index, from);
  return Array.from({ length: endOfRun(index, start, belongs) - start }, (_, position) => start + position);
}

function entryOf(index: IndexFile, offset: number): IndexEntry {
  const { bytes } = index;
  return {
    mode: bytes.readUInt32BE(offset + FIELD.mode).toString(8),
    oid: bytes.toString('hex', offset + FIELD.oid, offset + FIELD.flags),
    stage: (bytes.readUInt16BE(offset + FIELD.flags) & FLAG.stage) >> 12,
    skipWorktree: isSkipped(index, offset),
  };
}

/** As git tells it, for an index of a form that only git reads. */
async function askIndex(place: GitPlace, paths: readonly string[]): Promise<IndexEntries> {
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

/** Sets exactly these index entries, by object id: no filter or line-end setting gets a say in what is recorded. */
export async function updateIndex(at: IndexPlace, updates: readonly IndexUpdate[]): Promise<void> {
  if (updates.length === 0 || (await rewriteIndex(at, updates))) return;
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
    if (!existsSync(lockFileOf(at))) throw error;
    throw lockedIndex(at, error);
  }
}
