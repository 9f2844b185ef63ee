import { dirname, join } from 'node:path';
import { MregError } from '../documents/error.ts';
import type { ManifestFile } from '../documents/manifest.ts';
import type { Disk } from './disk.ts';
import { onDisk } from './disk-error.ts';
import { appendFile, hashChunks, holdChunks, readFileChunks } from './file-bytes.ts';
import type { Partial } from './partial.ts';
import type { ArtifactStore, ByteOptions, Content } from './port.ts';
import { QUICK_BYTES } from './quick-disk.ts';
import type { Wanted } from './wanted.ts';

/** Files are made as the user's umask says: they belong to whoever pulls. */
const PULLED_MODE = 0o666;

/** How a file of an artifact comes to its place. */
export interface Fetching {
  readonly wanted: Wanted<ArtifactStore>;
  readonly disk: Disk;
  readonly partial: Partial;
}

/** Brings a file into the whole part of a folder, checked; what an earlier pull has brought over is not fetched again. */
export async function fetchFile(at: Fetching, file: ManifestFile, options: ByteOptions): Promise<void> {
  const path = join(at.partial.whole, file.path);
  for (const { whole } of at.partial.left) {
    if (await salvage(at.disk, { from: join(whole, file.path), to: path, file }, options)) return;
  }
  if (at.disk.quick !== undefined && file.size <= QUICK_BYTES) return fetchSmall(at, file, options);
  const part = at.partial.partOf(file.path);
  const isResumed = await takeOver(at, file, part);
  try {
    await fetchInto(at, { file, part }, options);
  } catch (error) {
    if (!isResumed || !(error instanceof MregError) || error.code !== 'integrity') throw error;
    // What was left may be what is damaged: everything anew, once.
    options.onBytes?.(-file.size);
    await at.disk.rm(part, { force: true });
    await fetchInto(at, { file, part }, options);
  }
  await onDisk('create', path, () => at.disk.rename(part, path));
}

interface Move {
  readonly from: string;
  readonly to: string;
  readonly file: ManifestFile;
}

/** Takes a file that an earlier pull had completed. Whoever could write beside the target could have changed it: it is read again. */
async function salvage(disk: Disk, { from, to, file }: Move, options: ByteOptions): Promise<boolean> {
  const found = await disk.lstat(from).catch(() => undefined);
  if (found?.isFile() !== true || found.size !== file.size) return false;
  const { digest } = await hashChunks(readFileChunks(disk, from), options);
  if (digest !== file.digest) {
    options.onBytes?.(-file.size);
    return false;
  }
  await onDisk('create', to, () => disk.rename(from, to));
  return true;
}

async function fetchSmall(
  { wanted, disk, partial }: Fetching,
  file: ManifestFile,
  options: ByteOptions,
): Promise<void> {
  const { content, bytes } = await holdChunks(wanted.store.open(wanted.key, file, options), options);
  requireSame(file, content);
  disk.quick?.write(join(partial.whole, file.path), bytes, PULLED_MODE);
}

/** Moves the beginning of a file that an earlier pull has left to where this one goes on with it. */
async function takeOver({ disk, partial }: Fetching, file: ManifestFile, part: string): Promise<boolean> {
  for (const { partOf } of partial.left) {
    const from = partOf(file.path);
    const found = await disk.lstat(from).catch(() => undefined);
    if (found?.isFile() !== true || found.size > file.size) continue;
    const isMoved = await disk.rename(from, part).then(
      () => true,
      () => false,
    );
    if (isMoved) return true;
  }
  return false;
}

async function fetchInto(
  { wanted, disk }: Fetching,
  { file, part }: { readonly file: ManifestFile; readonly part: string },
  options: ByteOptions,
): Promise<void> {
  const chunksFrom = (from: number): AsyncIterable<Uint8Array> =>
    wanted.store.open(wanted.key, file, { signal: options.signal, from });
  requireSame(file, await appendFile(disk, part, { ...options, chunksFrom, mode: PULLED_MODE }));
}

/** Throws MregError('integrity') unless a file is what the manifest says. */
export function requireSame(file: ManifestFile, got: Content): void {
  if (got.digest === file.digest && got.size === file.size) return;
  const expected = `${file.digest} of ${String(file.size)} bytes`;
  const found = `${got.digest} of ${String(got.size)} bytes`;
  throw new MregError('integrity', `${file.path}: expected ${expected}, found ${found} in the store`, {
    hint: 'see what else is damaged (mreg artifact verify), then push the artifact again from its source',
  });
}

/** Returns the folders that the files of an artifact need below `root`. */
export function foldersFor(files: readonly ManifestFile[], root: string): ReadonlySet<string> {
  return new Set(files.map(({ path }) => dirname(join(root, path))));
}
