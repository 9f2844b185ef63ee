import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DockerRegistry, isInstalled, startDockerRegistry } from '../support/docker-registry.ts';
import { makeRegistry, mustSucceed, type TestRegistry } from '../support/registry.ts';
import { type S3Server, startS3Server } from '../support/s3-server.ts';

/** A store whose files on the disk can be got at. */
interface Damaged {
  readonly registry: TestRegistry;
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
}

/** Files in which stored bytes lie. */
const CONTENT = /\/v1\/(?:blobs|manifests)\/|\/blobs\/sha256\/.*\/data$|\._S3rver_object$/;
/** Where Docker's registry notes what a repository has. */
const NOTES = /\/(?:_layers|_manifests)\/.*\/link$/;

function filesOf({ folder }: Damaged, kind: RegExp): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => kind.test(path) && statSync(path).size > 0);
}

/** Flips one bit at the beginning, in the middle and at the end of a file, and runs `look` after each. */
async function flipEach(path: string, look: (at: number) => Promise<void>): Promise<void> {
  const whole = readFileSync(path);
  chmodSync(path, 0o644);
  for (const at of new Set([0, Math.floor(whole.length / 2), whole.length - 1])) {
    const damaged = Buffer.from(whole);
    damaged.writeUInt8(whole.readUInt8(at) ^ 1, at);
    writeFileSync(path, damaged);
    await look(at);
  }
  writeFileSync(path, whole);
}

async function registered(store: string | undefined, env: NodeJS.ProcessEnv): Promise<TestRegistry> {
  const registry = await makeRegistry(store === undefined ? {} : { store });
  registry.write('model/weights.bin', 'w'.repeat(5000));
  registry.write('model/config.json', '{"layers": 3}');
  mustSucceed(await registry.mreg(['register', 'fraud', 'model'], { env: { ...registry.env, ...env } }));
  return registry;
}

describe('one flipped bit', () => {
  let images: DockerRegistry | undefined;
  let buckets: { readonly server: S3Server; readonly folder: string };
  beforeAll(async () => {
    if (isInstalled('docker-registry')) images = await startDockerRegistry();
    const folder = mkdtempSync(join(tmpdir(), 'mreg-buckets-'));
    buckets = { folder, server: await startS3Server(folder, 'full') };
    await buckets.server.makeBucket('models');
  });
  afterAll(async () => {
    await images?.stop();
    await buckets.server.stop();
    rmSync(buckets.folder, { recursive: true, force: true });
  });

  const stores: readonly (readonly [string, () => Promise<Damaged>])[] = [
    [
      'a folder',
      async () => {
        const registry = await registered(undefined, {});
        return { registry, env: registry.env, folder: join(registry.home, 'store') };
      },
    ],
    [
      'an OCI registry',
      async () => {
        const [host, folder] = [images?.host ?? '', images?.folder ?? ''];
        const registry = await registered(`oci://${host}/damage`, {});
        return { registry, env: registry.env, folder };
      },
    ],
    [
      'a bucket',
      async () => {
        const { server, folder } = buckets;
        const registry = await registered('s3://models/damage', server.env);
        return { registry, env: { ...registry.env, ...server.env }, folder };
      },
    ],
  ];

  it.each(stores)('anywhere in %s is found by verify, with exit code 4, and never pulled', async (name, open) => {
    if (name === 'an OCI registry' && images === undefined) return;
    const damaged = await open();
    const { registry, env } = damaged;
    const notes = new Set<number>();
    const paths = filesOf(damaged, CONTENT);
    expect(paths.length).toBeGreaterThanOrEqual(3);
    for (const path of paths) {
      await flipEach(path, async (at) => {
        const verified = await registry.mreg(['artifact', 'verify', 'fraud@v1'], { env });
        const told = `${path} at ${String(at)}\n${verified.stdout}${verified.stderr}`;
        expect(verified.code, told).toBe(4);
        const out = join(registry.home, `out-${String(at)}-${path.replaceAll(/[^0-9a-z]/gi, '').slice(-30)}`);
        const pulled = await registry.mreg(['artifact', 'pull', 'fraud@v1', '-o', out], { env });
        // What a pull does not need, it does not see: the configuration of an image, and what stands around its files.
        if (pulled.code === 0) expect(readFileSync(join(out, 'weights.bin'), 'utf8')).toBe('w'.repeat(5000));
        else expect(pulled.code, pulled.stderr).toBe(4);
      });
    }
    expect((await registry.mreg(['artifact', 'verify', 'fraud@v1'], { env })).code).toBe(0);
    for (const path of filesOf(damaged, NOTES)) {
      await flipEach(path, async (at) => {
        const { code, stdout, stderr } = await registry.mreg(['artifact', 'verify', 'fraud@v1'], { env });
        // What a server notes beside the bytes is needed to find them or is not: it never makes other bytes good.
        expect([0, 4], `${path} at ${String(at)}\n${stdout}${stderr}`).toContain(code);
        if (/_layers|_manifests\/revisions/.test(path)) notes.add(code);
      });
    }
    if (name === 'an OCI registry') expect(notes).toContain(4);
  });

  it.each(['version.yaml', 'version.yaml.sig'])('in %s is found before a byte is fetched', async (name) => {
    const registry = await registered(undefined, {});
    const path = `registry/fraud/versions/v1/${name}`;
    const whole = Buffer.from(registry.read(path));
    const found: number[] = [];
    for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 8)) {
      const damaged = Buffer.from(whole);
      damaged.writeUInt8(whole.readUInt8(at) ^ 1, at);
      writeFileSync(join(registry.directory, path), damaged);
      registry.git('commit', '--quiet', '--no-verify', '-am', 'by hand');
      found.push((await registry.mreg(['artifact', 'pull', 'fraud@v1', '-o', join(registry.home, 'out')])).code);
    }
    expect(new Set(found)).toEqual(new Set([4]));
  });
});
