import { Ajv2020 } from 'ajv/dist/2020.js';
import { load } from 'js-yaml';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deployOutput } from '../../src/report/output-of-serving.ts';
import { complaintsAbout, manifestsIn } from '../support/crds.ts';
import { makeRegistry, mustSucceed, registerVersion, template, type TestRegistry } from '../support/registry.ts';

const FOLDER = 'deploy/models/fraud/prod';
const isOutput = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(deployOutput);

const ready = template(async (home) => {
  const registry = await makeRegistry({ home });
  await registerVersion(registry, 'fraud');
  registry.git('remote', 'add', 'origin', 'https://ann:secret-token@git.example/acme/models.git');
  return registry;
});

const INIT = ['deploy', 'init', 'fraud', '--target', 'gateway-api', '--no-push'];

async function initialise(registry: TestRegistry, ...flags: readonly string[]): Promise<string> {
  return mustSucceed(await registry.mreg([...INIT, ...flags])).stdout;
}

describe('mreg deploy init', () => {
  it('writes the overlay once, says what comes next, and finds it unchanged when it is run again', async () => {
    const registry = await ready();
    const first = await initialise(registry);
    expect(first).toContain(`created     ${FOLDER}/kustomization.yaml`);
    expect(first).toContain(`kubectl kustomize ${FOLDER}`);
    const before = registry.read(`${FOLDER}/serving.yaml`);
    const again: unknown = JSON.parse(await initialise(registry, '--json'));
    expect(isOutput(again)).toBe(true);
    expect(again).toMatchObject({ model: 'fraud', stage: 'prod', target: 'gateway-api', dryRun: false });
    expect((again as { files: { state: string }[] }).files.map(({ state }) => state)).toEqual(
      Array(4).fill('unchanged'),
    );
    expect(registry.read(`${FOLDER}/serving.yaml`)).toBe(before);
  });

  it('leaves everything alone where the user changed one file, shows how, and overwrites it with --force only', async () => {
    const registry = await ready();
    await initialise(registry);
    const made = registry.read(`${FOLDER}/serving.yaml`);
    registry.write(`${FOLDER}/serving.yaml`, made.replace('replicas: 1', 'replicas: 7'));
    const refused = await registry.mreg(INIT);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain(`${FOLDER}/serving.yaml`);
    expect(refused.stderr).toContain('replicas: 7');
    expect(refused.stderr).toContain('--force');
    expect(registry.read(`${FOLDER}/serving.yaml`)).toContain('replicas: 7');
    expect(await initialise(registry, '--force')).toContain(`overwritten ${FOLDER}/serving.yaml`);
    expect(registry.read(`${FOLDER}/serving.yaml`)).toBe(made);
  });

  it('writes nothing at all in a dry run, and tells every text for programs', async () => {
    const registry = await ready();
    const answer = JSON.parse(await initialise(registry, '--dry-run', '--json')) as { files: { text: string }[] };
    expect(answer.files.every(({ text }) => text.length > 0)).toBe(true);
    expect(registry.git('status', '--porcelain')).toBe('');
  });

  it('never writes through a link that leads out of the repository', async () => {
    const registry = await ready();
    const outside = join(registry.home, 'outside');
    mkdirSync(outside);
    symlinkSync(outside, join(registry.directory, 'deploy'));
    expect((await registry.mreg(INIT)).code).toBe(3);
    expect((await registry.mreg([...INIT, '--force'])).code).toBe(3);
  });

  it('lets the new files through the door, which has no say in what is not governed', async () => {
    const registry = await ready();
    await initialise(registry, '--gitops', 'argocd', '--gitops', 'flux');
    registry.git('add', 'deploy');
    expect(registry.tryGit(['commit', '-qm', 'Serve fraud'], { as: registry.person('ann') })).toMatchObject({
      code: 0,
    });
    expect((await registry.mreg(['audit'])).code).toBe(0);
  });

  it.each([
    [['--target', 'deployment', '--mirror'], 'has no route'],
    [['--target', 'istio', '--canary'], "KServe's"],
    [['--target', 'kserve', '--canary', '--mirror'], 'mirrors nothing'],
    [['--target', 'istio', '--gitops', 'jenkins'], 'argocd or flux'],
    [['--target', 'istio', '--stage', 'nowhere'], 'no stage'],
  ])('refuses %j', async (flags, said) => {
    const registry = await ready();
    const { code, stderr } = await registry.mreg(['deploy', 'init', 'fraud', ...flags]);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  it('lists those whose signature a stage file can carry, for that purpose alone', async () => {
    const registry = await ready();
    await initialise(registry);
    const lines = registry
      .read(`${FOLDER}/allowed_signers`)
      .split('\n')
      .filter((line) => line.startsWith('ann@'));
    expect(lines).toEqual([expect.stringMatching(/^ann@example\.org namespaces="mreg\.stage\.v1" ssh-ed25519 \S+$/)]);
  });
});

describe('mreg deploy init --gitops argocd', () => {
  const argo = async (registry: TestRegistry): Promise<string> => {
    await initialise(registry, '--gitops', 'argocd');
    return registry.read('deploy/argocd/applicationset.yaml');
  };

  it('writes one ApplicationSet for all overlays, as the published schema has it, without the token of the remote', async () => {
    const text = await argo(await ready());
    expect(text).not.toContain('secret-token');
    expect(text).toContain('repoURL: "https://git.example/acme/models.git"');
    expect(manifestsIn(text).flatMap(complaintsAbout)).toEqual([]);
    expect(load(text)).toMatchObject({ spec: { goTemplate: true, goTemplateOptions: ['missingkey=error'] } });
  });

  it('asks the template for identity alone: numbers become floats in it, 1e+06 from a million on', async () => {
    const registry = await ready();
    const asked = [...(await argo(registry)).matchAll(/\{\{(.*?)\}\}/g)].map(([, name]) => name);
    const app = load(registry.read(`${FOLDER}/app.yaml`)) as Record<string, unknown>;
    expect([...new Set(asked)].sort()).toEqual(['.name', '.path.path', '.stageFolder']);
    expect(Object.values(app).every((value) => typeof value === 'string')).toBe(true);
    // The generator's own keys, which a file must not take.
    expect(Object.keys(app).filter((key) => key === 'path' || key === 'values')).toEqual([]);
  });

  it('names both folders that change what is rendered, so that Argo CD renders again when the pointer moves', async () => {
    const registry = await ready();
    const text = await argo(registry);
    const { stageFolder } = load(registry.read(`${FOLDER}/app.yaml`)) as { stageFolder: string };
    const paths = /manifest-generate-paths: "(.*)"/
      .exec(text)?.[1]
      ?.replace('{{.stageFolder}}', stageFolder)
      .split(';');
    expect(paths).toEqual(['.', '/registry/fraud/stages/prod']);
    mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging', '--no-push']));
    mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'prod', '--no-push']));
    const moved = registry.git('diff', '--name-only', 'HEAD^', 'HEAD').trim().split('\n');
    expect(moved.filter((path) => !`/${path}`.startsWith(`${paths?.[1] ?? ''}/`))).toEqual([]);
  });

  it.each([
    ['name: [unfinished', 'app.yaml'],
    ['name: fraud.prod\nmodel: fraud\nstage: 1000000\nstageFolder: x\n', 'stage'],
    ['name: fraud.prod\nmodel: fraud\nstage: prod\nstageFolder: x\nvalues: none\n', 'values'],
  ])('stops at a file of identity that would stop the generator for every model: %j', async (text, said) => {
    const registry = await ready();
    registry.write('deploy/models/other/prod/app.yaml', text);
    const { code, stderr } = await registry.mreg([...INIT, '--gitops', 'argocd']);
    expect(code).toBe(2);
    expect(stderr).toContain('deploy/models/other/prod/app.yaml');
    expect(stderr).toContain(said);
    registry.git('clean', '-qfd', 'deploy');
  });
});

