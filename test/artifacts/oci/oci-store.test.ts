import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pushedAt } from '../../../src/artifacts/oci/oci-collection.ts';
import { openOciStore } from '../../../src/artifacts/oci/oci-store.ts';
import type { ArtifactStore, PushedArtifact } from '../../../src/artifacts/port.ts';
import { pullArtifact } from '../../../src/artifacts/pull.ts';
import { pushArtifact } from '../../../src/artifacts/push.ts';
import { verifyArtifact } from '../../../src/artifacts/verify.ts';
import { digestOf } from '../../../src/documents/digest.ts';
import { describeArtifactStore, readFiles, writeFiles } from '../../contracts/artifact-store.contract.ts';
import { startCutProxy } from '../../support/cut-proxy.ts';
import { type DockerRegistry, isInstalled, startDockerRegistry } from '../../support/docker-registry.ts';
import { storeWorld } from '../../support/store-world.ts';

const run = promisify(execFile);
const HOUR_MS = 3_600_000;
const MIB = 1024 * 1024;

describe.runIf(isInstalled('docker-registry'))('an OCI registry', () => {
  let registry: DockerRegistry;
  let repositories = 0;
  beforeAll(async () => {
    registry = await startDockerRegistry();
  });
  afterAll(() => registry.stop());
  const nextRepository = (): string => `test/r${String((repositories += 1))}`;

  describeArtifactStore(
    'a repository',
    (folder) => {
      const repository = nextRepository();
      const store = openOciStore(`oci://${registry.host}/${repository}`, storeWorld(folder));
      return { store, age: (hours) => ageTags(registry, repository, hours) };
    },
    { keepsFiles: false },
  );

  let folder: string;
  let repository: string;
  let store: ArtifactStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mreg-oci-'));
    repository = nextRepository();
    store = openOciStore(`oci://${registry.host}/${repository}`, storeWorld(folder));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const source = (files: Record<string, string | Uint8Array>, at = 'source') => writeFiles(join(folder, at), files);
  const out = (): string => join(folder, 'out');
  const manifestOf = async ({ key }: PushedArtifact): Promise<ImageManifest> =>
    JSON.parse(await readFile(registry.pathOf(key), 'utf8')) as ImageManifest;

  it('gives the same files the same image, wherever and whenever', async () => {
    const files = { a: 'a', 'sub/b': Buffer.alloc(9 * MIB, 'b') };
    const first = await pushArtifact(store, await source(files));
    const elsewhere = openOciStore(`oci://${registry.host}/${nextRepository()}`, storeWorld(folder));
    const second = await pushArtifact(elsewhere, await source(files, 'other'));
    expect(second.key).toBe(first.key);
    expect(second.uri).not.toBe(first.uri);
  });

  it('keeps apart from the files what is not theirs, as layers that stock tar unpacks', async () => {
    const files = { a: 'a', 'sub/ü b': 'b', 'sub/large': 'x'.repeat(9 * MIB), z: '' };
    const pushed = await pushArtifact(store, await source(files));
    const { layers } = await manifestOf(pushed);
    expect(layers).toHaveLength(4);
    await mkdir(out());
    for (const { digest } of layers) await run('tar', ['-xf', registry.pathOf(digest), '-C', out()]);
    expect(await readFiles(join(out(), 'models'))).toEqual(files);
    expect(digestOf(await readFile(join(out(), '.mreg/manifest')))).toBe(pushed.digest);
    expect((await readdir(out())).sort()).toEqual(['.mreg', 'models']);
  });

  it.runIf(isInstalled('skopeo'))('holds an image that other tools inspect and copy', async () => {
    const pushed = await pushArtifact(store, await source({ a: 'a', b: Buffer.alloc(9 * MIB, 'b') }));
    await store.taggable?.tag(pushed.key, 'fraud-v7');
    const image = `docker://${registry.host}/${repository}:fraud-v7`;
    const env = { PATH: process.env['PATH'], HOME: folder };
    const inspected = await run('skopeo', ['inspect', '--tls-verify=false', image], { env });
    expect((JSON.parse(inspected.stdout) as { Digest: string }).Digest).toBe(pushed.key);
    const insecure = ['--insecure-policy', 'copy', '--src-tls-verify=false', '--dest-tls-verify=false'];
    const copy = nextRepository();
    await run('skopeo', [...insecure, '--preserve-digests', image, `docker://${registry.host}/${copy}:v7`], { env });
    const copied = openOciStore(`oci://${registry.host}/${copy}`, storeWorld(folder));
    expect(await verifyArtifact({ store: copied, key: pushed.key, artifact: pushed.digest })).toEqual([]);
  });

  describe('damage', () => {
    // Content of this test alone: a registry keeps the same bytes once, for all repositories.
    const pushed = async () =>
      pushArtifact(store, await source({ a: repository, b: 'bbb', large: Buffer.alloc(9 * MIB, repository) }));
    const layerOf = async (artifact: PushedArtifact, index: number): Promise<string> =>
      registry.pathOf((await manifestOf(artifact)).layers[index]?.digest ?? '');

    it('of bytes in a layer is found by verify and refused by a pull', async () => {
      const artifact = await pushed();
      const layer = await layerOf(artifact, 1);
      const bytes = await readFile(layer);
      bytes.write('xxx', bytes.indexOf('bbb'));
      await writeFile(layer, bytes);
      const { key } = artifact;
      expect(await verifyArtifact({ store, key })).toMatchObject([
        { kind: 'changed', path: 'b', found: digestOf('xxx') },
      ]);
      await expect(pullArtifact({ store, key }, { to: out() })).rejects.toMatchObject({ code: 'integrity' });
      expect(await readdir(folder)).toEqual(['source']);
    });

    it('by a cut layer is found for the files in it, and told by a push', async () => {
      const artifact = await pushed();
      await writeFile(await layerOf(artifact, 2), Buffer.alloc(5 * MIB));
      expect(await verifyArtifact({ store, key: artifact.key })).toMatchObject([{ kind: 'size', path: 'large' }]);
      const pull = pullArtifact({ store, key: artifact.key }, { to: out() });
      await expect(pull).rejects.toMatchObject({ code: 'integrity' });
      await expect(pushed()).rejects.toMatchObject({ code: 'integrity' });
    });

    it('by the loss of a layer is found for the files in it, and mended by a push', async () => {
      const artifact = await pushed();
      await rm(await layerOf(artifact, 1));
      expect(await verifyArtifact({ store, key: artifact.key })).toMatchObject([
        { kind: 'missing', path: 'a' },
        { kind: 'missing', path: 'b' },
      ]);
      const pull = pullArtifact({ store, key: artifact.key }, { to: out() });
      await expect(pull).rejects.toMatchObject({ code: 'integrity' });
      await pushed();
      expect(await verifyArtifact({ store, key: artifact.key })).toEqual([]);
    });

    it.each([
      ['other bytes', (image: ImageManifest) => ({ ...image, annotations: {} })],
      ['another artifact', (image: ImageManifest) => ({ ...image, layers: image.layers.slice(0, -1) })],
    ])('of the manifest to %s is told by verify, pull and push', async (_what, change) => {
      const artifact = await pushed();
      const { key } = artifact;
      await writeFile(registry.pathOf(key), JSON.stringify(change(await manifestOf(artifact))));
      await expect(verifyArtifact({ store, key })).rejects.toMatchObject({ code: 'integrity' });
      await expect(pullArtifact({ store, key }, { to: out() })).rejects.toMatchObject({ code: 'integrity' });
      await expect(pushed()).rejects.toMatchObject({ code: 'integrity' });
    });

    it('of the first layer is told', async () => {
      const artifact = await pushed();
      const layer = await layerOf(artifact, 0);
      const bytes = await readFile(layer);
      bytes.write('zzz', bytes.indexOf('large'));
      await writeFile(layer, bytes);
      await expect(verifyArtifact({ store, key: artifact.key })).rejects.toMatchObject({ code: 'integrity' });
    });
  });

  describe('a connection that is cut', () => {
    const through = async (
      use: (proxied: ArtifactStore, proxy: Awaited<ReturnType<typeof startCutProxy>>) => Promise<void>,
    ) => {
      const proxy = await startCutProxy(registry.host);
      try {
        await use(openOciStore(`oci://${proxy.host}/${repository}`, storeWorld(folder)), proxy);
      } finally {
        await proxy.stop();
      }
    };

    it('in the middle of an upload is made good, and progress ends at the totals', async () => {
      await through(async (proxied, proxy) => {
        const from = await source({ large: Buffer.alloc(12 * MIB, 'large'), small: 'small' });
        const seen: number[] = [];
        proxy.cutAfter({ up: 5 * MIB });
        const { key } = await pushArtifact(proxied, from, { onProgress: ({ bytes }) => seen.push(bytes) });
        expect(proxy.seen.cuts).toBe(1);
        expect(seen.at(-1)).toBe(12 * MIB + 5);
        expect(Math.max(...seen)).toBe(12 * MIB + 5);
        expect(await verifyArtifact({ store, key })).toEqual([]);
      });
    });

    it('in the middle of a download goes on where it was', async () => {
      const bytes = Buffer.alloc(12 * MIB);
      for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(at, at);
      const { key } = await pushArtifact(store, await source({ large: bytes }));
      await through(async (proxied, proxy) => {
        await proxied.readManifest(key);
        proxy.cutAfter({ down: 7 * MIB });
        await pullArtifact({ store: proxied, key }, { to: out() });
        expect(proxy.seen.cuts).toBe(1);
        expect(proxy.seen.down).toBeLessThan(18 * MIB);
        expect((await readFile(join(out(), 'large'))).equals(bytes)).toBe(true);
      });
    });

    it('sends no layer again that the registry has', async () => {
      const from = await source({ large: Buffer.alloc(12 * MIB, 'large') });
      await pushArtifact(store, from);
      await through(async (proxied, proxy) => {
        await pushArtifact(proxied, from);
        expect(proxy.seen.up).toBeLessThan(16 * 1024);
      });
    });
  });

  it('reads many small files with few requests', async () => {
    const files = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`f${String(n)}`, `content ${String(n)}`]));
    const { key } = await pushArtifact(store, await source(files));
    const proxy = await startCutProxy(registry.host);
    await pullArtifact(
      { store: openOciStore(`oci://${proxy.host}/${repository}`, storeWorld(folder)), key },
      { to: out() },
    );
    await proxy.stop();
    expect(await readFiles(out())).toEqual(files);
    // Each request has some hundred bytes.
    expect(proxy.seen.up).toBeLessThan(4 * 1024);
  });

  it('moves a tag, and refuses to tag what is not there', async () => {
    const [one, two] = [
      await pushArtifact(store, await source({ a: '1' })),
      await pushArtifact(store, await source({ a: '2' })),
    ];
    await store.taggable?.tag(one.key, 'prod');
    await store.taggable?.tag(two.key, 'prod');
    await expect(store.taggable?.tag(digestOf('no'), 'prod')).rejects.toMatchObject({ code: 'unknown-artifact' });
  });

  it('collects documents together with their artifact, and leaves those of others', async () => {
    const [gone, kept] = [
      await pushArtifact(store, await source({ a: '1' })),
      await pushArtifact(store, await source({ a: '2' })),
    ];
    const document = { artifactType: 'application/vnd.test.a', mediaType: 'application/json', annotations: {} };
    const attach = async (key: PushedArtifact['key']) =>
      store.referrable?.attach(key, { ...document, bytes: Buffer.from(JSON.stringify({ about: key })) });
    const lost = (await attach(gone.key)) ?? gone.key;
    await attach(kept.key);
    await store.collectable?.removeArtifact(gone.key, new Date(Date.now() + HOUR_MS));
    expect(await store.has(lost)).toBe(false);
    expect(await store.referrable?.list(gone.key)).toEqual([]);
    expect(await store.referrable?.list(kept.key)).toHaveLength(1);
  });

  it('keeps documents beside an artifact, by type, each once', async () => {
    const { key } = await pushArtifact(store, await source({ a: 'a' }));
    const { referrable } = store;
    const document = { mediaType: 'application/json', bytes: Buffer.from('{}'), annotations: { 'dev.mreg.note': 'x' } };
    const first = await referrable?.attach(key, { ...document, artifactType: 'application/vnd.test.a' });
    await referrable?.attach(key, { ...document, artifactType: 'application/vnd.test.a' });
    await referrable?.attach(key, { ...document, artifactType: 'application/vnd.test.b' });
    expect(await referrable?.list(key, 'application/vnd.test.a')).toEqual([
      { ...document, artifactType: 'application/vnd.test.a', digest: first },
    ]);
    expect(await referrable?.list(key)).toHaveLength(2);
    expect(await referrable?.list(digestOf('other'))).toEqual([]);
    const missing = referrable?.attach(digestOf('no'), { ...document, artifactType: 'application/vnd.test.a' });
    await expect(missing).rejects.toMatchObject({ code: 'unknown-artifact' });
  });

  it('does not take a document about one artifact for one about another', async () => {
    const [one, two] = [
      await pushArtifact(store, await source({ a: '1' })),
      await pushArtifact(store, await source({ a: '2' })),
    ];
    const document = {
      artifactType: 'application/vnd.test.a',
      mediaType: 'text/plain',
      bytes: Buffer.from('fine'),
      annotations: {},
    };
    await store.referrable?.attach(one.key, document);
    const tags = tagsFolder(registry, repository);
    await rename(join(tags, one.key.replace(':', '-')), join(tags, two.key.replace(':', '-')));
    await expect(store.referrable?.list(two.key)).rejects.toMatchObject({ code: 'integrity' });
  });

  it('says so where there is no registry', async () => {
    const nobody = openOciStore('oci://127.0.0.1:1/acme', storeWorld(folder));
    await expect(nobody.has(digestOf('x'))).rejects.toMatchObject({ code: 'network' });
  });
});

interface ImageManifest {
  readonly layers: readonly { readonly digest: string }[];
  readonly annotations: object;
}

function tagsFolder({ folder }: DockerRegistry, repository: string): string {
  return join(folder, 'data/docker/registry/v2/repositories', repository, '_manifests/tags');
}

/** The time of a push is in the name of its tag. */
async function ageTags(registry: DockerRegistry, repository: string, hours: number): Promise<void> {
  const tags = tagsFolder(registry, repository);
  for (const tag of await readdir(tags)) {
    const at = pushedAt(tag);
    if (at === undefined) continue;
    const earlier = new Date(at.getTime() - hours * HOUR_MS)
      .toISOString()
      .slice(0, 16)
      .replace(/[^0-9]/g, '');
    await rename(join(tags, tag), join(tags, `${tag.slice(0, -earlier.length)}${earlier}`));
  }
}
