import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

/** Why something could not be unpacked: it is damaged, too large when unpacked, or packed in a way that is not read. */
export class UnpackFault extends Error {}

/** Bytes that can be read from anywhere. */
export interface RandomAccess {
  readonly size: number;
  /** Returns up to `length` bytes from `at`; fewer only at the end. */
  read(at: number, length: number): Promise<Uint8Array>;
}

const CHUNK_BYTES = 512 * 1024;

/** Opens a file; a symbolic link is refused. */
export async function openRandomAccess(path: string): Promise<RandomAccess & { close(): Promise<void> }> {
  // Without O_NONBLOCK, opening a pipe that took the place of a file would wait for ever.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const { size } = await file.stat();
  const read = async (at: number, length: number): Promise<Uint8Array> => {
    const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - at)));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    return buffer.subarray(0, bytesRead);
  };
  return { size, read, close: () => file.close() };
}

/** Returns bytes in memory as if they were a file. */
export function memoryAccess(bytes: Uint8Array): RandomAccess {
  return { size: bytes.length, read: async (at, length) => bytes.subarray(at, at + length) };
}

/** Yields the bytes from `from` up to `to`, the end where absent. */
export async function* chunksOf(source: RandomAccess, from = 0, to = source.size): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to;) {
    const chunk = await source.read(at, Math.min(CHUNK_BYTES, to - at));
    if (chunk.length === 0) throw new UnpackFault('it is shorter than it says');
    at += chunk.length;
    yield chunk;
  }
}
