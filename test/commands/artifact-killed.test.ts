import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/documents/digest.ts';
import { formatManifest, manifestDigest } from '../../src/documents/manifest.ts';
import type { ArtifactOutput } from '../../src/report/output-schemas.ts';
import { type CutProxy, listen, startCutProxy } from '../support/cut-proxy.ts';
import { isInstalled, startDockerRegistry } from '../support/docker-registry.ts';
import { BUNDLE } from '../support/outside.ts';
import { makeRegistry, mustSucceed, type TestRegistry } from '../support/registry.ts';
import { startS3Server } from '../support/s3-server.ts';

const FILES: Readonly<Record<string, Buffer>> = {
  a: Buffer.alloc(200_000, 'a'),
  b: Buffer.alloc(300_000, 'b'),
  stuck: Buffer.alloc(400_000, 'stuck'),
};
const SENT_OF_STUCK = 150_000;
const FACTS = Object.entries(FILES).map(([path, bytes]) => ({ path, size: bytes.length, digest: digestOf(bytes) }));
const HEX = manifestDigest(FACTS).slice('sha256:'.length);

/** A web server with one artifact. It sends a part of the last file and then nothing more, until it is let go. */
async function startStuckServer() {
  const asked: string[] = [];
  const state = { isStuck: true };
  const server = createServer(({ url = '', method, headers }, answer) => {
    const path = url.slice(url.lastIndexOf('/') + 1);
    const body = url.includes('/manifests/') ? Buffer.from(formatManifest(FACTS)) : FILES[path];
    if (method === 'GET' && FILES[path] !== undefined) asked.push(`${path} ${headers.range ?? 'whole'}`);
    if (body === undefined) answer.writeHead(404).end();
    else if (path === 'stuck' && method === 'GET' && state.isStuck) {
      answer.writeHead(200, { 'content-length': body.length });
      answer.write(body.subarray(0, SENT_OF_STUCK));
    } else send(answer, body, headers.range);
  });
  const url = `http://127.0.0.1:${String(await listen(server))}/m`;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { asked, state, url, stop };
}

function send(answer: ServerResponse, body: Buffer, range: string | undefined): void {
  const from = Number(/^bytes=([0-9]+)-$/.exec(range ?? '')?.[1] ?? 0);
  const headers = { 'content-length': body.length - from };
  if (range === undefined) answer.writeHead(200, headers);
  else answer.writeHead(206, { ...headers, 'content-range': `bytes ${String(from)}-/${String(body.length)}` });
  answer.end(body.subarray(from));
}

describe('mreg artifact pull whose process is killed', () => {
  it('is gone on with by the next: nothing that came is fetched again, and nothing is seen before all is there', async () => {
    const server = await startStuckServer();
    const registry = await makeRegistry({ store: server.url });
    const words = ['artifact', 'pull', `${server.url}/sha256/${HEX}`, '-o', join(registry.home, 'out')];
    const child = spawn(process.execPath, [BUNDLE, ...words], { cwd: registry.directory, env: registry.env });
    const ended = new Promise((done) => child.once('exit', done));
    const left = (): string => readdirSync(registry.home).find((name) => name.includes('mreg-partial')) ?? '';
    const cameBefore = (): boolean =>
      ['a', 'b'].every((name) => existsSync(join(registry.home, left(), 'whole', name))) &&
      partsIn(join(registry.home, left(), 'parts')) === SENT_OF_STUCK;
    await expect.poll(cameBefore, { timeout: 20_000, interval: 20 }).toBe(true);
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(join(registry.home, 'out'))).toBe(false);

    server.state.isStuck = false;
    server.asked.length = 0;
    const again = await registry.mreg(words);
    await server.stop();
    expect(again.code, again.stderr).toBe(0);
    expect(server.asked).toEqual([`stuck bytes=${String(SENT_OF_STUCK)}-`]);
    for (const [name, bytes] of Object.entries(FILES))
      expect(readFileSync(join(registry.home, 'out', name)).equals(bytes)).toBe(true);
    expect(left()).toBe('');
  });
});

function partsIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + readFileSync(join(folder, name)).length, 0);
}

const MIB = 1024 * 1024;

/** A store far away, and the file that is pushed there. */
interface Far {
  readonly registry: TestRegistry;
  readonly env: NodeJS.ProcessEnv;
  readonly proxy: CutProxy;
}

/** Pushes a file of 33 MiB as a process of its own, and kills it once 20 MiB are on their way. */
async function killedPush({ registry, env, proxy }: Far): Promise<readonly string[]> {
  writeFileSync(join(registry.directory, 'weights.bin'), Buffer.alloc(33 * MIB, 'weights'));
  const words = ['artifact', 'push', 'weights.bin', '--json'];
  const stalled = proxy.stallAfter(20 * MIB);
  const child = spawn(process.execPath, [BUNDLE, ...words], { cwd: registry.directory, env, stdio: 'ignore' });
  const ended = new Promise((done) => child.once('exit', done));
  await stalled;
  child.kill('SIGKILL');
  await ended;
  proxy.drop();
  return words;
}

async function finishes({ registry, env }: Far, words: readonly string[]): Promise<void> {
  const stored = async (): Promise<readonly unknown[]> =>
    (JSON.parse((await registry.mreg(['artifact', 'ls', '--json'], { env })).stdout) as ArtifactOutput).artifacts ?? [];
  expect(await stored()).toEqual([]);
  const again = mustSucceed(await registry.mreg(words, { env }));
  const { uri } = JSON.parse(again.stdout) as ArtifactOutput;
  mustSucceed(await registry.mreg(['artifact', 'verify', uri ?? ''], { env }));
  mustSucceed(await registry.mreg(['artifact', 'pull', uri ?? '', '-o', join(registry.home, 'out')], { env }));
  const pulled = readFileSync(join(registry.home, 'out/weights.bin'));
  expect(pulled.equals(Buffer.alloc(33 * MIB, 'weights'))).toBe(true);
}

describe('mreg artifact push whose process is killed', () => {
  it.runIf(isInstalled('docker-registry'))('into an OCI registry is finished by the same command', async () => {
    const images = await startDockerRegistry();
    const proxy = await startCutProxy(images.host);
    const registry = await makeRegistry({ store: `oci://${proxy.host}/killed` });
    const far = { registry, env: registry.env, proxy };
    await finishes(far, await killedPush(far));
    await proxy.stop();
    await images.stop();
  });

  it('into a bucket is finished by the same command, which sends no part again that arrived', async () => {
    const registry = await makeRegistry({ store: 's3://models/killed' });
    const server = await startS3Server(join(registry.home, 'buckets'), 'full');
    await server.makeBucket('models');
    const proxy = await startCutProxy(server.host);
    const env = { ...registry.env, ...server.env, AWS_ENDPOINT_URL_S3: `http://${proxy.host}` };
    const far = { registry, env, proxy };
    const words = await killedPush(far);
    server.asked.length = 0;
    await finishes(far, words);
    expect(server.asked.filter((line) => /^PUT.*partNumber=/.test(line))).toHaveLength(2);
    await proxy.stop();
    await server.stop();
  });
});
