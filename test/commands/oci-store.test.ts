import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ArtifactOutput } from '../../src/report/output-schemas.ts';
import { type DockerRegistry, isInstalled, startDockerRegistry } from '../support/docker-registry.ts';
import { makeRegistry, mustSucceed, type TestRegistry } from '../support/registry.ts';

describe.runIf(isInstalled('docker-registry'))('a registry of models whose store is an OCI registry', () => {
  let images: DockerRegistry;
  beforeAll(async () => {
    images = await startDockerRegistry();
  });
  afterAll(() => images.stop());

  const withVersion = async (repository: string): Promise<TestRegistry> => {
    const registry = await makeRegistry({ store: `oci://${images.host}/${repository}` });
    registry.write('model.onnx', 'bytes');
    mustSucceed(await registry.mreg(['register', 'risk/fraud', 'model.onnx']));
    return registry;
  };
  const tagsOf = async (repository: string): Promise<readonly string[]> => {
    const answer = await fetch(`http://${images.host}/v2/${repository}/tags/list`);
    return ((await answer.json()) as { tags: string[] }).tags;
  };

  it('registers, tags, verifies and pulls a version, also as the bundled program', async () => {
    const registry = await withVersion('acme/one');
    expect(registry.read('registry/risk/fraud/versions/v1/version.yaml')).toContain(
      `oci://${images.host}/acme/one@sha256:`,
    );
    expect(await tagsOf('acme/one')).toContain('risk.fraud-v1');
    mustSucceed(await registry.mreg(['artifact', 'verify', 'risk/fraud@v1']));
    mustSucceed(registry.mregProcess(['artifact', 'pull', 'risk/fraud@v1', '--out', 'pulled']));
    expect(readFileSync(join(registry.directory, 'pulled/model.onnx'), 'utf8')).toBe('bytes');
    mustSucceed(await registry.mreg(['verify', '--artifacts']));
  });

  it('removes what no version names once it is no longer young, and keeps what one does', async () => {
    const registry = await withVersion('acme/three');
    registry.write('other.onnx', 'other bytes');
    mustSucceed(await registry.mreg(['artifact', 'push', 'other.onnx']));
    const later = { now: () => new Date(Date.now() + 25 * 3_600_000) };
    mustSucceed(await registry.mreg(['artifact', 'gc', '--delete', '--yes']));
    const both = JSON.parse(mustSucceed(await registry.mreg(['artifact', 'ls', '--json'])).stdout) as ArtifactOutput;
    expect(both.artifacts).toHaveLength(2);
    mustSucceed(await registry.mreg(['artifact', 'gc', '--delete', '--yes'], later));
    const left = JSON.parse(mustSucceed(await registry.mreg(['artifact', 'ls', '--json'])).stdout) as ArtifactOutput;
    expect(left.artifacts).toMatchObject([{ versions: ['risk/fraud@v1'] }]);
    mustSucceed(await registry.mreg(['artifact', 'verify', 'risk/fraud@v1']));
  });
});
