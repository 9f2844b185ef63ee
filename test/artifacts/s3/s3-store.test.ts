import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { collectableOf, findGarbage, removeGarbage } from '../../../src/artifacts/collect.ts';
import type { ArtifactStore, ContentSource } from '../../../src/artifacts/port.ts';
import { pullArtifact } from '../../../src/artifacts/pull.ts';
import { pushArtifact } from '../../../src/artifacts/push.ts';
import { openS3Store } from '../../../src/artifacts/s3/s3-store.ts';
import { loadSdk } from '../../../src/artifacts/s3/sdk.ts';
import { verifyArtifact } from '../../../src/artifacts/verify.ts';
import { type Digest, digestOf } from '../../../src/documents/digest.ts';
import { formatManifest } from '../../../src/documents/manifest.ts';
import { describeArtifactStore, hoursAgo, readFiles, writeFiles } from '../../contracts/artifact-store.contract.ts';
import { startCutProxy } from '../../support/cut-proxy.ts';
import { type S3Server, startS3Server } from '../../support/s3-server.ts';
import { storeWorld } from '../../support/store-world.ts';

const MIB = 1024 * 1024;

describe.each(['plain', 'full'] as const)('a bucket on a %s server', (kind) => {
  let home: string;
  let server: S3Server;
  let buckets = 0;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'mreg-s3-'));
    server = await startS3Server(join(home, 'buckets'), kind);
    for (let n = 1; n <= 100; n += 1) await server.makeBucket(`bucket-${String(n)}`);
  });
  afterAll(async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  });

  describeArtifactStore(
    'a bucket',
    (folder) => {
      const bucket = `bucket-${String((buckets += 1))}`;
      const store = openS3Store(`s3://${bucket}/team/models`, storeWorld(folder, server.env));
      return { store, age: (hours) => server.age(bucket, hoursAgo(hours)) };
    },
    { keepsFiles: false },
  );

  let folder: string;
  let bucket: string;
  let store: ArtifactStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mreg-s3-'));
    bucket = `bucket-${String((buckets += 1))}`;
    store = openS3Store(`s3://${bucket}/models`, storeWorld(folder, server.env));
    server.asked.length = 0;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const source = (files: Record<string, string | Uint8Array>, at = 'source') => writeFiles(join(folder, at), files);
  const out = (): string => join(folder, 'out');
  const nameOf = (artifact: Digest, path: string): string => `models/sha256/${artifact.slice(7)}/${path}`;
  const manifestOf = (artifact: Digest): string => `models/manifests/sha256/${artifact.slice(7)}`;
  const asked = (what: RegExp): number => server.asked.filter((line) => what.test(line)).length;

  it('gives serving programs the folder as it is, at its uri', async () => {
    const files = { 'config.json': '{}', 'a b/ü+%.bin': 'x', empty: '' };
    const { digest, uri } = await pushArtifact(store, await source(files));
    expect(uri).toBe(`s3://${bucket}/models/sha256/${digest.slice(7)}`);
    const stored = await readFiles(join(home, 'buckets', bucket, nameOf(digest, '').slice(0, -1)));
    const objects = Object.entries(stored).filter(([path]) => path.endsWith('._S3rver_object'));
    const shown = objects.map(([path, text]) => [path.replace(/\._S3rver_object$/, ''), text]);
    expect(Object.fromEntries(shown)).toEqual(files);
    await pullArtifact({ store, key: digest }, { to: out() });
    expect(await readFiles(out())).toEqual(files);
  });

  it('takes the top of a bucket too', async () => {
    const top = openS3Store(`s3://${bucket}`, storeWorld(folder, server.env));
    const { key, uri } = await pushArtifact(top, await source({ a: 'a' }));
    expect(uri).toBe(`s3://${bucket}/sha256/${key.slice(7)}`);
    expect(await verifyArtifact({ store: top, key })).toEqual([]);
  });

  it('stores the manifest last, and sends nothing twice', async () => {
    const from = await source({ a: 'aaa', b: Buffer.alloc(17 * MIB, 1) });
    const { digest } = await pushArtifact(store, from);
    const puts = server.asked.filter((line) => line.startsWith('PUT'));
    expect(puts.at(-1)).toContain(manifestOf(digest));
    server.asked.length = 0;
    await pushArtifact(store, from);
    expect(asked(/^(?:PUT|POST).*\/models\/sha256\//)).toBe(0);
  });

  it('goes on with a read where the connection was cut', async () => {
    const bytes = Buffer.alloc(3 * MIB, 'read');
    const { key } = await pushArtifact(store, await source({ a: bytes }));
    const proxy = await startCutProxy(server.host);
    try {
      const env = { ...server.env, AWS_ENDPOINT_URL_S3: `http://${proxy.host}` };
      const cut = openS3Store(store.url, storeWorld(folder, env));
      proxy.cutAfter({ down: 2 * MIB });
      await pullArtifact({ store: cut, key }, { to: out() });
      expect(proxy.seen.cuts).toBe(1);
      expect(await readFiles(out())).toEqual({ a: bytes.toString() });
    } finally {
      await proxy.stop();
    }
  });

  describe('damage', () => {
    const pushed = async () => pushArtifact(store, await source({ a: 'aaa', b: 'bbb' }));

    it.each([
      ['changed', Buffer.from('xxx')],
      ['size', Buffer.from('b')],
      ['missing', undefined],
    ])('of kind %s is found by verify and refused by a pull', async (kind, bytes) => {
      const { key } = await pushed();
      await server.tamper(bucket, nameOf(key, 'b'), bytes);
      expect(await verifyArtifact({ store, key })).toMatchObject([{ kind, path: 'b' }]);
      await expect(pullArtifact({ store, key }, { to: out() })).rejects.toMatchObject({ code: 'integrity' });
      expect(await readdir(folder)).toEqual(['source']);
    });

    it('of a manifest is told by verify, pull and push, also when the new bytes are a fit manifest', async () => {
      const { key } = await pushed();
      const other = formatManifest([{ path: 'a', size: 3, digest: digestOf('aaa') }]);
      await server.tamper(bucket, manifestOf(key), Buffer.from(other));
      await expect(verifyArtifact({ store, key })).rejects.toMatchObject({ code: 'integrity' });
      await expect(pullArtifact({ store, key }, { to: out() })).rejects.toMatchObject({ code: 'integrity' });
      await expect(pushed()).rejects.toMatchObject({ code: 'integrity' });
    });

    it('of the size of a file is told by a push', async () => {
      const { key } = await pushed();
      await server.tamper(bucket, nameOf(key, 'b'), Buffer.from('b'));
      await expect(pushed()).rejects.toMatchObject({ code: 'integrity' });
    });

    it('by loss is mended by a push of the same bytes', async () => {
      const { key } = await pushed();
      await server.tamper(bucket, nameOf(key, 'b'), undefined);
      await pushed();
      expect(await verifyArtifact({ store, key })).toEqual([]);
    });

    it('by an endless object is cut off', async () => {
      const { key, manifest } = await pushed();
      await server.tamper(bucket, nameOf(key, 'b'), Buffer.alloc(8 * MIB));
      const file = manifest.files.find(({ path }) => path === 'b');
      let size = 0;
      if (file !== undefined) for await (const piece of store.open(key, file)) size += piece.length;
      expect(size).toBeLessThan(2 * MIB);
    });
  });

  it('removes an artifact with its files, and no other', async () => {
    const kept = await pushArtifact(store, await source({ a: 'same' }, 'kept'));
    const dropped = await pushArtifact(store, await source({ a: 'same', b: 'b' }, 'dropped'));
    await server.age(bucket, hoursAgo(48));
    const now = new Date();
    await removeGarbage(store, await findGarbage(store, { keep: new Set([kept.key]), now }), now);
    expect(await verifyArtifact({ store, key: kept.key })).toEqual([]);
    const left = Object.keys(await readFiles(join(home, 'buckets', bucket)));
    expect(left.filter((path) => path.includes(dropped.key.slice(7)))).toEqual([]);
  });

  it('removes what a push left that never came to its manifest, once it is a day old', async () => {
    const { key } = await pushArtifact(store, await source({ a: 'aaa', b: 'b' }));
    await server.tamper(bucket, manifestOf(key), undefined);
    const now = new Date();
    expect((await findGarbage(store, { keep: new Set(), now })).leftovers).toEqual([]);
    await server.age(bucket, hoursAgo(48));
    const garbage = await findGarbage(store, { keep: new Set(), now });
    expect(garbage.leftovers).toMatchObject([{ name: nameOf(key, ''), size: 4 }]);
    await pushArtifact(store, join(folder, 'source'));
    expect((await removeGarbage(store, garbage, now)).leftovers).toEqual([]);
    expect(await verifyArtifact({ store, key })).toEqual([]);
    await server.tamper(bucket, manifestOf(key), undefined);
    await server.age(bucket, hoursAgo(48));
    expect(await removeGarbage(store, garbage, now)).toEqual(garbage);
    expect(await findGarbage(store, { keep: new Set(), now })).toMatchObject({ leftovers: [] });
  });

  describe('an upload in parts', () => {
    const large = Buffer.alloc(33 * MIB, 'parts');
    const killed = async (): Promise<string> => {
      const from = await source({ large });
      const stop = new AbortController();
      const push = pushArtifact(store, from, {
        signal: stop.signal,
        onProgress: () => {
          stop.abort();
        },
      });
      await expect(push).rejects.toMatchObject({ code: 'interrupted' });
      return from;
    };

    it('that was stopped is finished by the same push', async () => {
      const from = await killed();
      server.asked.length = 0;
      const { key } = await pushArtifact(store, from);
      expect(asked(/^PUT.*partNumber=/)).toBe(kind === 'full' ? 2 : 3);
      expect(await verifyArtifact({ store, key })).toEqual([]);
    });

    it.runIf(kind === 'full')('that was stopped is a leftover, removed once it is a day old', async () => {
      await killed();
      const now = new Date();
      expect((await findGarbage(store, { keep: new Set(), now })).leftovers).toEqual([]);
      await server.age(bucket, hoursAgo(48));
      const garbage = await findGarbage(store, { keep: new Set(), now });
      expect(garbage.leftovers).toMatchObject([{ size: 16 * MIB }]);
      await removeGarbage(store, garbage, now);
      expect((await findGarbage(store, { keep: new Set(), now })).leftovers).toEqual([]);
    });

    it('begins the parts anew that are of other bytes', async () => {
      await killed();
      const { key } = await pushArtifact(store, await source({ large: Buffer.alloc(33 * MIB, 'other') }));
      expect(await verifyArtifact({ store, key })).toEqual([]);
    });
  });

  it.each([
    ['a small', 10],
    ['a large', 17 * MIB],
  ])('refuses %s file that changes after it was read first, and seals nothing', async (_what, size) => {
    let reads = 0;
    const changing: ContentSource = {
      origin: 'changing',
      size,
      async *read() {
        yield await Promise.resolve(Buffer.alloc(size, (reads += 1)));
      },
    };
    const files = [{ path: 'a', source: changing }];
    await expect(store.write(files, {})).rejects.toMatchObject({ code: 'bad-file' });
    expect(asked(/^PUT.*manifests/)).toBe(0);
    if (kind === 'full') expect(await leftoversOf(store)).toEqual([]);
  });
});

