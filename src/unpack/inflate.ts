import { Readable } from 'node:stream';
import { createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { UnpackFault } from './random-access.ts';

/** Real models and texts shrink to a tenth; a bomb to a thousandth. Below the floor a ratio means nothing. */
const MOST_RATIO = 200;
const FLOOR_BYTES = 64 * 1024 * 1024;

const INFLATERS = { deflate: createInflateRaw, zlib: createInflate, gzip: createGunzip } as const;

/** How bytes are packed. */
export type Packing = keyof typeof INFLATERS;

/**
 * Yields what packed bytes unpack to; UnpackFault where they are damaged. Attack: a zip bomb; it ends where the bytes grow
 * beyond what any real file does.
 */
export async function* inflated(
  packed: AsyncIterable<Uint8Array>,
  how: { readonly packing: Packing; readonly packedBytes: number },
): AsyncGenerator<Uint8Array> {
  const most = Math.max(FLOOR_BYTES, how.packedBytes * MOST_RATIO);
  const source = Readable.from(packed, { objectMode: true });
  const inflater = INFLATERS[how.packing]({ chunkSize: 256 * 1024 });
  source.on('error', (error) => inflater.destroy(error));
  let size = 0;
  try {
    for await (const chunk of source.pipe(inflater) as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > most) throw new UnpackFault('it unpacks to more than two hundred times its size');
      yield chunk;
    }
  } catch (error) {
    if (isDamage(error)) throw new UnpackFault('what is packed in it is damaged');
    throw error;
  } finally {
    source.destroy();
    inflater.destroy();
  }
}

/** Codes of zlib: Z_DATA_ERROR, Z_BUF_ERROR and their kin. */
function isDamage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
}
