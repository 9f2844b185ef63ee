import { createHash } from 'node:crypto';
import type { Digest } from '../../documents/digest.ts';
import { MregError } from '../../documents/error.ts';
import type { ManifestFile } from '../../documents/manifest.ts';
import { hashChunks } from '../file-bytes.ts';
import type { ByteOptions, Content, ContentSource, SourceFile } from '../port.ts';
import { nameInLayer, type Range } from './layout.ts';
import { TAR_END, tarHead, tarPadding } from './tar.ts';

/** Smaller pieces are put together, so that a layer of many small files is not sent in as many packets. */
const PIECE_BYTES = 256 * 1024;

/** A layer that was read once: what it is and what is in it. */
export interface ReadLayer {
  readonly content: Content;
  readonly files: readonly ManifestFile[];
}

/** Reads the files of a layer and returns their digests and the layer's own, in one go. */
export async function readLayer(files: readonly SourceFile[], range: Range, options: ByteOptions): Promise<ReadLayer> {
  const layer = createHash('sha256');
  const read: ManifestFile[] = [];
  let size = TAR_END.length;
  for (const { path, source } of files.slice(range.first, range.last + 1)) {
    const head = tarHead(nameInLayer(path), source.size);
    layer.update(head);
    const content = await hashChunks(sized(source), options, (chunk) => {
      layer.update(chunk);
      return Promise.resolve();
    });
    const padding = tarPadding(content.size);
    layer.update(new Uint8Array(padding));
    read.push({ path, ...content });
    size += head.length + content.size + padding;
  }
  const digest: Digest = `sha256:${layer.update(TAR_END).digest('hex')}`;
  return { content: { digest, size }, files: read };
}

/** Yields the bytes of a layer in pieces that may be kept until the one after the next is asked for. */
export async function* layerBytes(files: readonly SourceFile[], range: Range): AsyncGenerator<Uint8Array> {
  yield* gather(entries(files, range));
}

async function* entries(files: readonly SourceFile[], { first, last }: Range): AsyncGenerator<Uint8Array> {
  for (const { path, source } of files.slice(first, last + 1)) {
    yield tarHead(nameInLayer(path), source.size);
    yield* sized(source);
    yield new Uint8Array(tarPadding(source.size));
  }
  yield TAR_END;
}

/** Copies small pieces together and passes large ones on. */
async function* gather(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    if (bytes > 0 && bytes + piece.length > PIECE_BYTES) {
      yield Buffer.concat(held);
      [held, bytes] = [[], 0];
    }
    if (piece.length > PIECE_BYTES) {
      yield piece;
    } else if (piece.length > 0) {
      held.push(Uint8Array.from(piece));
      bytes += piece.length;
    }
  }
  if (bytes > 0) yield Buffer.concat(held);
}

/** The head of a file states its size before the bytes are read: a file that grew or shrank since must not be sent. */
async function* sized(source: ContentSource): AsyncGenerator<Uint8Array> {
  const { origin, size } = source;
  let bytes = 0;
  for await (const chunk of source.read()) {
    bytes += chunk.length;
    if (bytes > size) throw changedMeanwhile(origin);
    yield chunk;
  }
  if (bytes < size) throw changedMeanwhile(origin);
}

/** Returns the error of a source that is no longer what it was when the push began. */
function changedMeanwhile(origin: string): MregError {
  return new MregError('bad-file', `${origin} changed while it was pushed`, {
    hint: 'wait until nothing writes to it, then run the command again',
  });
}