describe('mreg deploy init --gitops flux', () => {
  it('has Flux follow a signed head only, with the keys of those who may sign it', async () => {
    const registry = await ready();
    await initialise(registry, '--gitops', 'flux');
    const manifests = manifestsIn(registry.read('deploy/flux/source.yaml'));
    const more = manifestsIn(registry.read('deploy/flux/fraud-prod.yaml'));
    expect([...manifests, ...more].flatMap(complaintsAbout)).toEqual([]);
    const [source, secret] = manifests as unknown as [
      { spec: { verify: object } },
      { stringData: Record<string, string> },
    ];
    expect(source.spec.verify).toEqual({
      mode: 'HEAD',
      secretRef: { name: expect.stringMatching(/-committers$/) as string },
    });
    const key = registry.person('ann').publicLine;
    expect(secret.stringData).toEqual({ '1-ann.example.org.sshpub': key });
    expect(more).toMatchObject([{ spec: { path: './deploy/models/fraud/prod', prune: true, wait: true } }]);
  });

  it('does not ask for signatures where commits carry none, and says who verifies instead', async () => {
    const registry = await makeRegistry({ commits: 'any' });
    await registerVersion(registry, 'fraud');
    const words = [...INIT, '--gitops', 'flux', '--repo-url', 'https://git.example/m.git'];
    const { stderr } = mustSucceed(await registry.mreg(words));
    expect(stderr).toContain('pods verify the stage file');
    expect(registry.read('deploy/flux/source.yaml')).not.toContain('verify');
  });

  it('asks where the repository is, when it has no remote', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    const { code, stderr } = await registry.mreg([...INIT, '--gitops', 'flux']);
    expect(code).toBe(3);
    expect(stderr).toContain('--repo-url');
  });
});
