import type * as S3 from '@aws-sdk/client-s3';
import type { Digest } from '../../documents/digest.ts';
import { assert } from '../../documents/error.ts';
import { type BucketRequests, causeOf, optionsOf, type Stored } from './bucket-requests.ts';
import { DIGEST_NAME } from './object-notes.ts';
import { isAbsent, isUnsupported } from './s3-error.ts';

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

/** The uploads in parts of a bucket, and what stores ask of them. */
export class BucketUploads {
  readonly #requests: BucketRequests;

  constructor(requests: BucketRequests) {
    this.#requests = requests;
  }

  /** Lists the uploads below `prefix` that have not ended; none where the server cannot tell. */
  async *list(prefix: string): AsyncGenerator<OpenUpload> {
    let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
    while (marker !== undefined) {
      const at: object = marker;
      const page: S3.ListMultipartUploadsCommandOutput | undefined = await this.#requests.ask(
        'list unfinished uploads',
        ({ sdk, client }) =>
          client.send(new sdk.ListMultipartUploadsCommand({ Bucket: this.#requests.bucket, Prefix: prefix, ...at })),
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
      const page: S3.ListPartsCommandOutput | undefined = await this.#requests.ask(
        'list the parts of an upload',
        ({ sdk, client }) =>
          client.send(new sdk.ListPartsCommand({ Bucket: this.#requests.bucket, Key: name, UploadId: id, ...after })),
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
  async start(name: string, digest: Digest): Promise<OpenUpload> {
    const { UploadId } = await this.#requests.do('begin an upload', ({ sdk, client }) =>
      client.send(
        new sdk.CreateMultipartUploadCommand({
          ...{
            Bucket: this.#requests.bucket,
            Key: name,
            ChecksumAlgorithm: 'SHA256',
            Metadata: { [DIGEST_NAME]: digest },
          },
        }),
      ),
    );
    assert(UploadId !== undefined, 'an upload that has begun has a name');
    return { name, id: UploadId, startedAt: new Date(0) };
  }

  /** Sends a part; undefined when the upload has ended meanwhile. */
  async send(
    { name, id }: OpenUpload,
    part: { readonly number: number; readonly bytes: Uint8Array; readonly sha256: string },
    signal?: AbortSignal,
  ): Promise<SentPart | undefined> {
    const sent = await this.#requests.ask(
      'send a part of an object',
      ({ sdk, client }) =>
        client.send(
          new sdk.UploadPartCommand({
            ...{ Bucket: this.#requests.bucket, Key: name, UploadId: id, PartNumber: part.number },
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
  async complete({ name, id }: OpenUpload, parts: readonly SentPart[]): Promise<Stored | 'ended'> {
    const Parts = parts.map(({ number, etag, sha256 }) => ({
      ...{ PartNumber: number, ETag: etag },
      ...(sha256 === undefined ? {} : { ChecksumSHA256: sha256 }),
    }));
    const send = (condition: object) =>
      this.#requests.do('finish an upload', ({ sdk, client }) =>
        client.send(
          new sdk.CompleteMultipartUploadCommand({
            ...{ Bucket: this.#requests.bucket, Key: name, UploadId: id, MultipartUpload: { Parts } },
            ...condition,
          }),
        ),
      );
    try {
      return await this.#requests.unlessThere('absent', send);
    } catch (error) {
      if (isAbsent(causeOf(error))) return 'ended';
      throw error;
    }
  }

  /** Gives an upload up; one that has ended already is no failure, nor is a server that cannot. */
  async abort({ name, id }: OpenUpload): Promise<void> {
    await this.#requests.ask(
      'give up an upload',
      ({ sdk, client }) =>
        client.send(new sdk.AbortMultipartUploadCommand({ Bucket: this.#requests.bucket, Key: name, UploadId: id })),
      { absent: (error) => isAbsent(error) || isUnsupported(error) },
    );
  }
}
