import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pushTag } from '../../../src/artifacts/oci/oci-collection.ts';
import { openOciStore } from '../../../src/artifacts/oci/oci-store.ts';
import { pullArtifact } from '../../../src/artifacts/pull.ts';
import { pushArtifact } from '../../../src/artifacts/push.ts';
import { digestOf } from '../../../src/documents/digest.ts';
import { readFiles, writeFiles } from '../../contracts/artifact-store.contract.ts';
import { listen } from '../../support/cut-proxy.ts';
import { storeWorld } from '../../support/store-world.ts';

const IMAGE = 'application/vnd.oci.image.manifest.v1+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const TYPE = 'application/vnd.test.a';
const KEY = digestOf('the image');

let home: string;
let closing: (() => Promise<unknown>)[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mreg-edges-'));
  closing = [];
});
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  await rm(home, { recursive: true, force: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  closing.push(() => new Promise((done) => server.close(done).closeAllConnections()));
  return `127.0.0.1:${String(await listen(server))}`;
}
const open = (host: string, env: Record<string, string> = {}) =>
  openOciStore(`oci://${host}/acme`, storeWorld(home, env));

function answer(response: ServerResponse, status: number, body = '', headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
}

describe('a registry in which deletion is switched off', () => {
  it('says so to a collection, and keeps what is beside the image', async () => {
    const asked: string[] = [];
    const tag = pushTag(KEY, new Date('2026-01-01T00:00:00Z'));
    const host = await serve(({ method = '', url = '' }, response) => {
      asked.push(method);
      if (url.includes('/tags/list')) answer(response, 200, JSON.stringify({ tags: [tag] }));
      else if (method === 'DELETE') answer(response, 405, '{"errors": [{"code": "UNSUPPORTED"}]}');
      else if (url.includes(tag)) answer(response, 200, '', { 'docker-content-digest': KEY });
      else answer(response, 404);
    });
    const removal = open(host).collectable?.removeArtifact(KEY, new Date());
    await expect(removal).rejects.toMatchObject({
      code: 'no-access',
      message: expect.stringContaining('deletion is switched off') as string,
    });
    expect(asked.filter((method) => method === 'DELETE')).toHaveLength(1);
  });
});

describe('the documents beside an image', () => {
  const documentOf = (text: string) => {
    const layer = { mediaType: 'text/plain', digest: digestOf(text), size: text.length };
    const subject = { mediaType: IMAGE, digest: KEY, size: 1 };
    return JSON.stringify({ schemaVersion: 2, mediaType: IMAGE, artifactType: TYPE, layers: [layer], subject });
  };
  const listOf = (text: string): string => {
    const manifest = documentOf(text);
    const entry = { mediaType: IMAGE, digest: digestOf(manifest), size: manifest.length, artifactType: TYPE };
    return JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [entry] });
  };
  const paged = (next: string): Promise<string> =>
    serve(({ url = '' }, response) => {
      const text = url.includes('page=2') ? 'two' : 'one';
      const link: Record<string, string> = text === 'one' ? { link: next } : {};
      if (url.includes('/referrers/')) {
        answer(response, 200, listOf(text), { 'content-type': INDEX, ...link });
        return;
      }
      const found = ['one', 'two'].find((each) => url.endsWith(digestOf(each)));
      const named = ['one', 'two'].map(documentOf).find((each) => url.endsWith(digestOf(each)));
      answer(response, found === undefined && named === undefined ? 404 : 200, found ?? named);
    });

  it.each([
    ['of its own', `</v2/acme/referrers/${KEY}?page=2>; rel="next"`, ['one', 'two']],
    ['after another kind of link', `</v2/x>; rel="help", </v2/acme/referrers/${KEY}?page=2>; rel=next`, ['one', 'two']],
    ['of another host, which gets no credentials of ours', '<http://127.0.0.1:1/v2/x>; rel="next"', ['one']],
  ])('are listed page by page, to the end: a next page %s', async (_what, next, texts) => {
    const found = (await open(await paged(next)).referrable?.list(KEY, TYPE)) ?? [];
    expect(found.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(texts);
  });

  it('are not taken for absent where the registry fails, or where the list is none', async () => {
    const failing = await serve((_request, response) => {
      answer(response, 503);
    });
    await expect(open(failing).referrable?.list(KEY)).rejects.toMatchObject({ code: 'network' });
    const broken = await serve((_request, response) => {
      answer(response, 200, '{"manifests": ', { 'content-type': INDEX });
    });
    await expect(open(broken).referrable?.list(KEY)).rejects.toMatchObject({ code: 'integrity' });
  });
});

