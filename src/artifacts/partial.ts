import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { type Digest, digestOf } from '../documents/digest.ts';
import type { Disk } from './disk.ts';
import { onDisk, systemCode } from './disk-error.ts';

/** In the place of the process that works in a folder: none does. */
const NOBODY = '0';

/** A hidden folder beside the one that is asked for, on the same disk, where an artifact comes together. */
export interface Partial {
  /** Holds files that are whole and checked, under their own names; renamed once it holds all. */
  readonly whole: string;
  /** Where a file is that is still coming. Its name is the sum of its path: two paths may have the same bytes. */
  readonly partOf: (path: string) => string;
  /** The folders that pulls of the same artifact to the same place have left: killed, or cut off. */
  readonly left: readonly Partial[];
  /** Leaves what is there to the next pull. */
  readonly leave: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** Makes the folder in which `artifact` comes together on its way to `target`. */
export async function openPartial(disk: Disk, target: string, artifact: Digest): Promise<Partial> {
  const [home, prefix] = [dirname(target), `.${basename(target)}.mreg-partial-`];
  const left: Partial[] = [];
  for (const name of await namesIn(disk, home)) {
    const owner = ownerOf(name, prefix);
    if (owner === undefined || isAtWork(owner.pid)) continue;
    const { hex } = owner;
    // Taken over under a name of our own: of several pulls that find it, one gets it.
    const taken = join(home, nameOf(prefix, hex));
    const isOurs = await disk.rename(join(home, name), taken).then(
      () => true,
      () => false,
    );
    if (!isOurs) continue;
    // What is left of another artifact can never be gone on with here.
    if (artifact.endsWith(hex)) left.push(partialIn(disk, taken, []));
    else await disk.rm(taken, { recursive: true, force: true }).catch(() => undefined);
  }
  const partial = partialIn(disk, join(home, nameOf(prefix, artifact.slice('sha256:'.length))), left);
  await onDisk('create', partial.whole, () => disk.mkdir(partial.whole, { recursive: true }));
  await onDisk('create', partial.whole, () => disk.mkdir(dirname(partial.partOf('')), { recursive: true }));
  return partial;
}

function partialIn(disk: Disk, folder: string, left: readonly Partial[]): Partial {
  const remove = async (): Promise<void> => {
    for (const each of left) await each.remove();
    await disk.rm(folder, { recursive: true, force: true }).catch(() => undefined);
  };
  return {
    left,
    whole: join(folder, 'whole'),
    partOf: (path) => join(folder, 'parts', digestOf(path).slice('sha256:'.length)),
    leave: async () => {
      for (const each of left) await each.remove();
      const entries = await disk.readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
      if (!entries.some((entry) => entry.isFile())) return remove();
      // Where that fails, the name says so itself once this process has ended.
      await disk.rename(folder, folder.replace(/-[0-9]+(?=-[0-9a-f]{8}$)/, `-${NOBODY}`)).catch(() => undefined);
    },
    remove,
  };
}

function nameOf(prefix: string, hex: string): string {
  return `${prefix}${hex}-${String(process.pid)}-${randomUUID().slice(0, 8)}`;
}

function ownerOf(name: string, prefix: string): { readonly hex: string; readonly pid: string } | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const [, hex, pid] = /^([0-9a-f]{64})-([0-9]{1,9})-[0-9a-f]{8}$/.exec(name.slice(prefix.length)) ?? [];
  return hex === undefined || pid === undefined ? undefined : { hex, pid };
}

/**
 * Tells whether whoever made a folder still works in it. A process of another machine, or container, that shares the disk is
 * not seen: its pull then fails where its folder was taken from it, and nothing wrong comes of it.
 */
function isAtWork(pid: string): boolean {
  if (pid === NOBODY) return false;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

async function namesIn(disk: Disk, folder: string): Promise<readonly string[]> {
  // Where the folder itself is not there yet, nothing is left in it.
  return disk.readdir(folder).catch(() => []);
}
