import { type Digest, digestOf } from '../../documents/digest.ts';
import { assert } from '../../documents/error.ts';
import { formatManifest, type Manifest, manifestDigest, manifestOf } from '../../documents/manifest.ts';
import { forEachBounded } from '../bounded.ts';
import { FILES_AT_ONCE, forEachFile } from '../each-file.ts';
import { hashChunks, hashSource, stopIfAborted } from '../file-bytes.ts';
import type { ByteOptions, ReadArtifact, SourceFile, TransferOptions, WriteOptions } from '../port.ts';
import { startTally } from '../tally.ts';
import type { Bucket } from './bucket.ts';
import type { FolderLayout } from './folder-layout.ts';
import { corrupt } from './object-reader.ts';
import { type Shipment, uploadFile } from './upload.ts';

/** Where artifacts go. */
export interface Target {
  readonly url: string;
  readonly bucket: Bucket;
  readonly layout: FolderLayout;
}

/**
 * Stores an artifact: its files, last its manifest. Everything is read once before, because the name of the folder is the
 * digest of it all.
 */
export async function writeArtifact(
  target: Target,
  files: readonly SourceFile[],
  { dryRun = false, ...options }: WriteOptions,
): Promise<ReadArtifact> {
  const quietly = options.signal === undefined ? {} : { signal: options.signal };
  const manifest = await forEachFile(files, dryRun ? options : quietly, hashSource);
  const digest = manifestDigest(manifest.files);
  if (!dryRun) {
    // Wanted again: a collection that runs now must take it for new.
    await sealIfThere(target, digest, manifest);
    await storeFiles(target, { files, manifest, digest }, options);
    stopIfAborted(options.signal);
    await seal(target, digest, manifest);
  }
  return { digest, manifest: manifestOf(manifest.files) };
}

async function storeFiles(
  target: Target,
  { files, manifest, digest }: ReadArtifact & { readonly files: readonly SourceFile[] },
  options: TransferOptions,
): Promise<void> {
  const tally = startTally(
    files.map(({ source }) => source),
    options,
  );
  const sizes = await sizesIn(target, digest);
  const sources = new Map(files.map(({ path, source }) => [path, source]));
  await forEachBounded(manifest.files, FILES_AT_ONCE, async (file) => {
    const source = sources.get(file.path);
    assert(source !== undefined, 'a manifest lists the files that were read');
    const name = target.layout.nameOf(digest, file.path);
    if (sizes.has(name)) await checkStored(target, { name, file, source }, tally.bytes);
    else await uploadFile(target.bucket, { name, file, source }, tally.bytes);
    tally.fileDone();
  });
}

/** One listing tells what an earlier push has brought over, instead of a question for each file. */
async function sizesIn({ bucket, layout }: Target, digest: Digest): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for await (const { name, size } of bucket.list(layout.folderOf(digest))) sizes.set(name, size);
  return sizes;
}

/** What is there is never replaced: other bytes are told. The noted digest saves an upload; readers do not believe it. */
async function checkStored(target: Target, shipment: Shipment, options: ByteOptions): Promise<void> {
  const { name, file } = shipment;
  const head = await target.bucket.head(name);
  if (head === undefined) return uploadFile(target.bucket, shipment, options);
  if (head.size !== file.size || !(await isDigestOf(target, shipment, head.digest)))
    throw corrupt(`${target.url}: ${name}`);
  options.onBytes?.(file.size);
}

async function isDigestOf({ bucket }: Target, { name, file }: Shipment, noted: Digest | undefined): Promise<boolean> {
  if (noted !== undefined) return noted === file.digest;
  const pieces = await bucket.read(name, 0);
  return pieces !== undefined && (await hashChunks(pieces)).digest === file.digest;
}

async function sealIfThere(target: Target, digest: Digest, manifest: Manifest): Promise<void> {
  if ((await target.bucket.head(target.layout.nameOfManifest(digest))) !== undefined)
    await seal(target, digest, manifest);
}

/** From then on the artifact is there. The same bytes again make it young. */
async function seal({ url, bucket, layout }: Target, digest: Digest, { files }: Manifest): Promise<void> {
  const name = layout.nameOfManifest(digest);
  const bytes = Buffer.from(formatManifest(files));
  const stored = await storedBytes(bucket, name, bytes.length);
  if (stored !== undefined && digestOf(stored) !== digest) throw corrupt(`${url}: ${name}`);
  await bucket.put(name, bytes, { digest, when: stored === undefined ? 'absent' : 'always' });
}

/** Returns the bytes of an object, at most one more than `length`, which is enough to see that they are others. */
async function storedBytes(bucket: Bucket, name: string, length: number): Promise<Uint8Array | undefined> {
  const pieces = await bucket.read(name, 0);
  if (pieces === undefined) return undefined;
  const held: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    held.push(piece);
    size += piece.length;
    if (size > length) break;
  }
  return Buffer.concat(held);
}