describe('what a registry has and cannot make sense of', () => {
  const answering = (status: number, ofOthers: number): Promise<string> =>
    serve(({ url = '' }, response) => {
      answer(response, url.endsWith(KEY) ? status : ofOthers, '{"errors": [{"code": "MANIFEST_INVALID"}]}');
    });

  it.each([
    [500, 404, 'integrity'],
    [400, 404, 'integrity'],
    [500, 500, 'network'],
    [503, 404, 'network'],
  ])('a %d, while of others it says %d, is %s', async (status, ofOthers, code) => {
    await expect(open(await answering(status, ofOthers)).readManifest(KEY)).rejects.toMatchObject({ code });
  });
});

describe('a proxy', () => {
  it('is gone through where the environment names one, and not to hosts that need none', async () => {
    const host = await serve((_request, response) => {
      answer(response, 404);
    });
    const through: string[] = [];
    const sockets = new Set<Socket>();
    const proxy = createServer();
    proxy.on('connect', ({ url = '' }: IncomingMessage, client: Socket) => {
      through.push(url);
      const [name, port] = url.split(':');
      const upstream = connect(Number(port), name, () => {
        client.write('HTTP/1.1 200 OK\r\n\r\n');
        client.pipe(upstream).pipe(client);
      });
      for (const socket of [client, upstream]) sockets.add(socket.on('error', () => undefined));
    });
    const at = `http://127.0.0.1:${String(await listen(proxy))}`;
    closing.push(() => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => proxy.close(done));
    });
    expect(await open(host, { HTTP_PROXY: at }).has(KEY)).toBe(false);
    expect(through).toEqual([host]);
    expect(await open(host, { HTTP_PROXY: at, NO_PROXY: '127.0.0.1' }).has(KEY)).toBe(false);
    expect(through).toEqual([host]);
  });

  it('that nobody answers at is told as a failure of the network', async () => {
    await expect(open('127.0.0.1:1', { HTTP_PROXY: 'http://127.0.0.1:9' }).has(KEY)).rejects.toMatchObject({
      code: 'network',
    });
  });
});

describe('a credential helper that fails', () => {
  const withHelper = async (script: string): Promise<Record<string, string>> => {
    await mkdir(join(home, '.docker'), { recursive: true });
    await writeFile(join(home, '.docker/config.json'), JSON.stringify({ credsStore: 'test' }));
    await writeFile(join(home, 'docker-credential-test'), `#!/bin/sh\ncat > /dev/null\n${script}\n`);
    await chmod(join(home, 'docker-credential-test'), 0o755);
    return { PATH: `${home}:${process.env['PATH'] ?? ''}` };
  };
  const asking = (): Promise<string> =>
    serve((_request, response) => {
      answer(response, 401, '', { 'www-authenticate': 'Basic realm="x"' });
    });

  it.each([
    ['ends with an error', 'echo hunter2; echo hunter2 >&2; exit 3', 'docker-credential-test failed (exit code 3)'],
    ['is killed', 'kill -9 $$', 'docker-credential-test failed (SIGKILL)'],
    ['answers with nothing that is known', 'echo hunter2', 'docker-credential-test gave no name and secret'],
  ])('because it %s is told with the refusal, without what it printed', async (_what, script, said) => {
    const env = await withHelper(script);
    const refused: unknown = await open(await asking(), env)
      .has(KEY)
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'no-access', message: expect.stringContaining(said) as string });
    expect(JSON.stringify(refused, Object.getOwnPropertyNames(refused))).not.toContain('hunter2');
  });

  it('because it does not know the registry is no failure', async () => {
    const env = await withHelper('echo credentials not found in native keychain; exit 1');
    const refused: unknown = await open(await asking(), env)
      .has(KEY)
      .catch((error: unknown) => error);
    expect(String(refused)).toContain('without credentials (401)');
    expect(String(refused)).not.toContain('failed');
  });

  it('stops nobody whom the registry lets in without', async () => {
    const env = await withHelper('exit 1');
    const host = await serve((_request, response) => {
      answer(response, 404);
    });
    expect(await open(host, env).has(KEY)).toBe(false);
  });
});

