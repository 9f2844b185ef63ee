import { assert, MregError, type ErrorCode } from '../documents/error.ts';

interface Explanation {
  readonly code: ErrorCode;
  readonly says: string;
  readonly hint: string;
}

const FULL = {
  code: 'disk',
  says: 'no space is left',
  hint: 'free space (mreg artifact gc), then run the command again',
} as const;
const MANY_OPEN = {
  code: 'disk',
  says: 'too many files are open',
  hint: 'raise the limit (ulimit -n), then run the command again',
} as const;
const DENIED = { code: 'disk', says: 'permission was denied', hint: 'check owner and mode of the folder' } as const;

const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EFBIG: { code: 'disk', says: 'the file is too big for the file system', hint: 'use another file system' },
  EIO: { code: 'disk', says: 'the device failed', hint: 'check the disk, then run the command again' },
  EROFS: { code: 'disk', says: 'the file system is read-only', hint: 'mount it writable or choose another place' },
  EMFILE: MANY_OPEN,
  ENFILE: MANY_OPEN,
  EACCES: DENIED,
  EPERM: DENIED,
  ENOENT: { code: 'unreadable', says: 'it is not there', hint: 'check the path' },
  ENOTDIR: { code: 'unreadable', says: 'a part of the path is no folder', hint: 'check the path' },
  EISDIR: { code: 'unreadable', says: 'it is a folder', hint: 'check the path' },
  ELOOP: { code: 'bad-file', says: 'it is a symbolic link', hint: 'put a copy of the real file there (cp -L)' },
};

/** Returns the system's error code (`ENOSPC`), or undefined when `error` does not come from the system. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Returns `error` as an MregError about `action` on `path`; what is no failure of the system is returned as it is. */
export function diskError(error: unknown, action: string, path: string): Error {
  assert(error instanceof Error, 'only errors are thrown');
  if (error instanceof MregError) return error;
  const code = systemCode(error);
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return error;
  const known = EXPLANATIONS[code] ?? { code: 'disk', says: 'the system failed', hint: 'run the command again' };
  return new MregError(known.code, `cannot ${action} ${path}: ${known.says} (${code})`, {
    hint: known.hint,
    cause: error,
  });
}

/** Runs `work`, and tells a failure of the system as a failed `action` on `path`. */
export async function onDisk<T>(action: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskError(error, action, path);
  }
}