describe('what may be wrong with a bucket', () => {
  let home: string;
  let server: S3Server;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'mreg-s3-'));
    server = await startS3Server(join(home, 'buckets'), 'plain');
    await server.makeBucket('models');
    await writeFile(join(home, 'file'), 'bytes');
  });
  afterAll(async () => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  });
  const nowhere = { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' };
  const push = (url: string, env: Record<string, string>, load = loadSdk) =>
    pushArtifact(openS3Store(url, storeWorld(home, { ...nowhere, ...env }), load), join(home, 'file'));

  it.each([
    [
      'an unknown account',
      's3://models',
      { AWS_ACCESS_KEY_ID: 'nobody', AWS_SECRET_ACCESS_KEY: 'hunter2' },
      'no-access',
    ],
    ['no such bucket', 's3://no-bucket', {}, 'unreadable'],
    ['nobody at the endpoint', 's3://models', { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' }, 'network'],
    ['an endpoint without encryption', 's3://models', { AWS_ENDPOINT_URL_S3: 'http://s3.example' }, 'usage'],
    ['an endpoint that is none', 's3://models', { AWS_ENDPOINT_URL_S3: 'hunter2' }, 'usage'],
  ])('is told: %s', async (_what, url, env, code) => {
    const error: unknown = await push(url, { ...server.env, ...env }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, hint: expect.any(String) as string });
    expect(String(error)).not.toMatch(/hunter2|S3RVER/);
  });

  it('is told: the library is not installed', async () => {
    const load = (): Promise<never> => Promise.reject(Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' }));
    await expect(push('s3://models', server.env, load)).rejects.toMatchObject({
      code: 'unreadable',
      hint: expect.stringContaining('npm install @aws-sdk/client-s3') as string,
    });
  });
});

async function leftoversOf(store: ArtifactStore): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name } of collectableOf(store).listLeftovers()) names.push(name);
  return names;
}
