import type { Dirent, Stats } from 'node:fs';
import { basename, join } from 'node:path';
import { comparePaths } from '../documents/artifact-path.ts';
import { MregError } from '../documents/error.ts';
import { MAX_FILES, pathsFaults } from '../documents/manifest.ts';
import type { Refusal } from '../documents/refusal.ts';
import type { Disk } from './disk.ts';
import { diskError, onDisk, systemCode } from './disk-error.ts';
import { readSteadyFile } from './file-bytes.ts';
import { IGNORE_FILE, type Ignore, ignoreNothing, parseIgnore } from './ignore.ts';
import type { SourceFile } from './port.ts';
import { QUICK_BYTES } from './quick-disk.ts';

/** How a source is walked. */
export interface WalkOptions {
  readonly disk: Disk;
  /** `everything` leaves nothing out: to see what a folder holds, not what would be pushed from it. */
  readonly leaveOut: 'as-configured' | 'nothing';
}

/**
 * Lists the files of an artifact, sorted by path: those below a folder, or the one file that `source` is. `source`
 * itself may be a symbolic link; below it links and special files are refused, and so are names that would not be the
 * same everywhere.
 */
export async function walkSource(source: string, { disk, leaveOut }: WalkOptions): Promise<readonly SourceFile[]> {
  const found = await statNamed(disk, source);
  const real = await onDisk('read', source, () => disk.realpath(source));
  if (!found.isDirectory())
    return checkNames(source, [sourceFile(disk, { file: real, path: basename(source) }, await lookAt(disk, real))]);
  const ignore = leaveOut === 'nothing' ? ignoreNothing : await readIgnore(disk, real);
  const files = await walkFolder(disk, real, ignore);
  return checkNames(
    source,
    files.sort((a, b) => comparePaths(a.path, b.path)),
  );
}

/** What the user named and is not there is a slip of theirs, not a fault of the machine. */
async function statNamed(disk: Disk, source: string): Promise<Stats> {
  try {
    return await disk.stat(source);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw diskError(error, 'read', source);
    throw new MregError('bad-file', `there is no file or folder ${source}`, { hint: 'check the path', cause: error });
  }
}

async function readIgnore(disk: Disk, root: string): Promise<Ignore> {
  const path = join(root, IGNORE_FILE);
  try {
    return parseIgnore(await disk.readFile(path, 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return parseIgnore('');
    throw diskError(error, 'read', path);
  }
}

async function walkFolder(disk: Disk, root: string, ignore: Ignore): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await readFolder(disk, join(root, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (ignore(path, entry.isDirectory())) continue;
      // Node shows undecodable bytes as U+FFFD: under that name there is nothing to open.
      if (entry.name.includes('\ufffd')) throw unfit(root, [{ path, fault: 'has an undecodable character' }]);
      if (entry.isDirectory()) folders.push(path);
      else files.push(sourceFile(disk, { file: `${root}/${path}`, path }, await lookAt(disk, `${root}/${path}`)));
    }
    if (files.length > MAX_FILES)
      throw unfit(root, [{ path: root, fault: `holds more than ${String(MAX_FILES)} files` }]);
  }
  return files;
}

function readFolder(disk: Disk, folder: string): Promise<readonly Dirent[]> {
  return onDisk('read', folder, () => disk.readdir(folder, { withFileTypes: true }));
}

/** A promise only where the disk makes one. */
function lookAt(disk: Disk, file: string): Stats | Promise<Stats> {
  return disk.quick?.lstat(file) ?? onDisk('read', file, () => disk.lstat(file));
}

function sourceFile(
  disk: Disk,
  { file, path }: { readonly file: string; readonly path: string },
  found: Stats,
): SourceFile {
  if (found.isSymbolicLink())
    throw unfit(file, [{ path, fault: 'is a symbolic link; put the real file there (cp -rL)' }]);
  if (!found.isFile()) throw unfit(file, [{ path, fault: 'is a pipe, socket or device' }]);
  const { quick } = disk;
  const read = (): AsyncIterable<Uint8Array> => readSteadyFile(disk, file);
  const source = { origin: file, size: found.size, read };
  if (quick === undefined || found.size > QUICK_BYTES) return { path, source };
  return { path, source: { ...source, readNow: () => quick.read(file, found) } };
}

function checkNames(source: string, files: readonly SourceFile[]): readonly SourceFile[] {
  const faults = pathsFaults(files.map(({ path }) => path));
  if (faults.length > 0) throw unfit(source, faults);
  return files;
}

function unfit(source: string, faults: readonly { readonly path: string; readonly fault: string }[]): MregError {
  const hint = 'rename or remove it, or leave it out in .mregignore';
  const refusals = faults.map(({ path, fault }): Refusal => ({
    code: 'artifact',
    path,
    expected: 'regular files with names that are the same on every system',
    found: fault,
    hint,
  }));
  const said = faults.slice(0, 3).map(({ path, fault }) => `${JSON.stringify(path)} ${fault}`);
  if (faults.length > said.length) said.push(`and ${String(faults.length - said.length)} more`);
  return new MregError('bad-file', `${source} cannot be an artifact: ${said.join('; ')}`, { hint, refusals });
}
