import { join } from 'node:path';
import { type Digest, digestOf } from '../documents/digest.ts';
import { formatManifest, type Manifest } from '../documents/manifest.ts';
import { forEachFile } from './each-file.ts';
import { hashChunks, holdChunks, stopIfAborted } from './file-bytes.ts';
import { LocalBatch } from './local-batch.ts';
import type { Area } from './local-layout.ts';
import type { LocalShelf } from './local-shelf.ts';
import type { ByteOptions, Content, ContentSource, ReadArtifact, SourceFile, TransferOptions } from './port.ts';

/** Up to here content is held in memory: read once, and written only when it is new. Larger content is streamed. */
const SMALL_BYTES = 1024 * 1024;

/** Stores files on a shelf, last the manifest that makes them an artifact, and returns it. Durable when it returns. */
export async function storeFiles(
  shelf: LocalShelf,
  files: readonly SourceFile[],
  options: TransferOptions,
): Promise<ReadArtifact> {
  const into = await openBatch(shelf);
  try {
    const manifest = await forEachFile(files, options, (source, bytes) => put(into, source, bytes));
    stopIfAborted(options.signal);
    return { manifest, digest: await seal(into, manifest) };
  } finally {
    await into.together?.drop();
  }
}

/** Where files go: small ones together, where the disk can do that. */
interface Into {
  readonly shelf: LocalShelf;
  readonly together: LocalBatch | undefined;
}

async function openBatch(shelf: LocalShelf): Promise<Into> {
  const { quick } = shelf.disk;
  if (quick === undefined) return { shelf, together: undefined };
  await shelf.makeFolderOf(join(shelf.layout.temporaryFolder, 'any'));
  return { shelf, together: new LocalBatch(shelf, quick) };
}

function put({ shelf, together }: Into, source: ContentSource, options: ByteOptions): Content | Promise<Content> {
  if (together !== undefined && source.readNow !== undefined)
    return putNow({ shelf, batch: together }, source.readNow(), options);
  if (source.size <= SMALL_BYTES) return putSmall(shelf, source, options);
  return putLarge(shelf, source, options);
}

/** From then on the artifact is there. */
async function seal({ shelf, together }: Into, manifest: Manifest): Promise<Digest> {
  const bytes = Buffer.from(formatManifest(manifest.files));
  const content = { digest: digestOf(bytes), size: bytes.length };
  const isThere = await shelf.holds('manifests', content);
  if (!isThere && together !== undefined) together.add('manifests', content.digest, bytes);
  await together?.finish();
  if (!isThere && together === undefined) await writeHeld(shelf, 'manifests', { content, bytes });
  await shelf.makeNameDurable(shelf.layout.pathOf('manifests', content.digest));
  return content.digest;
}

interface Beside {
  readonly shelf: LocalShelf;
  readonly batch: LocalBatch;
}

function putNow(
  { shelf, batch }: Beside,
  bytes: Uint8Array,
  { onBytes, signal }: ByteOptions,
): Content | Promise<Content> {
  stopIfAborted(signal);
  const content = { digest: digestOf(bytes), size: bytes.length };
  onBytes?.(bytes.length);
  if (batch.has(content.digest)) return content;
  if (!batch.isFree('blobs', content.digest)) return putSeen({ shelf, batch }, content, bytes);
  batch.add('blobs', content.digest, bytes);
  return batch.isFull ? batch.finish().then(() => content) : content;
}

/** Something lies under that name: it is the same, or damage that is told, or it was collected at this moment. */
async function putSeen({ shelf, batch }: Beside, content: Content, bytes: Uint8Array): Promise<Content> {
  if (!(await shelf.holds('blobs', content))) batch.add('blobs', content.digest, bytes);
  return content;
}

async function putLarge(shelf: LocalShelf, source: ContentSource, options: ByteOptions): Promise<Content> {
  return (await findStored(shelf, source, options)) ?? copyIn(shelf, source, options);
}

async function putSmall(shelf: LocalShelf, source: ContentSource, options: ByteOptions): Promise<Content> {
  const held = await holdChunks(source.read(), options);
  if (!(await shelf.holds('blobs', held.content))) await writeHeld(shelf, 'blobs', held);
  return held.content;
}

async function writeHeld(
  shelf: LocalShelf,
  area: Area,
  { content, bytes }: { readonly content: Content; readonly bytes: Uint8Array },
): Promise<void> {
  const { path } = await shelf.writeTemporary(once(bytes));
  await shelf.moveToName(path, area, content.digest);
}

/**
 * Reads before copying where content of this size was stored once, so that a push made again needs no room on a full
 * disk; elsewhere the content is new, and reading it twice would be waste.
 */
async function findStored(
  shelf: LocalShelf,
  source: ContentSource,
  options: ByteOptions,
): Promise<Content | undefined> {
  if (!(await shelf.hasSize(source.size))) return undefined;
  const content = await hashChunks(source.read(), options);
  if (await shelf.holds('blobs', content)) return content;
  options.onBytes?.(-content.size);
  return undefined;
}

async function copyIn(shelf: LocalShelf, source: ContentSource, options: ByteOptions): Promise<Content> {
  const { path, content } = await shelf.writeTemporary(source.read(), options);
  try {
    await shelf.noteSize(content.size);
    // Another push may have stored it meanwhile, or the hint was lost.
    if (!(await shelf.holds('blobs', content))) await shelf.moveToName(path, 'blobs', content.digest);
    return content;
  } finally {
    await shelf.drop(path);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
