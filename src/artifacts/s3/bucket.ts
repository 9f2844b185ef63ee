import type * as S3 from '@aws-sdk/client-s3';
import type { Digest } from '../../documents/digest.ts';
import { isDigest } from '../../documents/digest.ts';
import { assert } from '../../documents/error.ts';
import type { ReadableObjects } from './object-reader.ts';
import { codeOf, isAbsent, isPassing, isUnsupported, s3Error, statusOf } from './s3-error.ts';
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

/** An upload in parts that has not ended. */
export interface OpenUpload {
  readonly name: string;
  readonly id: string;
  readonly startedAt: Date;
}

/** A part that was sent; the sums are the server's. */
export interface SentPart {
  readonly number: number;
  readonly size: number;
  readonly etag: string;
  readonly sha256: string | undefined;
}

/** What an object is stored with. `always` also where one is there: only ever with the same bytes. */
export interface PutOptions {
  readonly digest: Digest;
  readonly when: 'absent' | 'always';
  readonly signal?: AbortSignal | undefined;
}

/** The name of the sum that is kept with every object: S3's own is another one for uploads in parts. */
const DIGEST_NAME = 'mreg-sha256';

/** A bucket of S3, and what stores ask of it. */
export class Bucket implements ReadableObjects {
  readonly #url: string;
  readonly #bucket: string;
  readonly #open: () => Promise<Connection>;
  #connecting: Promise<Connection> | undefined;
  /** Servers that do not know conditions are asked once. */
  #knowsConditions = true;

  constructor(url: string, open: () => Promise<Connection>) {
    this.#url = url;
    this.#bucket = new URL(url).host;
    this.#open = open;
  }

  isPassing(error: unknown): boolean {
    return isPassing(error);
  }

  async sizeOf(name: string): Promise<number | undefined> {
    return (await this.head(name))?.size;
  }

