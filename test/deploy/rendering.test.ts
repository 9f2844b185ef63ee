import { load } from 'js-yaml';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StageDocument } from '../../src/documents/kinds/stage.ts';
import { formatKustomization } from '../../src/registry/kustomization.ts';
import { complaintsAbout, manifestsIn, type Manifest } from '../support/crds.ts';
import { renderFolder } from '../support/kubectl.ts';
import { makeRegistry, mustSucceed, registerVersion, template, type TestRegistry } from '../support/registry.ts';

/** Every form that an overlay can have. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  kserve: ['--target', 'kserve'],
  'kserve-canary': ['--target', 'kserve', '--canary'],
  deployment: ['--target', 'deployment'],
  'gateway-api': ['--target', 'gateway-api'],
  istio: ['--target', 'istio'],
  'argo-rollouts': ['--target', 'argo-rollouts'],
};
/** Forms with fields that are younger than the schemas at hand: requestMirror.percent (Gateway API 1.3), mirrors (Istio 1.20). */
const MIRRORED: Readonly<Record<string, readonly string[]>> = {
  'gateway-api-mirrored': ['--target', 'gateway-api', '--mirror'],
  'istio-mirrored': ['--target', 'istio', '--mirror'],
};
const STAGE = 'registry/fraud/stages/prod';
const PLAN = ['--strategy', 'canary', '--step', '10:0s', '--step', '50:0s', '--step', '100'];

/** v1 serves in prod, v2 stands in dev, and each form of the overlay lies in a folder of its own, as deep as the real one. */
const ready = template(async (home) => {
  const registry = await makeRegistry({ home, stages: ['dev', 'prod'], policy: OPEN });
  await registerVersion(registry, 'fraud');
  mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'prod']));
  for (const [name, flags] of Object.entries({ ...FORMS, ...MIRRORED })) {
    mustSucceed(await registry.mreg(['deploy', 'init', 'fraud', ...flags, '--quiet']));
    mkdirSync(join(registry.directory, 'deploy', 'models', name));
    renameSync(folderOf(registry, 'fraud'), folderOf(registry, name));
  }
  await registerVersion(registry, 'fraud');
  return registry;
});

const OPEN = { models: ['*'], transitions: [{ from: 'dev', to: 'prod', gates: [], rollback: { roles: ['oncall'] } }] };

function folderOf(registry: TestRegistry, name: string): string {
  return join(registry.directory, 'deploy', 'models', name, 'prod');
}

function rendered(registry: TestRegistry, name: string): string {
  const { code, text, error } = renderFolder(folderOf(registry, name));
  expect(`${String(code)} ${error}`).toBe('0 ');
  return text;
}

function stageOf(registry: TestRegistry): StageDocument {
  return load(registry.read(`${STAGE}/stage.yaml`)) as StageDocument;
}

function only(manifests: readonly Manifest[], kind: string): Record<string, unknown> {
  const [found, ...others] = manifests.filter((manifest) => manifest.kind === kind);
  expect(others).toEqual([]);
  return found?.spec as Record<string, unknown>;
}

