import { randomBytes } from 'node:crypto';
import { link, lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { MregError } from '../documents/error.ts';
import { indexFileOf, type IndexPlace } from './index-read.ts';
import { diskError } from './loose-store.ts';
import { removeStale, thisProcess } from './stale-claims.ts';

/** The index, locked: what is written to `file` becomes the index with `commit`, or is gone with `release`. */
export interface IndexLock {
  readonly file: FileHandle;
  /** Puts the new index in the place of the old one. */
  commit(): Promise<void>;
  /** Gives the lock back; does nothing after `commit`. */
  release(): Promise<void>;
}

/** Returns the file whose being there means that somebody is writing the index. */
export function lockFileOf(at: IndexPlace): string {
  return `${indexFileOf(at)}.lock`;
}

/** Returns the error of a writer that found the index locked. */
export function lockedIndex(at: IndexPlace, cause: unknown): MregError {
  const lock = lockFileOf(at);
  const hint = `if no other git is running, a crash left the lock behind: remove ${lock}, then \`git status\``;
  return new MregError('locked', `the index is locked by another git: ${lock} exists`, { hint, cause });
}

/**
 * Locks the index, or returns undefined where no index stands yet. The lock is git's own file, under a second name that
 * says whose it is: what a killed mreg left behind is then known as such, and taken away by the next one.
 */
export async function lockIndex(at: IndexPlace): Promise<IndexLock | undefined> {
  for (const pauseMs of LOCK_PAUSES_MS) {
    try {
      return await lockNow(at);
    } catch (error) {
      if (!(error instanceof MregError) || error.code !== 'locked') throw error;
      await pause(pauseMs);
    }
  }
  return lockNow(at);
}

/** Whoever writes the index holds it for milliseconds, or for a second where it is large: what stays longer is stale. */
const LOCK_PAUSES_MS = [5, 20, 50, 100, 200, 400, 800, 800];

async function lockNow(at: IndexPlace): Promise<IndexLock | undefined> {
  const standing = await lstat(indexFileOf(at)).catch(() => undefined);
  if (standing?.isFile() !== true) return undefined;
  const [lock, folder] = [lockFileOf(at), dirname(indexFileOf(at))];
  const claim = join(folder, `${CLAIM}${await thisProcess()}-${randomBytes(6).toString('hex')}`);
  try {
    await removeStale(folder, CLAIM, lock);
    const file = await claimed(claim, lock, standing.mode & 0o777);
    return lockOn(at, file, claim);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw lockedIndex(at, error);
    throw diskError(error, at.gitDir);
  }
}

const CLAIM = 'mreg-index-';

/** Makes the file under the name that tells whose it is, then under that of the lock, which only one can. */
async function claimed(claim: string, lock: string, mode: number): Promise<FileHandle> {
  const file = await open(claim, 'wx', mode);
  try {
    // The mode above is cut by the umask; a repository shared by a group keeps its own.
    await file.chmod(mode);
    await link(claim, lock);
    return file;
  } catch (error) {
    await file.close().catch(() => undefined);
    await unlink(claim).catch(() => undefined);
    // A file system that knows no second name: then a lock is only a lock.
    if (!NO_LINKS.has(codeOf(error))) throw error;
  }
  const plain = await open(lock, 'wx', mode);
  await plain.chmod(mode);
  return plain;
}

const NO_LINKS: ReadonlySet<unknown> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

function lockOn(at: IndexPlace, file: FileHandle, claim: string): IndexLock {
  let isHeld = true;
  const commit = async (): Promise<void> => {
    await file.close();
    await rename(lockFileOf(at), indexFileOf(at));
    isHeld = false;
    await unlink(claim).catch(() => undefined);
  };
  const release = async (): Promise<void> => {
    if (!isHeld) return;
    isHeld = false;
    await file.close().catch(() => undefined);
    await unlink(lockFileOf(at)).catch(() => undefined);
    await unlink(claim).catch(() => undefined);
  };
  return { file, commit, release };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
