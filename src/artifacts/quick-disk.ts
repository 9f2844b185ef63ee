import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  type BigIntStats,
  type Stats,
  writeSync,
} from 'node:fs';
import { MregError } from '../documents/error.ts';
import { diskError } from './disk-error.ts';

/** Up to here a file is read and written in one go: handing it to another thread would cost ten times the work itself. */
export const QUICK_BYTES = 128 * 1024;

/** Calls for many small files, which do not leave the thread. Each fails with an MregError. */
export interface QuickDisk {
  /** Returns what is at `path`, a link not followed; undefined where nothing is. */
  lstat(path: string): Stats | undefined;
  /** Returns the bytes of a file that does not change meanwhile and is no link. */
  read(path: string): Uint8Array;
  /** Writes a new file, which a crash may still take away until `flush`. */
  write(path: string, bytes: Uint8Array, mode: number): void;
  rename(from: string, to: string): void;
  /** Brings all that was written to the file system of `folder` onto its device; false where that cannot be done in one go. */
  flush(folder: string): Promise<boolean>;
}

/** The quick calls of this machine. */
export const quickDisk: QuickDisk = {
  lstat: (path) => onDiskNow('read', path, () => lstatSync(path, { throwIfNoEntry: false })),
  read: (path) => onDiskNow('read', path, () => readWhole(path)),
  write: (path, bytes, mode) => {
    onDiskNow('write', path, () => {
      writeWhole(path, bytes, mode);
    });
  },
  rename: (from, to) => {
    onDiskNow('store', to, () => {
      renameSync(from, to);
    });
  },
  flush: flushFileSystem,
};

function onDiskNow<T>(action: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskError(error, action, path);
  }
}

function readWhole(path: string): Uint8Array {
  // Attack: a file replaced by a pipe after it was listed would be waited for, for ever.
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const before = fstatSync(file, { bigint: true });
    const bytes = Buffer.allocUnsafe(Number(before.size) + 1);
    let filled = 0;
    for (let read = -1; read !== 0 && filled < bytes.length; filled += read) {
      read = readSync(file, bytes, filled, bytes.length - filled, null);
    }
    if (!isSame(before, fstatSync(file, { bigint: true })) || filled !== Number(before.size)) throw changed(path);
    return bytes.subarray(0, filled);
  } finally {
    closeSync(file);
  }
}

function isSame(before: BigIntStats, after: BigIntStats): boolean {
  return before.isFile() && before.size === after.size && before.mtimeNs === after.mtimeNs;
}

function changed(path: string): MregError {
  return new MregError('bad-file', `${path} changed while it was read`, {
    hint: 'wait until nothing writes to it, then run the command again',
  });
}

function writeWhole(path: string, bytes: Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at);
  } finally {
    closeSync(file);
  }
}

/** Node has no call for it; coreutils and busybox have a program. */
function flushFileSystem(folder: string): Promise<boolean> {
  return new Promise((done) => {
    const child = spawn('sync', ['-f', folder], { stdio: 'ignore' });
    child.once('error', () => {
      done(false);
    });
    child.once('close', (code) => {
      done(code === 0);
    });
  });
}
