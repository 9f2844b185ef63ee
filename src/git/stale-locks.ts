import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A lock file that some git holds, or that a crash left behind. */
export interface LockFile {
  readonly path: string;
  readonly since: Date;
}

/** Returns the lock files among refs, index and config; objects are not searched, git needs no locks there. */
export async function findLocks(gitDir: string): Promise<readonly LockFile[]> {
  const names = await readdir(gitDir, { withFileTypes: true });
  const top = names.filter((entry) => entry.isFile()).map(({ name }) => name);
  const refs = (await readdir(join(gitDir, 'refs'), { recursive: true })).map((name) => join('refs', name));
  const found: LockFile[] = [];
  for (const name of [...top, ...refs].filter((candidate) => candidate.endsWith('.lock'))) {
    const path = join(gitDir, name);
    const entry = await stat(path).catch(() => undefined);
    // One that is gone meanwhile was held by a git at work.
    if (entry !== undefined) found.push({ path, since: entry.mtime });
  }
  return found;
}
