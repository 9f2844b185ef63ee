import { createHash, randomBytes } from 'node:crypto';
import { lstat, readdir, readlink, rename, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/** Returns a name for this process that no other one alive has: its machine, and its number there. */
export async function thisProcess(): Promise<string> {
  return `${await thisMachine()}-${String(process.pid)}`;
}

/** Two containers may share a name and a disk, and count processes each for itself. */
async function thisMachine(): Promise<string> {
  const numbering = await readlink('/proc/self/ns/pid').catch(() => '');
  return createHash('sha256').update(`${hostname()} ${numbering}`).digest('hex').slice(0, 12);
}

/**
 * Removes claims (`<prefix><machine>-<process>-…`) that processes of this machine left in `folder` when they died, and the
 * lock where it is the same file as such a claim. A lock of anybody else, or of a process that lives, stays.
 */
export async function removeStale(folder: string, prefix: string, lock: string): Promise<void> {
  const ours = `${prefix}${await thisMachine()}-`;
  const names = (await readdir(folder)).filter((name) => name.startsWith(ours));
  for (const name of names) {
    if (!isAlive(Number(name.slice(ours.length).split('-')[0]))) await removeClaim(join(folder, name), ours, lock);
  }
}

function isAlive(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** Of several that find the same claim, one gets it renamed: the others must not remove a lock that this one then makes. */
async function removeClaim(claim: string, ours: string, lock: string): Promise<void> {
  const taken = join(claim, '..', `${ours}${String(process.pid)}-${randomBytes(6).toString('hex')}`);
  try {
    await rename(claim, taken);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  if (await isSameFile(taken, lock)) await unlink(lock);
  await unlink(taken);
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([one, other].map((path) => lstat(path, { bigint: true }).catch(() => undefined)));
  return a !== undefined && a.ino === b?.ino && a.dev === b.dev;
}
