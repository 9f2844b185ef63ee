import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { MregError } from '../documents/error.ts';
import type { ScanFinding } from '../scan/finding.ts';
import { unread } from '../unpack/examine.ts';

/** A file to be scanned: where it lies and what it is called in the report. */
export interface ScanFile {
  readonly file: string;
  readonly path: string;
  readonly sizeBytes: number;
}

/** What lies below what was named, sorted by path. */
export interface Walked {
  readonly files: readonly ScanFile[];
  /** What could not be listed or must not be followed. */
  readonly findings: readonly ScanFinding[];
}

const MOST_FILES = 200_000;
/** What git keeps for itself: packed objects, of which the files of the folder are the newest. */
const GIT = '.git';

/** Lists the files below a folder, or the one that `source` is. Links are not followed; one that leads outside is told. */
export async function walkToScan(source: string): Promise<Walked> {
  const real = await onUser(source, () => realpath(source));
  const found = await onUser(source, () => lstat(real));
  if (found.isFile()) return { files: [{ file: real, path: basename(source), sizeBytes: found.size }], findings: [] };
  if (!found.isDirectory()) throw new MregError('bad-file', `${source} is neither a file nor a folder`);
  const [files, findings]: [ScanFile[], ScanFinding[]] = [[], []];
  const folders = [real];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    await walkFolder(real, folder, { files, findings, folders });
    if (files.length > MOST_FILES)
      throw new MregError('bad-file', `${source} holds more than ${String(MOST_FILES)} files`, {
        hint: 'scan a part of it',
      });
  }
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), findings };
}

async function walkFolder(
  root: string,
  folder: string,
  found: { readonly files: ScanFile[]; readonly findings: ScanFinding[]; readonly folders: string[] },
): Promise<void> {
  const path = (file: string): string => relative(root, file).split(sep).join('/');
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const file = join(folder, entry.name);
      if (entry.name === GIT && folder === root) continue;
      if (entry.isDirectory()) found.folders.push(file);
      else if (entry.isFile()) found.files.push({ file, path: path(file), sizeBytes: (await lstat(file)).size });
      else if (!entry.isSymbolicLink()) found.findings.push(unread(path(file), 'it is a pipe, socket or device'));
      // A link to a file of the same folder: the file itself is scanned.
      else if (!(await leadsInside(root, file)))
        found.findings.push(unread(path(file), 'the symbolic link leads outside'));
    }
  } catch (error) {
    found.findings.push(unread(path(folder), `it cannot be read (${codeOf(error)})`));
  }
}

async function leadsInside(root: string, file: string): Promise<boolean> {
  try {
    return (await realpath(file)).startsWith(root + sep);
  } catch {
    return false; // it leads nowhere, or round in a circle
  }
}

async function onUser<T>(source: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = codeOf(cause);
    if (code === 'ENOENT')
      throw new MregError('bad-file', `there is no file or folder ${source}`, { cause, hint: 'check the path' });
    throw new MregError('unreadable', `${source} cannot be read (${code})`, { cause, hint: `ls -ld ${source}` });
  }
}

/** Returns the code of an error of the operating system. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
