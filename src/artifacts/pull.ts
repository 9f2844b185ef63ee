import { randomUUID } from 'node:crypto';
import { basename, dirname, join, resolve } from 'node:path';
import { MregError } from '../documents/error.ts';
import { type Manifest, type ManifestFile, manifestDigest } from '../documents/manifest.ts';
import { forEachBounded } from './bounded.ts';
import { type Disk, realDisk } from './disk.ts';
import { diskError, onDisk, systemCode } from './disk-error.ts';
import { FILES_AT_ONCE } from './each-file.ts';
import { hashChunks, readFileChunks, writeNewFile } from './file-bytes.ts';
import type { ArtifactStore, ByteOptions, Content, ReadArtifact } from './port.ts';
import { readArtifact, type SourceOptions } from './push.ts';
import { startTally } from './tally.ts';
import { readWanted, type Wanted } from './wanted.ts';

/** How an artifact is brought out of its store. */
export interface PullOptions extends SourceOptions {
  /** Gives the stored files second names instead of copying them: fast, but read-only and on the store's own disk. */
  readonly link?: boolean;
}

/**
 * Brings an artifact into the folder `to`, which appears whole and checked or not at all. A folder that already holds
 * exactly this artifact is left as it is; any other is refused with MregError('exists').
 */
export async function pullArtifact(
  wanted: Wanted<ArtifactStore>,
  { to, disk = realDisk, ...options }: PullOptions & { readonly to: string },
): Promise<ReadArtifact> {
  const target = resolve(to);
  const manifest = await readWanted(wanted);
  const digest = manifestDigest(manifest.files);
  if (await alreadyThere(disk, target, digest)) return { digest, manifest };
  const partial = join(dirname(target), `.${basename(target)}.mreg-partial-${randomUUID()}`);
  try {
    await fill(partial, manifest, { ...options, disk, bring: bringer(wanted, disk, options) });
    await moveInto(disk, partial, target);
  } catch (error) {
    await disk.rm(partial, { recursive: true, force: true }).catch(() => undefined);
    throw error;
  }
  return { digest, manifest };
}

async function alreadyThere(disk: Disk, target: string, artifact: string): Promise<boolean> {
  const entries = await readEntries(disk, target);
  if (entries === undefined || entries.length === 0) return false;
  const held = await readArtifact(target, { disk, leaveOut: 'nothing' }).catch((error: unknown) => {
    // What cannot be an artifact at all (a link, a device) is not this one.
    if (error instanceof MregError && error.code === 'bad-file') return undefined;
    throw error;
  });
  if (held?.digest === artifact) return true;
  throw taken(target);
}

async function readEntries(disk: Disk, target: string): Promise<readonly string[] | undefined> {
  try {
    return await disk.readdir(target);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    if (systemCode(error) === 'ENOTDIR') throw taken(target);
    throw diskError(error, 'read', target);
  }
}

type Bring = (file: ManifestFile, path: string, options: ByteOptions) => Promise<Content>;

function bringer({ store, key }: Wanted<ArtifactStore>, disk: Disk, { link = false }: PullOptions): Bring {
  if (!link) {
    return (file, path, options) => {
      const chunks = store.open(key, file, options.signal);
      return writeNewFile(disk, path, { ...options, chunks, mode: 0o666 });
    };
  }
  const { linkable } = store;
  if (linkable === undefined) {
    throw new MregError('usage', `${store.url} cannot link its files: it is not on this machine`, {
      hint: 'pull without --link',
    });
  }
  return async (file, path, options) => {
    await linkable.link(key, file, path);
    return hashChunks(readFileChunks(disk, path), options);
  };
}

async function fill(
  folder: string,
  manifest: Manifest,
  { disk, bring, ...options }: SourceOptions & { readonly disk: Disk; readonly bring: Bring },
): Promise<void> {
  const folders = new Set(manifest.files.map(({ path }) => dirname(join(folder, path))));
  for (const each of folders) await onDisk('create', each, () => disk.mkdir(each, { recursive: true }));
  const tally = startTally(manifest.files, options);
  await forEachBounded(manifest.files, FILES_AT_ONCE, async (file) => {
    const got = await bring(file, join(folder, file.path), tally.bytes);
    if (got.digest !== file.digest || got.size !== file.size) throw corrupt(file, got);
    tally.fileDone();
  });
}

/** One rename: nobody sees a half-filled folder. It takes the place of nothing, or of an empty folder. */
async function moveInto(disk: Disk, partial: string, target: string): Promise<void> {
  try {
    await disk.rename(partial, target);
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(systemCode(error) ?? '')) throw taken(target);
    throw diskError(error, 'create', target);
  }
}

function taken(target: string): MregError {
  return new MregError('exists', `${target} is there already and holds something else`, {
    hint: 'choose another folder with --out, or move it away',
  });
}

function corrupt(file: ManifestFile, got: Content): MregError {
  const expected = `${file.digest} of ${String(file.size)} bytes`;
  const found = `${got.digest} of ${String(got.size)} bytes`;
  return new MregError('integrity', `${file.path}: expected ${expected}, found ${found} in the store`, {
    hint: 'see what else is damaged (mreg artifact verify), then push the artifact again from its source',
  });
}
