import { lstat, open, type FileHandle } from 'node:fs/promises';
import { MregError } from '../documents/error.ts';
import { indexFileOf, type IndexPlace } from './index-read.ts';
import { diskError } from './loose-store.ts';

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

/** Locks the index and returns the file that the new one goes to, or undefined where no index stands yet. */
export async function lockIndex(at: IndexPlace): Promise<FileHandle | undefined> {
  const standing = await lstat(indexFileOf(at)).catch(() => undefined);
  if (standing?.isFile() !== true) return undefined;
  try {
    const lock = await open(lockFileOf(at), 'wx', standing.mode & 0o777);
    // The mode above is cut by the umask; a repository shared by a group keeps its own.
    await lock.chmod(standing.mode & 0o777);
    return lock;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw lockedIndex(at, error);
    throw diskError(error, at.gitDir);
  }
}
