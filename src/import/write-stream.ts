import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MregError } from '../documents/error.ts';
import type { TakeOptions } from './foreign.ts';

/** Writes `chunks` into a new file, its folders included, and returns how many bytes they were; memory stays flat. */
export async function writeStream(
  to: string,
  chunks: AsyncIterable<Uint8Array>,
  { onBytes, signal }: TakeOptions = {},
): Promise<number> {
  let size = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      size += chunk.length;
      yield chunk;
      onBytes?.(chunk.length);
    }
  };
  try {
    await mkdir(dirname(to), { recursive: true });
    const sink = createWriteStream(to, { flags: 'wx', mode: 0o600 });
    await pipeline(counted, sink, signal === undefined ? {} : { signal });
  } catch (error) {
    throw told(error, to, signal);
  }
  return size;
}

function told(error: unknown, to: string, signal: AbortSignal | undefined): unknown {
  if (error instanceof MregError) return error;
  if (signal?.aborted === true) {
    return new MregError('interrupted', 'the import was interrupted', { hint: 'run the command again', cause: error });
  }
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) return error;
  return new MregError('disk', `${to} cannot be written (${code})`, {
    hint: 'free space there, or name another folder with TMPDIR, then run the command again',
    cause: error,
  });
}