describe('a token that expires in the middle of a push', () => {
  it('is renewed, and the push goes on', async () => {
    const registry = await expiringRegistry();
    const from = await writeFiles(join(home, 'source'), { a: 'aaa', b: 'b'.repeat(5000) });
    const store = open(registry.host);
    const { key } = await pushArtifact(store, from);
    await pullArtifact({ store, key }, { to: join(home, 'out') });
    expect(await readFiles(join(home, 'out'))).toEqual({ a: 'aaa', b: 'b'.repeat(5000) });
    expect(registry.refused).toContain('PATCH');
    expect(registry.tokens()).toBe(2);
  });
});

/** A registry in memory whose first token expires when the first bytes come; what is sent with it is thrown away. */
async function expiringRegistry() {
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, Buffer>();
  const sessions = new Map<string, Buffer>();
  const refused: string[] = [];
  let tokens = 0;
  const host = await serve((request, response) => {
    void bodyOf(request).then((body) => {
      const { method = '', url = '', headers } = request;
      const { pathname, searchParams } = new URL(url, 'http://x');
      if (pathname === '/token') {
        tokens += 1;
        answer(response, 200, JSON.stringify({ token: `t${String(tokens)}` }));
        return;
      }
      const isExpiring = tokens === 1 && method === 'PATCH';
      if (headers.authorization !== `Bearer t${String(tokens)}` || isExpiring) {
        refused.push(method);
        const realm = `Bearer realm="http://${host}/token",service="x",scope="repository:acme:pull,push"`;
        answer(response, 401, '', { 'www-authenticate': realm });
        return;
      }
      const name = pathname.slice(pathname.lastIndexOf('/') + 1);
      if (pathname.includes('/blobs/uploads/')) {
        upload({ method, name, searchParams, body }, response);
        return;
      }
      const found = pathname.includes('/manifests/') ? manifests.get(name) : blobs.get(name);
      if (method === 'PUT') {
        manifests.set(name, body).set(digestOf(body), body);
        answer(response, 201, '', { 'docker-content-digest': digestOf(body) });
        return;
      }
      if (found === undefined) {
        answer(response, 404);
        return;
      }
      const digest = `sha256:${createHash('sha256').update(found).digest('hex')}`;
      response.writeHead(200, { 'content-length': found.length, 'docker-content-digest': digest });
      return response.end(method === 'HEAD' ? undefined : found);
    });
  });
  const upload = (
    { method, name, searchParams, body }: { method: string; name: string; searchParams: URLSearchParams; body: Buffer },
    response: ServerResponse,
  ): void => {
    const id = name === '' ? `s${String(sessions.size)}` : name;
    const held = Buffer.concat([sessions.get(id) ?? Buffer.alloc(0), method === 'PATCH' ? body : Buffer.alloc(0)]);
    sessions.set(id, held);
    const headers = { location: `/v2/acme/blobs/uploads/${id}`, range: `0-${String(Math.max(0, held.length - 1))}` };
    if (method === 'PUT') blobs.set(searchParams.get('digest') ?? '', held);
    answer(response, { POST: 202, PATCH: 202, GET: 204, PUT: 201 }[method] ?? 405, '', headers);
  };
  return { host, refused, tokens: () => tokens };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
