import { MregError } from '../../documents/error.ts';
import { isRecord, readJson } from '../../documents/json.ts';
import type { HttpAnswer } from './http.ts';
import { networkError } from './http-error.ts';

/** Reads the body of an answer whole. Attack: an endless body fills the memory. */
export async function readBounded(answer: HttpAnswer, url: URL, maxBytes: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of readPieces(answer, url)) {
    size += piece.length;
    if (size > maxBytes) {
      throw new MregError('integrity', `${url.host} answers with more than ${String(maxBytes)} bytes`, {
        hint: 'check that the URL of the store is that of an OCI registry',
      });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Yields the body of an answer; a cut connection is MregError('network'). */
export async function* readPieces({ body }: HttpAnswer, url: URL, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body) {
      if (piece instanceof Uint8Array) yield piece;
    }
  } catch (error) {
    throw networkError(error, url, signal);
  }
}

/** Drops the body of an answer, so that its connection can be used again. */
export async function drop({ body }: HttpAnswer): Promise<void> {
  await body.dump().catch(() => undefined);
}

const MAX_COMPLAINT_BYTES = 64 * 1024;

/** Returns what a registry says is wrong: the codes of its errors, none when it says nothing. */
export async function complaintsOf(answer: HttpAnswer, url: URL): Promise<readonly string[]> {
  const said = await readBounded(answer, url, MAX_COMPLAINT_BYTES).catch(() => new Uint8Array());
  const value = readJson(said);
  const errors = isRecord(value) && Array.isArray(value['errors']) ? value['errors'] : [];
  return errors.flatMap((error: unknown) => {
    const code = isRecord(error) ? error['code'] : undefined;
    // Only words, so that no text of a stranger's reaches the terminal.
    return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? [code] : [];
  });
}
