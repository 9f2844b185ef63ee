import { join, resolve } from 'node:path';
import { MregError } from '../documents/error.ts';
import { type Manifest, manifestDigest } from '../documents/manifest.ts';
import { forEachBounded } from './bounded.ts';
import { type Disk, realDisk } from './disk.ts';
import { diskError, onDisk, systemCode } from './disk-error.ts';
import { FILES_AT_ONCE } from './each-file.ts';
import { type Fetching, fetchFile, foldersFor, requireSame } from './fetch-file.ts';
import { hashChunks, readFileChunks, stopIfAborted } from './file-bytes.ts';
import { flushFiles } from './flush.ts';
import { openPartial } from './partial.ts';
import type { ArtifactStore, ReadArtifact } from './port.ts';
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
  const partial = await openPartial(disk, target, digest);
  try {
    if (options.link === true) await linkAll({ wanted, disk, partial }, manifest, options);
    else await fetchAll({ wanted, disk, partial }, manifest, options);
    await moveInto(disk, partial.whole, target);
    await partial.remove();
  } catch (error) {
    await (isWorthKeeping(error) ? partial.leave() : partial.remove());
    throw error;
  }
  return { digest, manifest };
}

/** After a cut or an interruption the same pull goes on with what is there. */
function isWorthKeeping(error: unknown): boolean {
  return error instanceof MregError && (error.code === 'network' || error.code === 'interrupted');
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

async function fetchAll(at: Fetching, manifest: Manifest, options: PullOptions): Promise<void> {
  const { disk, partial } = at;
  await makeFolders(at, manifest);
  const tally = startTally(manifest.files, options);
  stopIfAborted(options.signal);
  await forEachBounded(manifest.files, FILES_AT_ONCE, async (file) => {
    await fetchFile(at, file, tally.bytes);
    tally.fileDone();
  });
  await flushFiles(
    disk,
    partial.whole,
    manifest.files.map(({ path }) => join(partial.whole, path)),
  );
}

async function linkAll(at: Fetching, manifest: Manifest, options: PullOptions): Promise<void> {
  const { disk, partial, wanted } = at;
  const { linkable, url } = wanted.store;
  if (linkable === undefined) {
    throw new MregError('usage', `${url} cannot link its files: it is not on this machine`, {
      hint: 'pull without --link',
    });
  }
  await makeFolders(at, manifest);
  const tally = startTally(manifest.files, options);
  await forEachBounded(manifest.files, FILES_AT_ONCE, async (file) => {
    const path = join(partial.whole, file.path);
    await linkable.link(wanted.key, file, path);
    requireSame(file, await hashChunks(readFileChunks(disk, path), tally.bytes));
    tally.fileDone();
  });
}

async function makeFolders({ disk, partial }: Fetching, { files }: Manifest): Promise<void> {
  for (const each of foldersFor(files, partial.whole))
    await onDisk('create', each, () => disk.mkdir(each, { recursive: true }));
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
