import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOciStore } from '../../src/artifacts/oci/oci-store.ts';
import type { ArtifactStore } from '../../src/artifacts/port.ts';
import { digestOf, isDigest, type Digest } from '../../src/documents/digest.ts';
import { modelStatement, STATEMENT_TYPE } from '../../src/documents/in-toto.ts';
import { manifestOf } from '../../src/documents/manifest.ts';
import { bundleOf, BUNDLE_TYPE, signEnvelope } from '../../src/signing/dsse.ts';
import type { ArtifactOutput } from '../../src/report/output-schemas.ts';
import { type DockerRegistry, isInstalled, startDockerRegistry } from '../support/docker-registry.ts';
import { makeTeam, ALL_ROLES, mustSucceed, type TestRegistry } from '../support/registry.ts';
import { storeWorld } from '../support/store-world.ts';
import { signerOf } from '../support/world.ts';

describe.runIf(isInstalled('docker-registry'))('attestations in an OCI registry', () => {
  let images: DockerRegistry;
  let repositories = 0;
  beforeAll(async () => {
    images = await startDockerRegistry();
  });
  afterAll(() => images.stop());

  interface Attested {
    readonly registry: TestRegistry;
    readonly store: ArtifactStore;
    readonly key: Digest;
  }
  const registered = async (): Promise<Attested> => {
    const url = `oci://${images.host}/attested/r${String((repositories += 1))}`;
    const registry = await makeTeam({ people: { ann: ALL_ROLES, bob: ['promoter'] }, store: url });
    registry.write('model/a.txt', `first ${url}`);
    registry.write('model/b.txt', 'second');
    mustSucceed(await registry.mreg(['register', 'fraud', 'model']));
    const key = /@(sha256:[0-9a-f]{64})/.exec(registry.read('registry/fraud/versions/v1/version.yaml'))?.[1] ?? '';
    if (!isDigest(key)) throw new Error('a version names its image');
    return { registry, key, store: openOciStore(url, storeWorld(registry.home)) };
  };
  const verified = async ({ registry }: Attested): Promise<{ code: number; answer: ArtifactOutput }> => {
    const { code, stdout } = await registry.mreg(['artifact', 'verify', 'fraud@v1', '--json']);
    return { code, answer: JSON.parse(stdout) as ArtifactOutput };
  };
  const attach = async ({ store, key }: Attested, bytes: Uint8Array): Promise<void> => {
    const about = { artifactType: BUNDLE_TYPE, mediaType: BUNDLE_TYPE, annotations: {} };
    await store.referrable?.attach(key, { ...about, bytes });
  };

  it('are attached by mreg artifact attest, found by others, and verified with the bytes', async () => {
    const at = await registered();
    const { registry, store, key } = at;
    expect((await verified(at)).answer.attestedBy).toEqual([]);
    const made = mustSucceed(await registry.mreg(['artifact', 'attest', 'fraud@v1']));
    expect(made.stderr).toContain(`attached to ${store.uriOf(key)}`);
    mustSucceed(await registry.mreg(['artifact', 'attest', 'fraud@v1', '--form', 'dsse']));
    mustSucceed(await registry.mreg(['artifact', 'attest', 'fraud@dev'], { as: registry.person('bob') }));
    // Twice the same key on the same statement is one document.
    const found = (await store.referrable?.list(key, BUNDLE_TYPE)) ?? [];
    expect(found).toHaveLength(2);
    expect(JSON.parse(made.stdout)).toEqual(JSON.parse(Buffer.from(found[0]?.bytes ?? []).toString()));
    const { code, answer } = await verified(at);
    expect([code, answer.ok, answer.attestedBy]).toEqual([0, true, ['ann@example.org', 'bob@example.org']]);
    expect((await registry.mreg(['artifact', 'verify'])).stdout).toContain('attested by ann@example.org');
    mustSucceed(await registry.mreg(['verify', '--artifacts']));
    if (!isInstalled('skopeo')) return;
    const image = `docker://${store.url.slice('oci://'.length)}:${key.replace(':', '-')}`;
    const raw = execFileSync('skopeo', ['inspect', '--raw', '--tls-verify=false', image], { encoding: 'utf8' });
    expect(raw).toContain(BUNDLE_TYPE);
  });

  it.each([['--no-attach'], ['--dry-run'], ['--form', 'statement']])(
    'are not attached with %s %s',
    async (...flags) => {
      const { registry, store, key } = await registered();
      mustSucceed(await registry.mreg(['artifact', 'attest', 'fraud@v1', ...flags.filter(Boolean)]));
      expect(await store.referrable?.list(key)).toEqual([]);
    },
  );

  it.each([
    ['by a stranger', 'mallory', (at: Attested) => at.store.readManifest(at.key)],
    ['of other files', 'ann', () => Promise.resolve(manifestOf([{ path: 'a', size: 1, digest: digestOf('x') }]))],
  ])('%s are found by both verifications, with exit code 4', async (_what, by, filesOf) => {
    const at = await registered();
    const signer = by === 'ann' ? at.registry.person('ann').signer : signerOf(by);
    const payload = Buffer.from(JSON.stringify(modelStatement('fraud@v1', await filesOf(at))));
    const envelope = await signEnvelope(signer, { payloadType: STATEMENT_TYPE, payload });
    await attach(at, Buffer.from(JSON.stringify(bundleOf(envelope, signer.key))));
    const { code, answer } = await verified(at);
    expect([code, answer.problems?.length, answer.attestedBy]).toEqual([4, 1, []]);
    expect(answer.problems?.[0]).toContain('attestation sha256:');
    const whole = await at.registry.mreg(['verify', '--artifacts', '--json']);
    expect(whole.code).toBe(4);
    expect(whole.stdout).toContain('versions/v1/version.yaml: attestation sha256:');
  });

  it('by a key that has left stay right: what it says is what the version says', async () => {
    const at = await registered();
    const { registry } = at;
    mustSucceed(await registry.mreg(['artifact', 'attest', 'fraud@v1'], { as: registry.person('bob') }));
    mustSucceed(await registry.mreg(['trust', 'remove', 'bob@example.org', '-m', 'left']));
    expect((await verified(at)).answer).toMatchObject({ ok: true, attestedBy: ['bob@example.org'] });
  });

  it('that a disk has damaged are found, wherever the byte lies', async () => {
    const at = await registered();
    const before = new Set(filesBelow(images.folder));
    mustSucceed(await at.registry.mreg(['artifact', 'attest', 'fraud@v1']));
    const added = filesBelow(images.folder).filter((path) => !before.has(path) && path.endsWith('/data'));
    expect(added.length).toBeGreaterThanOrEqual(3);
    for (const path of added) {
      const whole = readFileSync(path);
      // The empty configuration of such documents is read by nobody.
      if (whole.toString() === '{}') continue;
      const damaged = Buffer.from(whole);
      const byte = Math.floor(whole.length / 2);
      damaged.writeUInt8(whole.readUInt8(byte) ^ 1, byte);
      writeFileSync(path, damaged);
      const { code } = await verified(at);
      expect(code, `${path}\n${damaged.toString()}`).toBe(4);
      writeFileSync(path, whole);
    }
    expect((await verified(at)).code).toBe(0);
  });
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
