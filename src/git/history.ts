import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MregError } from '../documents/error.ts';
import { type GitPlace, runGit } from './git-process.ts';

/** Where history is walked; `shallow` when the repository holds only its newest part. */
export interface HistoryPlace {
  readonly place: GitPlace;
  readonly commonDir: string;
  readonly shallow: boolean;
}

/** Which commits of a walk are wanted: those that change `path`, the newest `limit` of them. */
export interface WalkOptions {
  readonly path?: string;
  readonly limit?: number;
}

/** Returns the first-parent commits of `range`, newest first; with `path` only those that change it. */
export async function firstParents(
  at: HistoryPlace,
  range: string,
  options: WalkOptions = {},
): Promise<readonly string[]> {
  const commits = await walk(at, range, options);
  if (at.shallow && commits.length !== options.limit) {
    const all = options.path === undefined ? commits : await walk(at, range, {});
    await refuseCutHistory(at, all);
  }
  return commits;
}

/** Tells whether `ancestor` is reachable from `descendant`. */
export async function isAncestor(at: HistoryPlace, ancestor: string, descendant: string): Promise<boolean> {
  if (ancestor === descendant) return true;
  const args = ['merge-base', '--is-ancestor', '--end-of-options', ancestor, descendant];
  const { exitCode, stderr } = await runGit(at.place, args, { accept: [0, 1, 128] });
  if (exitCode === 128 && (await isHere(at, ancestor)))
    throw new MregError('git-failed', `git merge-base failed: ${stderr}`);
  // In a shallow repository "no" may only mean that the way there was cut off.
  if (exitCode !== 0 && at.shallow) throw cutHistory();
  return exitCode === 0;
}

/** A commit that is not here is nobody's ancestor here. */
async function isHere(at: HistoryPlace, commit: string): Promise<boolean> {
  const { exitCode } = await runGit(at.place, ['cat-file', '-e', `${commit}^{commit}`], { accept: [0, 1, 128] });
  return exitCode === 0;
}

async function walk(at: HistoryPlace, range: string, { path, limit }: WalkOptions): Promise<readonly string[]> {
  const limits = limit === undefined ? [] : [`--max-count=${String(limit)}`];
  const paths = path === undefined ? [] : [path];
  const args = [
    '--literal-pathspecs',
    'rev-list',
    '--first-parent',
    ...limits,
    '--end-of-options',
    range,
    '--',
    ...paths,
  ];
  const { stdout } = await runGit(at.place, args);
  return stdout.toString('latin1').split('\n').filter(Boolean);
}

async function refuseCutHistory(at: HistoryPlace, commits: readonly string[]): Promise<void> {
  const boundary = await readFile(join(at.commonDir, 'shallow'), 'latin1');
  const cut = new Set(boundary.split('\n').filter(Boolean));
  if (commits.some((oid) => cut.has(oid))) throw cutHistory();
}

function cutHistory(): MregError {
  const hint = 'run `git fetch --unshallow` and try again';
  return new MregError('git-failed', 'this clone is shallow: the history that is needed was cut off', { hint });
}
