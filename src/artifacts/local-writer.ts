import { join } from 'node:path';
import { type Digest, digestOf } from '../documents/digest.ts';
import { formatManifest, type Manifest } from '../documents/manifest.ts';
import { forEachFile } from './each-file.ts';
import { hashChunks, holdChunks, stopIfAborted } from './file-bytes.ts';
import { LocalBatch } from './local-batch.ts';
import type { Area } from './local-layout.ts';
import { type LocalShelf, STORED_MODE } from './local-shelf.ts';
import type { ByteOptions, Content, ContentSource, SourceFile, TransferOptions } from './port.ts';

/** Up to here content is held in memory: read once, and written only when it is new. Larger content is streamed. */
const SMALL_BYTES = 1024 * 1024;

/** Stores files on a shelf, last the manifest that makes them an artifact, and returns it. Durable when it returns. */
export async function storeFiles(
  shelf: LocalShelf,
  files: readonly SourceFile[],
  options: TransferOptions,
): Promise<Manifest> {
  const batch = await openBatch(shelf);
  try {
    const manifest = await forEachFile(files, options, (source, bytes) => put({ shelf, batch }, source, bytes));
    stopIfAborted(options.signal);
    await seal({ shelf, batch }, manifest);
    return manifest;
  } finally {
    await batch?.drop();
  }
}

async function openBatch(shelf: LocalShelf): Promise<LocalBatch | undefined> {
  const { disk, layout } = shelf;
  if (disk.quick === undefined) return undefined;
  const { temporaryFolder } = layout;
  const placeOf = (area: Area, digest: Digest): Promise<string> => shelf.placeOf(area, digest);
  await shelf.makeFolderOf(join(temporaryFolder, 'any'));
  return new LocalBatch({ disk, quick: disk.quick, temporaryFolder, placeOf, mode: STORED_MODE });
}

interface Into {
  readonly shelf: LocalShelf;
  readonly batch: LocalBatch | undefined;
}

async function put({ shelf, batch }: Into, source: ContentSource, options: ByteOptions): Promise<Content> {
  if (batch !== undefined && source.readNow !== undefined) return putNow({ shelf, batch }, source.readNow(), options);
  if (source.size <= SMALL_BYTES) return putSmall(shelf, source, options);
  return (await findStored(shelf, source, options)) ?? copyIn(shelf, source, options);
}

/** From then on the artifact is there. */
async function seal({ shelf, batch }: Into, manifest: Manifest): Promise<void> {
  const bytes = Buffer.from(formatManifest(manifest.files));
  const content = { digest: digestOf(bytes), size: bytes.length };
  const isThere = await shelf.holds('manifests', content);
  if (!isThere && batch !== undefined) await batch.add('manifests', content.digest, bytes);
  await batch?.finish();
  if (!isThere && batch === undefined) await writeHeld(shelf, 'manifests', { content, bytes });
  await shelf.makeNameDurable(shelf.layout.pathOf('manifests', content.digest));
}

async function putNow(
  { shelf, batch }: { readonly shelf: LocalShelf; readonly batch: LocalBatch },
  bytes: Uint8Array,
  { onBytes, signal }: ByteOptions,
): Promise<Content> {
  stopIfAborted(signal);
  const content = { digest: digestOf(bytes), size: bytes.length };
  if (!(await shelf.holds('blobs', content))) await batch.add('blobs', content.digest, bytes);
  onBytes?.(bytes.length);
  return content;
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
