import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Bucket, type ListedObject } from '../artifacts/s3/bucket.ts';
import { connect, loadSdk } from '../artifacts/s3/sdk.ts';
import { formatOf } from '../data/format.ts';
import { patternOf, WILD } from '../data/find-files.ts';
import { MregError } from '../documents/error.ts';
import type { Outside } from './outside.ts';

/** Files of a bucket that lie on this machine for a while. */
export interface Fetched {
  /** A pattern that finds them, and nothing else. */
  readonly pattern: string;
  remove(): Promise<void>;
}

/** Tells whether data lie in a bucket. */
export function isInBucket(source: string): boolean {
  return source.startsWith('s3://');
}

/**
 * Brings the objects that `s3://bucket/path` or a pattern names into a temporary folder: their digests need every byte, and
 * are then those of the bytes that are measured.
 */
export async function fetchFromBucket(
  { env, home, now, pause, interrupted }: Outside,
  source: string,
): Promise<Fetched> {
  const { origin, path } = partsOf(source);
  const bucket = new Bucket(origin, () => connect(origin, { env, home, now, pause }, loadSdk));
  const objects = await matching(bucket, path);
  if (objects.length === 0)
    throw new MregError('bad-file', `no object matches ${source}`, { hint: 'check the bucket and the path' });
  objects.forEach(({ name }) => formatOf(name));
  const folder = await mkdtemp(join(tmpdir(), 'mreg-fetched-'));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    for (const { name } of objects) await bring(bucket, name, { to: join(folder, name), signal: interrupted });
    return { pattern: objects.length === 1 ? join(folder, objects[0]?.name ?? '') : join(folder, '**'), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function partsOf(source: string): { readonly origin: string; readonly path: string } {
  const [, origin, path] = /^(s3:\/\/[a-z0-9.-]+)\/(.+)$/.exec(source) ?? [];
  const isSafe = path?.split('/').every((part) => part !== '' && part !== '.' && part !== '..') ?? false;
  if (origin !== undefined && path !== undefined && isSafe) return { origin, path };
  throw new MregError('usage', `expected s3://<bucket>/<path>, found ${source}`, { hint: 's3://bucket/day/*.parquet' });
}

async function matching(bucket: Bucket, path: string): Promise<readonly ListedObject[]> {
  const wild = path.search(WILD);
  const pattern = patternOf(path);
  const found: ListedObject[] = [];
  for await (const object of bucket.list(wild === -1 ? path : path.slice(0, wild))) {
    if (pattern.test(object.name)) found.push(object);
  }
  return found;
}

async function bring(
  bucket: Bucket,
  name: string,
  { to, signal }: { readonly to: string; readonly signal: AbortSignal },
): Promise<void> {
  // Attack: an object whose name climbs out of the folder that it is brought into.
  if (name.split('/').includes('..'))
    throw new MregError('bad-file', `an object is called ${name}`, { hint: 'rename it' });
  await mkdir(dirname(to), { recursive: true });
  const pieces = await bucket.read(name, 0, signal);
  if (pieces === undefined) throw new MregError('bad-file', `${name} is gone from the bucket`, { hint: 'try again' });
  await pipeline(Readable.from(pieces), createWriteStream(to, { flags: 'wx' }), { signal });
}
