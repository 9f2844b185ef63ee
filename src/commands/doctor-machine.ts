import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MregError } from '../documents/error.ts';
import { gitVersion } from '../git/git-version.ts';
import type { Repository } from '../git/port.ts';
import { findLocks } from '../git/stale-locks.ts';
import { spanOf } from '../report/quantity.ts';
import { ailing, healthy, skipped, type Diagnosis } from './doctor-check.ts';
import type { CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';

const OLDEST_NODE = 20;
/** `git cat-file --batch-command` came with it. */
const OLDEST_GIT = [2, 36] as const;
/** git holds a lock for milliseconds. */
const STALE_MS = 10 * 60 * 1000;
/** No git waits for an editor that long, so its lock is nobody's. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;
/** As much as a door forgives a document's time. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** Looks at the Node that runs this program. */
export function checkNode(): Diagnosis {
  const { node } = process.versions;
  if (Number(node.split('.')[0]) >= OLDEST_NODE) return healthy(`Node ${node}`);
  return ailing('fail', `Node ${node} is too old`, { hint: `install Node ${String(OLDEST_NODE)} or newer` });
}

/** Looks at the git on the PATH. */
export async function checkGit(outside: Outside, flags: CommonFlags): Promise<Diagnosis> {
  try {
    const version = await gitVersion(resolve(outside.cwd, flags.C ?? '.'), outside.env);
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const isNewEnough = major > OLDEST_GIT[0] || (major === OLDEST_GIT[0] && minor >= OLDEST_GIT[1]);
    if (isNewEnough) return healthy(`git ${version}`);
    return ailing('fail', `git ${version} is too old`, { hint: `install git ${OLDEST_GIT.join('.')} or newer` });
  } catch (error) {
    if (!(error instanceof MregError)) throw error;
    return ailing('fail', error.message, { hint: error.hint ?? 'install git' });
  }
}

/** Looks for lock files that nobody holds any more. */
export async function checkLocks(repository: Repository, now: Date): Promise<Diagnosis> {
  const folders = [...new Set([repository.gitDir, repository.commonDir])];
  const found = (await Promise.all(folders.map(findLocks))).flat();
  const stale = found.filter(({ since }) => now.getTime() - since.getTime() > STALE_MS);
  if (stale.length === 0) return healthy(found.length === 0 ? 'no lock files' : 'a git is at work right now');
  const oldest = stale.map(({ path, since }) => `${path} (${spanOf(now.getTime() - since.getTime())} old)`).join(', ');
  const hint = `if no git is running: rm ${stale.map(({ path }) => path).join(' ')}`;
  const isAbandoned = stale.every(({ since }) => now.getTime() - since.getTime() > ABANDONED_MS);
  const fix = async (): Promise<string> => {
    for (const { path } of stale) await rm(path, { force: true });
    return `removed ${stale.map(({ path }) => path).join(', ')}`;
  };
  return ailing('fail', `a crash left locks behind: ${oldest}`, isAbandoned ? { hint, fix } : { hint });
}

/** Compares the clock with the newest commit's claim: order never hangs on clocks, but expiry does. */
export async function checkClock(
  repository: Repository,
  tips: readonly (string | undefined)[],
  now: Date,
): Promise<Diagnosis> {
  const commits = tips.filter((tip) => tip !== undefined).map((tip) => repository.readCommit(tip));
  const newestMs = Math.max(...(await Promise.all(commits)).map(({ committedAt }) => committedAt.getTime()));
  if (commits.length === 0) return skipped('no commit to compare the clock with');
  const aheadMs = newestMs - now.getTime();
  if (aheadMs <= CLOCK_SKEW_MS) return healthy(`the clock says ${now.toISOString()}`);
  const message = `the clock says ${now.toISOString()}, ${spanOf(aheadMs)} before the newest commit`;
  return ailing('warn', message, { hint: 'set the clock right (NTP): expiry is judged by it' });
}
