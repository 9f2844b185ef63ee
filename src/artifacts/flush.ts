import { forEachBounded } from './bounded.ts';
import type { Disk } from './disk.ts';
import { onDisk } from './disk-error.ts';
import { FILES_AT_ONCE } from './each-file.ts';

/** Fewer files are brought onto the device one by one, so that nobody waits for what other programs have written. */
const FEW = 32;

/** Brings files below `folder` onto the device. */
export async function flushFiles(disk: Disk, folder: string, files: readonly string[]): Promise<void> {
  if (files.length > FEW && (await disk.quick?.flush(folder)) === true) return;
  await forEachBounded(files, FILES_AT_ONCE, (path) => flushFile(disk, path));
}

async function flushFile(disk: Disk, path: string): Promise<void> {
  const file = await onDisk('open', path, () => disk.open(path, 'r'));
  try {
    await onDisk('write', path, () => file.sync());
  } finally {
    await file.close();
  }
}
