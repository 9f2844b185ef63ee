import { createHash } from 'node:crypto';
import { type BigIntStats, constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { digestOf } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { Disk } from './disk.ts';
import { onDisk } from './disk-error.ts';
import type { ByteOptions, Content, ContentSource } from './port.ts';

/** Large enough that a call costs nothing against its bytes; two of them are alive for each open file. */
const CHUNK_BYTES = 1024 * 1024;

/** Yields the bytes of a file, reading the next chunk while the caller works on this one. A symbolic link is refused. */
export async function* readFileChunks(disk: Disk, path: string, from = 0): AsyncGenerator<Uint8Array> {
  const file = await openFile(disk, path);
  try {
    const size = Number((await stateOf(file, path)).size);
    yield* readAhead(file, path, { from, sizeBytes: Math.max(0, size - from) });
  } finally {
    await file.close();
  }
}

/** As `readFileChunks`, but refuses a file that changes meanwhile: what was hashed would be no state that it ever had. */
export async function* readSteadyFile(disk: Disk, path: string): AsyncGenerator<Uint8Array> {
  const file = await openFile(disk, path);
  try {
    const before = await stateOf(file, path);
    yield* readAhead(file, path, { from: 0, sizeBytes: Number(before.size) });
    const after = await stateOf(file, path);
    if (before.size !== after.size || before.mtimeNs !== after.mtimeNs) throw changedMeanwhile(path);
  } finally {
    await file.close();
  }
}

function openFile(disk: Disk, path: string): Promise<FileHandle> {
  return onDisk('read', path, () => disk.open(path, constants.O_RDONLY | constants.O_NOFOLLOW));
}

function stateOf(file: FileHandle, path: string): Promise<BigIntStats> {
  return onDisk('read', path, () => file.stat({ bigint: true }));
}

async function* readAhead(
  file: FileHandle,
  path: string,
  { from, sizeBytes }: { readonly from: number; readonly sizeBytes: number },
): AsyncGenerator<Uint8Array> {
  // One byte more than the file has, so that a small file and its end are found in one read each.
  const length = Math.min(CHUNK_BYTES, sizeBytes + 1);
  const buffers = [Buffer.allocUnsafe(length), Buffer.allocUnsafe(length)] as const;
  let at = from;
  const readInto = (buffer: Buffer): Promise<Uint8Array> => {
    const reading = onDisk('read', path, async () => {
      const { bytesRead } = await file.read(buffer, 0, length, at);
      at += bytesRead;
      return buffer.subarray(0, bytesRead);
    });
    // It may fail while the caller is still busy with the chunk before; that is told when the caller asks for this one.
    reading.catch(() => undefined);
    return reading;
  };
  let turn: 0 | 1 = 0;
  let pending = readInto(buffers[turn]);
  try {
    let total = 0;
    for (let chunk = await pending; chunk.length > 0; chunk = await pending) {
      total += chunk.length;
      // A short read at the size that the file has is its end: no need to ask again, ten thousand times.
      if (chunk.length < length && total >= sizeBytes) {
        yield chunk;
        return;
      }
      turn = turn === 0 ? 1 : 0;
      pending = readInto(buffers[turn]);
      yield chunk;
    }
  } finally {
    // The caller may stop early: the file must not be closed under a read that is still going on.
    await pending.catch(() => undefined);
  }
}

function changedMeanwhile(path: string): MregError {
  return new MregError('bad-file', `${path} changed while it was read`, {
    hint: 'wait until nothing writes to it, then run the command again',
  });
}

/** Returns digest and size of `chunks`, handing each chunk to `write` and hashing it while the write goes on. */
export async function hashChunks(
  chunks: AsyncIterable<Uint8Array>,
  { onBytes, signal }: ByteOptions = {},
  write?: (chunk: Uint8Array) => Promise<void>,
): Promise<Content> {
  const hash = createHash('sha256');
  let size = 0;
  stopIfAborted(signal);
  for await (const chunk of chunks) {
    stopIfAborted(signal);
    const written = write?.(chunk);
    hash.update(chunk);
    await written;
    size += chunk.length;
    onBytes?.(chunk.length);
  }
  return { digest: `sha256:${hash.digest('hex')}`, size };
}

/** Returns digest and size of a source, in the quickest way there is. */
export function hashSource(source: ContentSource, options: ByteOptions = {}): Content | Promise<Content> {
  if (source.readNow === undefined) return hashChunks(source.read(), options);
  stopIfAborted(options.signal);
  const bytes = source.readNow();
  options.onBytes?.(bytes.length);
  return { digest: digestOf(bytes), size: bytes.length };
}

/** Throws MregError('interrupted') once `signal` is aborted. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new MregError('interrupted', 'the transfer was interrupted', {
    hint: 'run the command again',
    cause: signal.reason,
  });
}

/** Returns digest and size of `chunks` and the bytes themselves: for content that fits in memory. */
export async function holdChunks(
  chunks: AsyncIterable<Uint8Array>,
  options: ByteOptions = {},
): Promise<{ readonly content: Content; readonly bytes: Uint8Array }> {
  const held: Uint8Array[] = [];
  const content = await hashChunks(chunks, options, (chunk) => {
    held.push(Uint8Array.from(chunk));
    return Promise.resolve();
  });
  return { content, bytes: Buffer.concat(held) };
}

/** How a file grows: with the bytes from the place where it ends now. */
export interface Growth extends ByteOptions {
  readonly chunksFrom: (from: number) => AsyncIterable<Uint8Array>;
  readonly mode: number;
}

/**
 * Goes on writing the file `path`, which need not be there, and returns what all of it is then. Not yet durable; after a
 * failure it keeps what it has.
 */
export async function appendFile(disk: Disk, path: string, { chunksFrom, mode, ...options }: Growth): Promise<Content> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW;
  const file = await onDisk('create', path, () => disk.open(path, flags, mode));
  try {
    const size = Number((await stateOf(file, path)).size);
    const before = readAhead(file, path, { from: 0, sizeBytes: size });
    const writes = { left: size };
    return await hashChunks(chain(before, chunksFrom(size)), options, async (chunk) => {
      // What was there is only read.
      if (writes.left > 0) writes.left -= chunk.length;
      else await onDisk('write', path, () => writeAll(file, chunk));
    });
  } finally {
    await file.close();
  }
}

async function* chain(...parts: readonly AsyncIterable<Uint8Array>[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield* part;
}

/** Writes `chunks` into the new file `path`, durably, and returns what was written. Removes the file when anything fails. */
export async function writeNewFile(
  disk: Disk,
  path: string,
  { chunks, mode, ...options }: { readonly chunks: AsyncIterable<Uint8Array>; readonly mode: number } & ByteOptions,
): Promise<Content> {
  const file = await onDisk('create', path, () => disk.open(path, 'wx', mode));
  try {
    const content = await hashChunks(chunks, options, (chunk) => onDisk('write', path, () => writeAll(file, chunk)));
    await onDisk('write', path, () => file.sync());
    await onDisk('write', path, () => file.close());
    return content;
  } catch (error) {
    await file.close().catch(() => undefined);
    await disk.rm(path, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** A write may take less than it was given, as at the edge of a full disk. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, at, chunk.length - at, null);
    at += bytesWritten;
  }
}
