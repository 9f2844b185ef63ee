import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
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
  /** Returns the bytes of a file that is no link and has not changed since it was `seen`. */
  read(path: string, seen: Stats): Uint8Array;
  /** Returns at most `length` bytes from the beginning of a file that is no link. */
  readHead(path: string, length: number): Uint8Array;
  /** Makes a folder and those above it; returns whether it was not there before, so that nothing can be in it. */
  makeFolder(path: string): boolean;
  /** Writes a new file, which a crash may still take away until `flush`. */
  write(path: string, bytes: Uint8Array, mode: number): void;
  rename(from: string, to: string): void;
  /** Brings all that was written to the file system of `folder` onto its device; false where that cannot be done in one go. */
  flush(folder: string): Promise<boolean>;
}

/** The quick calls of this machine. */
export const quickDisk: QuickDisk = {
  lstat: (path) => onDiskNow('read', path, () => lstatSync(path, { throwIfNoEntry: false })),
  read: (path, seen) => onDiskNow('read', path, () => readWhole(path, seen)),
  readHead: (path, length) => onDiskNow('read', path, () => readHead(path, length)),
  makeFolder: (path) => onDiskNow('create', path, () => mkdirSync(path, { recursive: true }) !== undefined),
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

// Attack: a file replaced by a pipe after it was listed would be waited for, for ever.
const NO_TRAPS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

function readWhole(path: string, seen: Stats): Uint8Array {
  const file = openSync(path, NO_TRAPS);
  try {
    // One byte more than there should be: a read that is short has seen the end.
    const bytes = readUpTo(file, seen.size + 1);
    if (!isSame(seen, fstatSync(file)) || bytes.length !== seen.size) throw changed(path);
    return bytes;
  } finally {
    closeSync(file);
  }
}

function readHead(path: string, length: number): Uint8Array {
  const file = openSync(path, NO_TRAPS);
  try {
    return readUpTo(file, length);
  } finally {
    closeSync(file);
  }
}

function readUpTo(file: number, length: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  for (let wanted = length; wanted > 0;) {
    const read = readSync(file, bytes, filled, wanted, null);
    filled += read;
    wanted = read < wanted ? 0 : wanted - read;
  }
  return bytes.subarray(0, filled);
}

function isSame(before: Stats, after: Stats): boolean {
  const isOne = before.ino === after.ino && before.dev === after.dev;
  return after.isFile() && isOne && before.size === after.size && before.mtimeMs === after.mtimeMs;
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
