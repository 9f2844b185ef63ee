import type { Digest } from '../../documents/digest.ts';
import type { MregError } from '../../documents/error.ts';
import { drop, readPieces } from './answer.ts';
import { type Conversation, TRIES } from './conversation.ts';
import { failedRead } from './failed-read.ts';
import type { HttpAnswer } from './http.ts';
import { isPassing } from './http-error.ts';

const AIM = 'read a file';

/** A part of a blob. */
export interface Part {
  readonly digest: Digest;
  readonly offset: number;
  readonly length: number;
  readonly signal?: AbortSignal | undefined;
  /** Returns the error to throw when the blob is absent. */
  readonly absent: () => MregError;
}

/** Yields a part of a blob, fewer bytes where it is shorter; after a cut it goes on where it was. The reader checks the bytes. */
export async function* readPart(conversation: Conversation, part: Part): AsyncGenerator<Uint8Array> {
  let done = 0;
  for (let failures = 0; done < part.length; failures += 1) {
    const before = done;
    try {
      for await (const piece of readOnce(conversation, part, done)) {
        done += piece.length;
        yield piece;
      }
      return;
    } catch (error) {
      if (done > before) failures = 0;
      if (!isPassing(error) || failures + 1 >= TRIES) throw error;
      await conversation.rest(failures);
    }
  }
}

async function* readOnce(conversation: Conversation, part: Part, done: number): AsyncGenerator<Uint8Array> {
  const { digest, length, signal } = part;
  const url = conversation.addressOf(`blobs/${digest}`);
  const from = part.offset + done;
  const headers = { range: `bytes=${String(from)}-${String(part.offset + length - 1)}` };
  const answer = await conversation.ask({ method: 'GET', url, headers, aim: AIM, signal });
  if (answer.status === 404) {
    await drop(answer);
    throw part.absent();
  }
  // The blob ends before: what is there was read.
  if (answer.status === 416) return drop(answer);
  if (answer.status !== 200 && answer.status !== 206)
    throw await failedRead(conversation, answer, { aim: AIM, name: digest });
  const skip = from - startOf(answer);
  if (skip < 0) throw await conversation.unexpected(answer, AIM);
  yield* cutOut(readPieces(answer, url, signal), { skip, length: length - done });
}

/** A registry that does not know ranges answers with everything. */
function startOf(answer: HttpAnswer): number {
  if (answer.status === 200) return 0;
  const start = /^bytes ([0-9]+)-/.exec(answer.header('content-range') ?? '')?.[1];
  return start === undefined ? Number.POSITIVE_INFINITY : Number(start);
}

async function* cutOut(
  pieces: AsyncIterable<Uint8Array>,
  { skip, length }: { readonly skip: number; readonly length: number },
): AsyncGenerator<Uint8Array> {
  let at = -skip;
  for await (const piece of pieces) {
    const wanted = piece.subarray(Math.max(0, -at), Math.max(0, length - at));
    at += piece.length;
    if (wanted.length > 0) yield wanted;
    if (at >= length) return;
  }
}
