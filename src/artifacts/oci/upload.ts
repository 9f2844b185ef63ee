import type { Digest } from '../../documents/digest.ts';
import { MregError } from '../../documents/error.ts';
import { stopIfAborted } from '../file-bytes.ts';
import type { ByteOptions } from '../port.ts';
import { complaintsOf, drop } from './answer.ts';
import { ByteCursor } from '../byte-cursor.ts';
import { type Conversation, TRIES } from './conversation.ts';
import type { HttpAnswer } from './http.ts';
import { isPassing } from './http-error.ts';

/** One request of this size at a time, so that a cut costs no more than that where a registry can go on. */
const CHUNK_BYTES = 64 * 1024 * 1024;
const AIM = 'write a file';

/** Bytes that are to be stored under their digest, and how they are read, from the start, as often as needed. */
export interface Upload extends ByteOptions {
  readonly digest: Digest;
  readonly size: number;
  readonly read: () => AsyncIterable<Uint8Array>;
}

/** Stores bytes in a registry. After a cut it goes on where the registry is, or from the start where it cannot tell. */
export async function uploadBlob(conversation: Conversation, upload: Upload): Promise<void> {
  const session = new UploadSession(conversation, upload);
  let furthest = 0;
  for (let failures = 0; ; failures += 1) {
    try {
      await session.run();
      return;
    } catch (error) {
      await session.close();
      // What went further than ever before is worth another try, however often that happens.
      if (session.sent > furthest) [furthest, failures] = [session.sent, 0];
      stopIfAborted(upload.signal);
      if (!isPassing(error) || failures + 1 >= TRIES) throw error;
      await conversation.rest(failures);
    }
  }
}

class UploadSession {
  readonly #conversation: Conversation;
  readonly #upload: Upload;
  #location: URL | undefined;
  #cursor: ByteCursor | undefined;
  /** How many bytes the registry has. */
  sent = 0;
  /** How many bytes `onBytes` was told of. */
  #counted = 0;

  constructor(conversation: Conversation, upload: Upload) {
    this.#conversation = conversation;
    this.#upload = upload;
  }

  async run(): Promise<void> {
    if (this.#location !== undefined) this.#moveTo(await this.#askOffset(this.#location));
    let location = this.#location ?? (await this.#begin());
    this.#cursor ??= await ByteCursor.at(this.#upload.read(), this.sent);
    while (this.sent < this.#upload.size) location = await this.#sendChunk(location, this.#cursor);
    await this.#finish(location);
  }

  async close(): Promise<void> {
    await this.#cursor?.close();
    this.#cursor = undefined;
  }

  async #begin(): Promise<URL> {
    const { signal } = this.#upload;
    const url = this.#conversation.addressOf('blobs/uploads/');
    const answer = await this.#conversation.ask({ method: 'POST', url, aim: AIM, signal });
    if (answer.status !== 202) throw await this.#conversation.unexpected(answer, AIM);
    await drop(answer);
    this.#moveTo(0);
    return (this.#location = this.#conversation.locationIn(answer, url));
  }

  async #sendChunk(location: URL, cursor: ByteCursor): Promise<URL> {
    const { size, signal } = this.#upload;
    const length = Math.min(CHUNK_BYTES, size - this.sent);
    const range = `${String(this.sent)}-${String(this.sent + length - 1)}`;
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': String(length),
      'content-range': range,
    };
    const body = this.#counting(cursor.take(length));
    const answer = await this.#conversation.ask({ method: 'PATCH', url: location, headers, body, aim: AIM, signal });
    if (answer.status !== 202) throw await this.#interrupted(answer);
    await drop(answer);
    this.sent += length;
    return (this.#location = this.#conversation.locationIn(answer, location));
  }

  /** What was counted and is not there is taken back by `#moveTo`. */
  async *#counting(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      stopIfAborted(this.#upload.signal);
      yield chunk;
      this.#counted += chunk.length;
      this.#upload.onBytes?.(chunk.length);
    }
  }

  #moveTo(offset: number): void {
    if (this.#counted !== offset) this.#upload.onBytes?.(offset - this.#counted);
    this.#counted = offset;
    this.sent = offset;
  }

  /** The registry tells how far it came; where it cannot, the upload begins anew. */
  async #askOffset(location: URL): Promise<number> {
    const answer = await this.#conversation.ask({
      method: 'GET',
      url: location,
      aim: AIM,
      signal: this.#upload.signal,
    });
    await drop(answer);
    const end = /^(?:bytes=)?0-([0-9]+)$/.exec(answer.header('range') ?? '')?.[1];
    if (answer.status !== 204 || end === undefined || Number(end) >= this.#upload.size) {
      this.#location = undefined;
      return 0;
    }
    if (answer.header('location') !== undefined) this.#location = this.#conversation.locationIn(answer, location);
    // The specification has no way to say "nothing yet"; registries say 0-0.
    return end === '0' ? 0 : Number(end) + 1;
  }

  async #finish(location: URL): Promise<void> {
    const { digest, signal } = this.#upload;
    const url = new URL(location);
    url.searchParams.set('digest', digest);
    const headers = { 'content-type': 'application/octet-stream' };
    const body = new Uint8Array();
    const answer = await this.#conversation.ask({ method: 'PUT', url, headers, body, aim: AIM, signal });
    if (answer.status === 201 || (answer.status === 404 && (await this.#isStored()))) return drop(answer);
    throw await this.#interrupted(answer);
  }

  /** The answer to an earlier try may have been lost, when the session had ended well. */
  async #isStored(): Promise<boolean> {
    const url = this.#conversation.addressOf(`blobs/${this.#upload.digest}`);
    const answer = await this.#conversation.ask({ method: 'HEAD', url, aim: AIM, signal: this.#upload.signal });
    await drop(answer);
    return answer.status === 200;
  }

  /** Returns the error for an answer in the middle of an upload, after which only a new one may help. */
  async #interrupted(answer: HttpAnswer): Promise<unknown> {
    const { host } = this.#conversation.place;
    const codes = await complaintsOf(answer, new URL(this.#conversation.place.origin));
    if (codes.includes('DIGEST_INVALID')) {
      return new MregError('bad-file', `${host} received other bytes than were read at first`, {
        hint: 'wait until nothing writes to the files, then run the command again',
      });
    }
    const said = [String(answer.status), ...codes].join(' ');
    const cause = Object.assign(new Error(said), { code: MAY_PASS.has(answer.status) ? 'ECONNRESET' : 'REFUSED' });
    return new MregError('network', `${host} did not take a file (${said})`, {
      hint: 'run the command again: what was transferred is kept',
      cause,
    });
  }
}

/** A session that ended or was somewhere else, credentials that expired, and too much work. */
const MAY_PASS: ReadonlySet<number> = new Set([401, 404, 408, 416, 429, 500, 502, 503, 504]);