  /** Returns what is known of an object, or undefined when it is absent. */
  async head(name: string): Promise<ObjectHead | undefined> {
    const found = await this.#ask(
      'look at an object',
      ({ sdk, client }) =>
        client.send(new sdk.HeadObjectCommand({ Bucket: this.#bucket, Key: name, ChecksumMode: 'ENABLED' })),
      { absent: isAbsent },
    );
    if (found === undefined) return undefined;
    return { size: found.ContentLength ?? 0, storedAt: found.LastModified ?? new Date(), digest: digestIn(found) };
  }

  async read(name: string, from: number, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
    const range = from === 0 ? {} : { Range: `bytes=${String(from)}-` };
    const aim = 'read an object';
    const found = await this.#ask(
      aim,
      async ({ sdk, client }) => {
        const command = new sdk.GetObjectCommand({ Bucket: this.#bucket, Key: name, ...range });
        const { Body, ContentRange } = await client.send(command, optionsOf(signal));
        assert(Body !== undefined, 'an answer to a read has a body');
        return { pieces: Body as AsyncIterable<Uint8Array>, skip: ContentRange === undefined ? from : 0 };
      },
      // The object ends before: there is nothing more to read.
      { absent: (error) => isAbsent(error) || (from > 0 && statusOf(error) === 416) },
    );
    if (found === undefined) return from > 0 ? nothing() : undefined;
    return this.#told(aim, skipBytes(found.pieces, found.skip));
  }

  /** Lists the objects whose names begin with `prefix`, in the order of their names. */
  async *list(prefix: string): AsyncGenerator<ListedObject> {
    let token: string | undefined;
    do {
      const after = token === undefined ? {} : { ContinuationToken: token };
      const page = await this.#do('list the bucket', ({ sdk, client }) =>
        client.send(new sdk.ListObjectsV2Command({ Bucket: this.#bucket, Prefix: prefix, ...after })),
      );
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        if (Key !== undefined) yield { name: Key, size: Size ?? 0, storedAt: LastModified ?? new Date() };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** Stores an object; returns `exists` when one is there that must not be replaced. */
  async put(name: string, bytes: Uint8Array, { digest, when, signal }: PutOptions): Promise<'stored' | 'exists'> {
    const send = (condition: object) =>
      this.#do('store an object', ({ sdk, client }) =>
        client.send(
          new sdk.PutObjectCommand({
            ...{ Bucket: this.#bucket, Key: name, Body: bytes, ContentLength: bytes.length },
            ...{ ChecksumSHA256: base64Of(digest), Metadata: { [DIGEST_NAME]: digest } },
            ...condition,
          }),
          optionsOf(signal),
        ),
      );
    return this.#unlessThere(when, send);
  }

  /** Removes an object; one that is absent is removed already. */
  async remove(name: string): Promise<void> {
    await this.#do('remove an object', ({ sdk, client }) =>
      client.send(new sdk.DeleteObjectCommand({ Bucket: this.#bucket, Key: name })),
    );
  }

  /** Lists the uploads below `prefix` that have not ended; none where the server cannot tell. */
  async *uploads(prefix: string): AsyncGenerator<OpenUpload> {
    let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
    while (marker !== undefined) {
      const at: object = marker;
      const page: S3.ListMultipartUploadsCommandOutput | undefined = await this.#ask(
        'list unfinished uploads',
        ({ sdk, client }) =>
          client.send(new sdk.ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: prefix, ...at })),
        { absent: isUnsupported },
      );
      for (const { Key, UploadId, Initiated } of page?.Uploads ?? []) {
        if (Key !== undefined && UploadId !== undefined)
          yield { name: Key, id: UploadId, startedAt: Initiated ?? new Date() };
      }
      const { NextKeyMarker, NextUploadIdMarker } = page ?? {};
      marker =
        page?.IsTruncated === true && NextKeyMarker !== undefined && NextUploadIdMarker !== undefined
          ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker }
          : undefined;
    }
  }

  /** Lists the parts of an unfinished upload; undefined when it has ended, or the server cannot tell. */
  async partsOf({ name, id }: OpenUpload): Promise<readonly SentPart[] | undefined> {
    const parts: SentPart[] = [];
    let marker: string | undefined;
    do {
      const after = marker === undefined ? {} : { PartNumberMarker: marker };
      const page: S3.ListPartsCommandOutput | undefined = await this.#ask(
        'list the parts of an upload',
        ({ sdk, client }) =>
          client.send(new sdk.ListPartsCommand({ Bucket: this.#bucket, Key: name, UploadId: id, ...after })),
        { absent: (error) => isAbsent(error) || isUnsupported(error) },
      );
      if (page === undefined) return undefined;
      for (const { PartNumber, Size, ETag, ChecksumSHA256 } of page.Parts ?? []) {
        if (PartNumber !== undefined && ETag !== undefined)
          parts.push({ number: PartNumber, size: Size ?? 0, etag: ETag, sha256: ChecksumSHA256 });
      }
      marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
    } while (marker !== undefined);
    return parts;
  }

  /** Begins an upload in parts. */
  async startUpload(name: string, digest: Digest): Promise<OpenUpload> {
    const { UploadId } = await this.#do('begin an upload', ({ sdk, client }) =>
      client.send(
        new sdk.CreateMultipartUploadCommand({
          ...{ Bucket: this.#bucket, Key: name, ChecksumAlgorithm: 'SHA256', Metadata: { [DIGEST_NAME]: digest } },
        }),
      ),
    );
    assert(UploadId !== undefined, 'an upload that has begun has a name');
    return { name, id: UploadId, startedAt: new Date(0) };
  }

  /** Sends a part; undefined when the upload has ended meanwhile. */
  async sendPart(
    { name, id }: OpenUpload,
    part: { readonly number: number; readonly bytes: Uint8Array; readonly sha256: string },
    signal?: AbortSignal,
  ): Promise<SentPart | undefined> {
    const sent = await this.#ask(
      'send a part of an object',
      ({ sdk, client }) =>
        client.send(
          new sdk.UploadPartCommand({
            ...{ Bucket: this.#bucket, Key: name, UploadId: id, PartNumber: part.number },
            ...{ Body: part.bytes, ContentLength: part.bytes.length, ChecksumSHA256: part.sha256 },
          }),
          optionsOf(signal),
        ),
      { absent: isAbsent },
    );
    if (sent === undefined) return undefined;
    assert(sent.ETag !== undefined, 'a part that was stored has a tag');
    return { number: part.number, size: part.bytes.length, etag: sent.ETag, sha256: sent.ChecksumSHA256 };
  }

  /** Makes the parts an object; `ended` when somebody else did, or gave it up. */
  async completeUpload({ name, id }: OpenUpload, parts: readonly SentPart[]): Promise<'stored' | 'exists' | 'ended'> {
    const Parts = parts.map(({ number, etag, sha256 }) => ({
      ...{ PartNumber: number, ETag: etag },
      ...(sha256 === undefined ? {} : { ChecksumSHA256: sha256 }),
    }));
    const send = (condition: object) =>
      this.#do('finish an upload', ({ sdk, client }) =>
        client.send(
          new sdk.CompleteMultipartUploadCommand({
            ...{ Bucket: this.#bucket, Key: name, UploadId: id, MultipartUpload: { Parts } },
            ...condition,
          }),
        ),
      );
    try {
      return await this.#unlessThere('absent', send);
    } catch (error) {
      if (isAbsent(causeOf(error))) return 'ended';
      throw error;
    }
  }

  /** Gives an upload up; one that has ended already is no failure, nor is a server that cannot. */
  async abortUpload({ name, id }: OpenUpload): Promise<void> {
    await this.#ask(
      'give up an upload',
      ({ sdk, client }) =>
        client.send(new sdk.AbortMultipartUploadCommand({ Bucket: this.#bucket, Key: name, UploadId: id })),
      { absent: (error) => isAbsent(error) || isUnsupported(error) },
    );
  }

  async #unlessThere(when: PutOptions['when'], send: (condition: object) => Promise<unknown>) {
    const conditional = when === 'absent' && this.#knowsConditions;
    try {
      await send(conditional ? { IfNoneMatch: '*' } : {});
      return 'stored';
    } catch (error) {
      const cause = causeOf(error);
      // 409: somebody else stores it at this moment.
      if (conditional && (statusOf(cause) === 412 || codeOf(cause) === 'ConditionalRequestConflict')) return 'exists';
      if (!conditional || !isUnsupported(cause)) throw error;
      this.#knowsConditions = false;
      await send({});
      return 'stored';
    }
  }

  /** Runs one request; undefined when it fails in the way that `absent` describes. */
  async #ask<T>(
    aim: string,
    request: (connection: Connection) => Promise<T>,
    { absent }: { readonly absent: (error: unknown) => boolean },
  ): Promise<T | undefined> {
    try {
      return await this.#do(aim, request);
    } catch (error) {
      if (absent(causeOf(error))) return undefined;
      throw error;
    }
  }

  async #do<T>(aim: string, request: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await request(await (this.#connecting ??= this.#open()));
    } catch (error) {
      throw s3Error(error, { aim, url: this.#url });
    }
  }

  async *#told(aim: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces;
    } catch (error) {
      throw s3Error(error, { aim, url: this.#url });
    }
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

function optionsOf(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** S3's own sum counts where it is of the whole object: that of an upload in parts is a sum of sums. */
function digestIn(found: S3.HeadObjectCommandOutput): Digest | undefined {
  const { ChecksumSHA256: sum, ChecksumType: type } = found;
  if (sum !== undefined && type !== 'COMPOSITE' && !sum.includes('-')) {
    const digest = `sha256:${Buffer.from(sum, 'base64').toString('hex')}`;
    if (isDigest(digest)) return digest;
  }
  const noted = found.Metadata?.[DIGEST_NAME] ?? '';
  return isDigest(noted) ? noted : undefined;
}

/** Returns a digest as S3 writes it. */
export function base64Of(digest: Digest): string {
  return Buffer.from(digest.slice('sha256:'.length), 'hex').toString('base64');
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
