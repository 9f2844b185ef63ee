import { createHash } from 'node:crypto';
import { digestOf } from '../../documents/digest.ts';
import { MregError } from '../../documents/error.ts';
import type { ManifestFile } from '../../documents/manifest.ts';
import { stopIfAborted } from '../file-bytes.ts';
import type { ByteOptions, ContentSource } from '../port.ts';
import type { Bucket } from './bucket.ts';
import type { OpenUpload, SentPart } from './bucket-uploads.ts';
import { base64Of } from './object-notes.ts';

const MIB = 1024 * 1024;
/** Up to here an object is one request, from here on parts of this size; one part for each file in work is in memory. */
const PART_BYTES = 16 * MIB;
/** S3 takes no more parts. */
const MAX_PARTS = 10_000;

/** A file that was read once, so that its digest is known, and where it goes. */
export interface Shipment {
  readonly name: string;
  readonly file: ManifestFile;
  readonly source: ContentSource;
}

/**
 * Stores a file that is not there yet. What a cut upload in parts has brought over is not sent again. MregError('bad-file')
 * when the file is not what it was when it was read first.
 */
export async function uploadFile(bucket: Bucket, shipment: Shipment, options: ByteOptions): Promise<void> {
  if (shipment.file.size <= PART_BYTES) return putWhole(bucket, shipment, options);
  for (let turns = 0; turns < 2; turns += 1) {
    const upload = turns === 0 ? await findUnfinished(bucket, shipment) : undefined;
    if (await uploadInParts(bucket, shipment, { ...options, upload })) return;
    // Another push of the same file has finished the upload that both took part in.
    if ((await bucket.sizeOf(shipment.name)) === shipment.file.size) return;
  }
  throw new MregError('network', `the upload of ${shipment.source.origin} was given up by somebody else`, {
    hint: 'run the command again',
  });
}

async function putWhole(bucket: Bucket, { name, file, source }: Shipment, options: ByteOptions): Promise<void> {
  for await (const { bytes } of partsIn(source, { sizeBytes: PART_BYTES, options })) {
    if (digestOf(bytes) !== file.digest) throw changedSince(source);
    await bucket.put(name, bytes, { digest: file.digest, when: 'absent', signal: options.signal });
    options.onBytes?.(bytes.length);
  }
}

interface Known {
  readonly upload: OpenUpload;
  readonly parts: ReadonlyMap<number, SentPart>;
}

async function findUnfinished(bucket: Bucket, { name, file }: Shipment): Promise<Known | undefined> {
  for await (const upload of bucket.uploads.list(name)) {
    if (upload.name !== name) continue;
    const parts = await bucket.uploads.partsOf(upload);
    // Of another size: begun by another version of this program, or by somebody else.
    if (parts?.every(({ number, size }) => size === sizeOfPart(file.size, number)) === true) {
      return { upload, parts: new Map(parts.map((part) => [part.number, part])) };
    }
  }
  return undefined;
}

function partBytes(sizeBytes: number): number {
  return Math.max(PART_BYTES, Math.ceil(sizeBytes / MAX_PARTS / MIB) * MIB);
}

function sizeOfPart(sizeBytes: number, number: number): number {
  const each = partBytes(sizeBytes);
  return Math.min(each, sizeBytes - (number - 1) * each);
}

/** Returns false when the upload has ended under our hands. */
async function uploadInParts(
  bucket: Bucket,
  { name, file, source }: Shipment,
  { upload: known, ...options }: ByteOptions & { readonly upload: Known | undefined },
): Promise<boolean> {
  const upload = known?.upload ?? (await bucket.uploads.start(name, file.digest));
  const sent: SentPart[] = [];
  const hash = createHash('sha256');
  for await (const { number, bytes } of partsIn(source, { sizeBytes: partBytes(file.size), options })) {
    hash.update(bytes);
    const sha256 = base64Of(digestOf(bytes));
    const there = known?.parts.get(number);
    const part =
      there !== undefined && holds(there, { bytes, sha256 })
        ? there
        : await bucket.uploads.send(upload, { number, bytes, sha256 }, options.signal);
    if (part === undefined) return false;
    sent.push(part);
    options.onBytes?.(bytes.length);
  }
  if (`sha256:${hash.digest('hex')}` !== file.digest) {
    // Its parts are of no file that ever was: nobody can go on from there.
    await bucket.uploads.abort(upload);
    throw changedSince(source);
  }
  return (await bucket.uploads.complete(upload, sent)) !== 'ended';
}

/** Tells whether a part that was sent before holds these bytes. Without a sum of ours, S3's tag is the MD5 of the part. */
function holds(
  { sha256: stored, etag, size }: SentPart,
  { bytes, sha256 }: { readonly bytes: Uint8Array; readonly sha256: string },
): boolean {
  if (size !== bytes.length) return false;
  if (stored !== undefined) return stored === sha256;
  return etag.replaceAll('"', '') === createHash('md5').update(bytes).digest('hex');
}

interface Cut {
  readonly sizeBytes: number;
  readonly options: ByteOptions;
}

/** Cuts a file into parts; an empty file is one empty part. A part is valid only until the next is asked for. */
async function* partsIn(
  source: ContentSource,
  { sizeBytes, options: { signal } }: Cut,
): AsyncGenerator<{ readonly number: number; readonly bytes: Uint8Array }> {
  const buffer = Buffer.allocUnsafe(Math.min(sizeBytes, Math.max(source.size, 1)));
  let [filled, number] = [0, 1];
  stopIfAborted(signal);
  for await (const chunk of source.read()) {
    stopIfAborted(signal);
    for (let at = 0; at < chunk.length;) {
      if (filled === buffer.length) {
        yield { number, bytes: buffer };
        [filled, number] = [0, number + 1];
      }
      const taken = Math.min(chunk.length - at, buffer.length - filled);
      buffer.set(chunk.subarray(at, at + taken), filled);
      [at, filled] = [at + taken, filled + taken];
    }
  }
  yield { number, bytes: buffer.subarray(0, filled) };
}

function changedSince({ origin }: ContentSource): MregError {
  return new MregError('bad-file', `${origin} changed while it was pushed`, {
    hint: 'wait until nothing writes to it, then run the command again',
  });
}
