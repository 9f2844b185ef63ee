import type { Digest } from '../documents/digest.ts';
import { type Manifest, type ManifestFile, manifestDigest, manifestOf } from '../documents/manifest.ts';
import { forEachBounded } from './bounded.ts';
import { type Disk, realDisk } from './disk.ts';
import { hashChunks } from './file-bytes.ts';
import type { ArtifactStore, ByteOptions, Content, ContentSource, TransferOptions } from './port.ts';
import { startTally } from './tally.ts';
import { type SourceFile, walkSource } from './walk.ts';

/** An artifact that was read whole: its digest and what it holds. */
export interface ReadArtifact {
  readonly digest: Digest;
  readonly manifest: Manifest;
}

/** An artifact that is now in a store. */
export interface PushedArtifact extends ReadArtifact {
  readonly uri: string;
}

/** How an artifact is read from this machine's files. */
export interface SourceOptions extends TransferOptions {
  readonly disk?: Disk;
}

/** As many as Node has threads for files; more would only wait, and hold buffers. */
export const FILES_AT_ONCE = 4;

/**
 * Stores the file or folder `source` and returns where it is. Content that the store has is not stored again, so a push
 * that was cut off is finished by the same push.
 */
export async function pushArtifact(
  store: ArtifactStore,
  source: string,
  { disk = realDisk, ...options }: SourceOptions = {},
): Promise<PushedArtifact> {
  const files = await walkSource(source, { disk, leaveOut: 'as-configured' });
  const manifest = await readFiles(files, options, (content, bytes) => store.put(content, bytes));
  const digest = await store.seal(manifest);
  return { digest, manifest, uri: store.uriOf(digest) };
}

/** Returns what a push of `source` would store, without storing it. With `leaveOut: 'nothing'`, what the folder holds. */
export async function readArtifact(
  source: string,
  {
    disk = realDisk,
    leaveOut = 'as-configured',
    ...options
  }: SourceOptions & { leaveOut?: 'as-configured' | 'nothing' } = {},
): Promise<ReadArtifact> {
  const files = await walkSource(source, { disk, leaveOut });
  const manifest = await readFiles(files, options, (content, bytes) => hashChunks(content.read(), bytes));
  return { digest: manifestDigest(manifest.files), manifest };
}

async function readFiles(
  files: readonly SourceFile[],
  options: TransferOptions,
  take: (source: ContentSource, options: ByteOptions) => Promise<Content>,
): Promise<Manifest> {
  const tally = startTally(
    files.map(({ source }) => source),
    options,
  );
  const taken: ManifestFile[] = [];
  await forEachBounded(files, FILES_AT_ONCE, async ({ path, source }) => {
    const { digest, size } = await take(source, tally.bytes);
    taken.push({ path, size, digest });
    tally.fileDone();
  });
  return manifestOf(taken);
}
