import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHttpsStore } from '../../../src/artifacts/https/https-store.ts';
import type { ArtifactStore } from '../../../src/artifacts/port.ts';
import { pullArtifact } from '../../../src/artifacts/pull.ts';
import { pushArtifact, readArtifact } from '../../../src/artifacts/push.ts';
import { verifyArtifact } from '../../../src/artifacts/verify.ts';
import type { Digest } from '../../../src/documents/digest.ts';
import { formatManifest } from '../../../src/documents/manifest.ts';
import { readFiles, writeFiles } from '../../contracts/artifact-store.contract.ts';
import { listen, startCutProxy } from '../../support/cut-proxy.ts';
import { storeWorld } from '../../support/store-world.ts';

describe('a store behind a web server', () => {
  const files = { a: 'aaa', 'sub/ü %+': Buffer.alloc(3_000_000, 'big').toString() };
  const served = new Map<string, Uint8Array>();
  let folder: string;
  let server: Server;
  let host: string;
  let store: ArtifactStore;
  let key: Digest;
  let redirect: string | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mreg-https-'));
    const read = await readArtifact(await writeFiles(join(folder, 'source'), files));
    key = read.digest;
    served.clear();
    served.set(`/m/manifests/sha256/${key.slice(7)}`, Buffer.from(formatManifest(read.manifest.files)));
    for (const [path, text] of Object.entries(files))
      served.set(`/m/sha256/${key.slice(7)}/${path}`, Buffer.from(text));
    redirect = undefined;
    server = createServer((request, answer) => {
      const bytes = served.get(decodeURIComponent(request.url ?? ''));
      if (redirect !== undefined) answer.writeHead(302, { location: redirect });
      else if (bytes === undefined) answer.writeHead(404);
      else {
        const from = Number(/^bytes=([0-9]+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
        const range = `bytes ${String(from)}-${String(bytes.length - 1)}/${String(bytes.length)}`;
        answer.writeHead(from > 0 ? 206 : 200, {
          'content-length': bytes.length - from,
          ...(from > 0 ? { 'content-range': range } : {}),
        });
        if (request.method === 'GET') answer.write(bytes.subarray(from));
      }
      answer.end();
    });
    host = `127.0.0.1:${String(await listen(server))}`;
    store = openHttpsStore(`http://${host}/m`, storeWorld(folder));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await rm(folder, { recursive: true, force: true });
  });
  const out = (): string => join(folder, 'out');

  it('gives a folder back byte for byte, and is whole', async () => {
    expect(store.uriOf(key)).toBe(`http://${host}/m/sha256/${key.slice(7)}`);
    await pullArtifact({ store, key }, { to: out() });
    expect(await readFiles(out())).toEqual(files);
    expect(await verifyArtifact({ store, key })).toEqual([]);
  });

  it('goes on with a read where the connection was cut', async () => {
    const proxy = await startCutProxy(host);
    try {
      const cut = openHttpsStore(`http://${proxy.host}/m`, storeWorld(folder));
      proxy.cutAfter({ down: 2_000_000 });
      await pullArtifact({ store: cut, key }, { to: out() });
      expect(await readFiles(out())).toEqual(files);
      expect(proxy.seen.cuts).toBe(1);
    } finally {
      await proxy.stop();
    }
  });

  it.each(['changed', 'missing'])('with a file that is %s is found by verify and refused by a pull', async (kind) => {
    const name = `/m/sha256/${key.slice(7)}/a`;
    if (kind === 'missing') served.delete(name);
    else served.set(name, Buffer.from('xxx'));
    expect(await verifyArtifact({ store, key })).toMatchObject([{ kind, path: 'a' }]);
    await expect(pullArtifact({ store, key }, { to: out() })).rejects.toMatchObject({ code: 'integrity' });
    expect(await readdir(folder)).toEqual(['source']);
  });

  it('has no unknown artifact', async () => {
    served.clear();
    await expect(store.readManifest(key)).rejects.toMatchObject({ code: 'unknown-artifact' });
    expect(await store.has(key)).toBe(false);
  });

  it.each(['http://169.254.169.254/latest', 'http://127.0.0.1:1/x', 'file:///etc/passwd', ''])(
    'follows no redirect to %j',
    async (location) => {
      redirect = location;
      await expect(store.readManifest(key)).rejects.toMatchObject({ code: 'network' });
    },
  );

  it('takes nothing', async () => {
    await expect(pushArtifact(store, join(folder, 'source'))).rejects.toMatchObject({ code: 'usage' });
  });
});
