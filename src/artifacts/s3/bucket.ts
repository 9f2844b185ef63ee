import type { Digest } from '../../documents/digest.ts';
import { assert } from '../../documents/error.ts';
import { BucketRequests, optionsOf, type Stored } from './bucket-requests.ts';
import { BucketUploads } from './bucket-uploads.ts';
import { base64Of, DIGEST_NAME, digestIn } from './object-notes.ts';
import type { ReadableObjects } from './object-reader.ts';
import { isAbsent, isPassing, statusOf } from './s3-error.ts';
import type { Connection } from './sdk.ts';

/** An object as a listing shows it. */
export interface ListedObject {
  readonly name: string;
  readonly size: number;
  readonly storedAt: Date;
}

/** What is known of an object without reading it; `digest` is a hint that whoever stored it left. */
export interface ObjectHead {
  readonly size: number;
  readonly storedAt: Date;
  readonly digest: Digest | undefined;
}

/** What an object is stored with. `always` also where one is there: only ever with the same bytes. */
export interface PutOptions {
  readonly digest: Digest;
  readonly when: 'absent' | 'always';
  readonly signal?: AbortSignal | undefined;
}

/** A bucket of S3, and what stores ask of it. */
export class Bucket implements ReadableObjects {
  /** Uploads in parts. */
  readonly uploads: BucketUploads;
  readonly #requests: BucketRequests;

  constructor(url: string, open: () => Promise<Connection>) {
    this.#requests = new BucketRequests(url, open);
    this.uploads = new BucketUploads(this.#requests);
  }

  isPassing(error: unknown): boolean {
    return isPassing(error);
  }

  async sizeOf(name: string): Promise<number | undefined> {
    return (await this.head(name))?.size;
  }

  /** Returns what is known of an object, or undefined when it is absent. */
  async head(name: string): Promise<ObjectHead | undefined> {
    const found = await this.#requests.ask(
      'look at an object',
      ({ sdk, client }) =>
        client.send(new sdk.HeadObjectCommand({ Bucket: this.#requests.bucket, Key: name, ChecksumMode: 'ENABLED' })),
      { absent: isAbsent },
    );
    if (found === undefined) return undefined;
    return { size: found.ContentLength ?? 0, storedAt: found.LastModified ?? new Date(), digest: digestIn(found) };
  }

  async read(name: string, from: number, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
    const range = from === 0 ? {} : { Range: `bytes=${String(from)}-` };
    const aim = 'read an object';
    const found = await this.#requests.ask(
      aim,
      async ({ sdk, client }) => {
        const command = new sdk.GetObjectCommand({ Bucket: this.#requests.bucket, Key: name, ...range });
        const { Body, ContentRange } = await client.send(command, optionsOf(signal));
        assert(Body !== undefined, 'an answer to a read has a body');
        return { pieces: Body as AsyncIterable<Uint8Array>, skip: ContentRange === undefined ? from : 0 };
      },
      // The object ends before: there is nothing more to read.
      { absent: (error) => isAbsent(error) || (from > 0 && statusOf(error) === 416) },
    );
    if (found === undefined) return from > 0 ? nothing() : undefined;
    return this.#requests.told(aim, skipBytes(found.pieces, found.skip));
  }

  /** Lists the objects whose names begin with `prefix`, in the order of their names. */
  async *list(prefix: string): AsyncGenerator<ListedObject> {
    let token: string | undefined;
    do {
      const after = token === undefined ? {} : { ContinuationToken: token };
      const page = await this.#requests.do('list the bucket', ({ sdk, client }) =>
        client.send(new sdk.ListObjectsV2Command({ Bucket: this.#requests.bucket, Prefix: prefix, ...after })),
      );
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        if (Key !== undefined) yield { name: Key, size: Size ?? 0, storedAt: LastModified ?? new Date() };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** Stores an object; returns `exists` when one is there that must not be replaced. */
  async put(name: string, bytes: Uint8Array, { digest, when, signal }: PutOptions): Promise<Stored> {
    const send = (condition: object) =>
      this.#requests.do('store an object', ({ sdk, client }) =>
        client.send(
          new sdk.PutObjectCommand({
            ...{ Bucket: this.#requests.bucket, Key: name, Body: bytes, ContentLength: bytes.length },
            ...{ ChecksumSHA256: base64Of(digest), Metadata: { [DIGEST_NAME]: digest } },
            ...condition,
          }),
          optionsOf(signal),
        ),
      );
    return this.#requests.unlessThere(when, send);
  }

  /** Removes an object; one that is absent is removed already. */
  async remove(name: string): Promise<void> {
    await this.#requests.do('remove an object', ({ sdk, client }) =>
      client.send(new sdk.DeleteObjectCommand({ Bucket: this.#requests.bucket, Key: name })),
    );
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {
  // The object ended where the reader was.
}

/** A server that does not know ranges answers with everything. */
async function* skipBytes(pieces: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const piece of pieces) {
    const wanted = piece.subarray(Math.min(left, piece.length));
    left -= piece.length - wanted.length;
    if (wanted.length > 0) yield wanted;
  }
}