describe('an overlay, rendered by kustomize', () => {
  it('says at every step what the stage says, and after a rollback byte for byte what it said before', async () => {
    const registry = await ready();
    const names = Object.keys({ ...FORMS, ...MIRRORED });
    const look = (): readonly string[] => names.map((name) => rendered(registry, name));
    const before = look();
    mustSucceed(await registry.mreg(['promote', 'fraud@v2', '--to', 'prod', ...PLAN]));
    const texts = [before, look()];
    for (const _ of ['50', '100']) {
      mustSucceed(await registry.mreg(['rollout', 'advance', 'fraud', '--stage', 'prod']));
      texts.push(look());
    }
    // Every form but those that follow the champion differs at every step.
    expect(
      names.map((name, index) => [name, new Set(texts.map((all) => withoutStage(all[index] ?? ''))).size]),
    ).toEqual(names.map((name) => [name, NUMBER_OF_STATES[name] ?? 4]));
    mustSucceed(await registry.mreg(['rollback', 'fraud', '--stage', 'prod', '-m', 'worse']));
    expect(look()).toEqual(before);
  });

  it('is what the published schemas allow, with no field that a cluster would drop, and nothing left to fill in', async () => {
    const registry = await ready();
    for (const name of Object.keys(FORMS)) {
      const text = rendered(registry, name);
      expect(text).not.toContain('from-the-stage');
      expect(
        manifestsIn(text).flatMap((manifest) => complaintsAbout(manifest).map((one) => `${name}: ${one}`)),
      ).toEqual([]);
      expect(manifestsIn(text).map(({ kind }) => kind)).not.toContain('Stage');
    }
  });

  it('copies shares, mirrors and versions as what they are: numbers as numbers, versions as text', async () => {
    const registry = await ready();
    mustSucceed(await registry.mreg(['promote', 'fraud@v2', '--to', 'prod', ...PLAN]));
    const { slots } = stageOf(registry).spec;
    const gateway = manifestsIn(rendered(registry, 'gateway-api-mirrored'));
    const [rule] = only(gateway, 'HTTPRoute')['rules'] as [{ backendRefs: object[]; filters: object[] }];
    expect(rule.backendRefs).toMatchObject([{ weight: slots.blue.weight }, { weight: slots.green.weight }]);
    expect(rule.filters).toMatchObject([{ requestMirror: { percent: 0 } }, { requestMirror: { percent: 0 } }]);
    const [http] = only(manifestsIn(rendered(registry, 'istio-mirrored')), 'VirtualService')['http'] as [object];
    expect(http).toMatchObject({
      route: [{ weight: 90 }, { weight: 10 }],
      mirrors: [{ percentage: { value: 0 } }, {}],
    });
    const canary = only(manifestsIn(rendered(registry, 'kserve-canary')), 'InferenceService');
    expect(canary).toMatchObject({
      predictor: { name: 'blue', model: { storageUri: slots.blue.uri } },
      canary: [{ trafficPercent: 10, predictor: { name: 'green', model: { storageUri: slots.green.uri } } }],
    });
    const pods = gateway.filter(({ kind }) => kind === 'Deployment').map(({ spec }) => JSON.stringify(spec));
    expect(pods.map((pod) => /"MREG_VERSION","value":("?v?[0-9]+"?)/.exec(pod)?.[1])).toEqual(['"v1"', '"v2"']);
    expect(pods.map((pod) => pod.split(slots.green.digest).length - 1)).toEqual([0, 3]);
  });

  it('turns the Service of plain Deployments to the slot of the champion, once its rollout is complete', async () => {
    const registry = await ready();
    const slot = (): unknown =>
      (only(manifestsIn(rendered(registry, 'deployment')), 'Service')['selector'] as { slot: string }).slot;
    expect(slot()).toBe('blue');
    mustSucceed(await registry.mreg(['promote', 'fraud@v2', '--to', 'prod', ...PLAN]));
    expect(slot()).toBe('blue');
    mustSucceed(await registry.mreg(['rollout', 'advance', 'fraud', '--stage', 'prod']));
    mustSucceed(await registry.mreg(['rollout', 'advance', 'fraud', '--stage', 'prod']));
    expect(slot()).toBe('green');
  });
});

/** Forms that follow the champion stay as they are until a rollout is complete; those of slots alone take one more state. */
const NUMBER_OF_STATES: Readonly<Record<string, number>> = { deployment: 3, 'argo-rollouts': 2 };

/** Without the ConfigMap that holds the stage file, which differs at every move anyway. */
function withoutStage(text: string): string {
  return text
    .split('\n---\n')
    .filter((part) => !part.includes('kind: ConfigMap'))
    .join('\n---\n');
}

describe('kustomize', () => {
  it('refuses a stage file that is named instead of its folder, as Argo CD would', async () => {
    const registry = await ready();
    const file = join(folderOf(registry, 'deployment'), 'kustomization.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(
      file,
      text.replace(/components:\n.*\n/, '').replace('resources:', `resources:\n  - ../../../../${STAGE}/stage.yaml`),
    );
    const { code, error } = renderFolder(folderOf(registry, 'deployment'));
    expect(code).not.toBe(0);
    expect(error).toContain('is not in or below');
  });

  it('refuses a source that is missing or empty, so every source stands in every stage file that mreg writes', async () => {
    const registry = await ready();
    const stage = stageOf(registry);
    const { replacements } = load(formatKustomization('fraud', 'prod')) as {
      replacements: { source: { name: string; fieldPath: string } }[];
    };
    const values = replacements.map(({ source }) =>
      source.fieldPath.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], stage),
    );
    expect(values.filter((value) => value === undefined || value === null || value === '')).toEqual([]);
    expect(replacements.every(({ source }) => source.name === stage.metadata.name)).toBe(true);
    registry.write(`${STAGE}/stage.yaml`, registry.read(`${STAGE}/stage.yaml`).replace(/^ {2}champion:.*\n/m, ''));
    expect(renderFolder(folderOf(registry, 'deployment')).code).not.toBe(0);
  });

  it('refuses a chosen target without the field, so manifests without a mirror are not chosen for one', async () => {
    const registry = await ready();
    const route = join(folderOf(registry, 'gateway-api'), 'route.yaml');
    const text = readFileSync(route, 'utf8');
    rmSync(route);
    writeFileSync(route, text.replace('mreg.dev/route:', 'mreg.dev/mirror: fraud.prod\n    mreg.dev/route:'));
    expect(renderFolder(folderOf(registry, 'gateway-api')).code).not.toBe(0);
  });
});
