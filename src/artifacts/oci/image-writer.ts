import { comparePaths } from '../../documents/artifact-path.ts';
import { type Digest, digestOf } from '../../documents/digest.ts';
import { type Manifest, manifestDigest, manifestOf } from '../../documents/manifest.ts';
import { forEachBounded } from '../bounded.ts';
import { FILES_AT_ONCE } from '../each-file.ts';
import type { ByteOptions, Content, ReadArtifact, SourceFile, WriteOptions } from '../port.ts';
import { startTally, type Tally } from '../tally.ts';
import { type Blob, imageOf, layerDescriptor, manifestLayer } from './image.ts';
import { damaged } from './image-reader.ts';
import { layerBytes, readLayer, type ReadLayer } from './layer-bytes.ts';
import { divideIntoLayers, type Range } from './layout.ts';
import type { RegistryClient } from './registry-client.ts';
import { uploadBlob } from './upload.ts';

/** Where an image goes. */
export interface Target {
  readonly client: RegistryClient;
  /** For messages. */
  readonly url: string;
}

/** An artifact and the digest of the image that it is in. */
export interface WrittenImage extends ReadArtifact {
  readonly key: Digest;
}

/** Stores an artifact as an image: its layers, then what they are, last the manifest that makes them an image. */
export async function writeImage(
  target: Target,
  files: readonly SourceFile[],
  { dryRun = false, ...options }: WriteOptions,
): Promise<WrittenImage> {
  const sorted = [...files].sort((a, b) => comparePaths(a.path, b.path));
  const ranges = divideIntoLayers(sorted.map(({ path, source }) => ({ path, size: source.size })));
  const tally = startTally(
    sorted.map(({ source }) => source),
    options,
  );
  const read = await forEachLayer(ranges, async (range) => {
    const layer = await readLayer(sorted, range, dryRun ? tally.bytes : signalOf(options));
    if (!dryRun) await storeLayer(target, sorted, { range, layer, tally });
    for (let done = range.first; done <= range.last; done += 1) tally.fileDone();
    return layer;
  });
  return seal(target, { read, ranges, dryRun, ...signalOf(options) });
}

/** A layer is read to learn its digest, and again to be sent unless it is there: several at once do both. */
async function forEachLayer(
  ranges: readonly Range[],
  work: (range: Range) => Promise<ReadLayer>,
): Promise<readonly ReadLayer[]> {
  const layers: ReadLayer[] = [];
  await forEachBounded(ranges.entries(), FILES_AT_ONCE, async ([index, range]) => {
    layers[index] = await work(range);
  });
  return layers;
}

function signalOf({ signal }: Pick<WriteOptions, 'signal'>): ByteOptions {
  return signal === undefined ? {} : { signal };
}

async function storeLayer(
  target: Target,
  files: readonly SourceFile[],
  { range, layer, tally }: { readonly range: Range; readonly layer: ReadLayer; readonly tally: Tally },
): Promise<void> {
  const sizeBytes = layer.files.reduce((sum, { size }) => sum + size, 0);
  const counter = countUpTo(sizeBytes, tally.bytes);
  const read = (): AsyncIterable<Uint8Array> => layerBytes(files, range);
  await storeBlob(target, layer.content, { ...tally.bytes, onBytes: counter.add, read });
  counter.finish();
}

/** A layer is a little more than its files, whose sizes are what was announced. */
function countUpTo(limit: number, { onBytes }: ByteOptions): { add: (bytes: number) => void; finish: () => void } {
  const seen = { bytes: 0, told: 0 };
  const tell = (upTo: number): void => {
    if (upTo !== seen.told) onBytes?.(upTo - seen.told);
    seen.told = upTo;
  };
  return {
    add: (bytes) => {
      seen.bytes += bytes;
      tell(Math.min(limit, seen.bytes));
    },
    finish: () => {
      tell(limit);
    },
  };
}

async function storeBlob(
  { client, url }: Target,
  { digest, size }: Content,
  source: ByteOptions & { readonly read: () => AsyncIterable<Uint8Array> },
): Promise<void> {
  const stored = await client.sizeOfBlob(digest);
  if (stored === undefined) return uploadBlob(client.conversation, { ...source, digest, size });
  if (stored !== size) throw damaged(url, `${digest} has ${String(stored)} bytes instead of ${String(size)}`);
}

async function seal(
  target: Target,
  made: ByteOptions & {
    readonly read: readonly ReadLayer[];
    readonly ranges: readonly Range[];
    readonly dryRun: boolean;
  },
): Promise<WrittenImage> {
  const manifest: Manifest = manifestOf(made.read.flatMap(({ files }) => files));
  const digest = manifestDigest(manifest.files);
  const head = manifestLayer(manifest.files);
  const layers = made.ranges.map((range, index) => {
    const content = made.read[index]?.content;
    return content === undefined ? head.descriptor : layerDescriptor(content, range, manifest.files);
  });
  const { config, image } = imageOf(digest, [head.descriptor, ...layers]);
  if (!made.dryRun) {
    for (const blob of [head, config])
      await storeBlob(target, blob.descriptor, { ...made, read: () => once(blob.bytes) });
    await putImage(target, image);
  }
  return { key: image.descriptor.digest, digest, manifest };
}

async function putImage({ client, url }: Target, image: Blob): Promise<void> {
  const { digest } = image.descriptor;
  const stored = await client.readManifest(digest);
  if (stored === undefined) await client.putManifest(digest, image);
  else if (digestOf(stored) !== digest) throw damaged(`${url}@${digest}`, 'its manifest is other bytes');
}

/** Yields bytes that are in memory. */
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
