import { Ajv2020 } from 'ajv/dist/2020.js';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import { promoteBatchOutput } from '../../src/report/output-of-serving.ts';
import {
  ALL_ROLES,
  makeTeam,
  mustSucceed,
  registerVersion,
  template,
  type Outcome,
  type TestRegistry,
} from '../support/registry.ts';

const isOutput = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(promoteBatchOutput);

const APPROVED: PolicyDocument['spec']['transitions'][number]['gates'] = [
  { id: 'approvals', type: 'approvals', total: 1, requesterMayApprove: false },
];
const POLICY: PolicyDocument['spec'] = {
  models: ['*'],
  metrics: { auc: { min: 0, max: 1, better: 'higher' } },
  transitions: [
    {
      from: 'dev',
      to: 'staging',
      gates: [{ id: 'auc', type: 'metric', evidence: 'offline', metric: 'auc', min: 0.8 }],
    },
    { from: 'staging', to: 'prod', gates: APPROVED },
  ],
};

/** Three models in dev, of which the last is too bad for staging; a real server judges every push. */
const ready = template(async (home) => {
  const people = { ann: ALL_ROLES, rita: ['reviewer'] };
  const team = await makeTeam({ home, people, policy: POLICY, server: true });
  for (const [model, auc] of [
    ['fraud', 0.9],
    ['risk/churn', 0.9],
    ['bad', 0.5],
  ] as const) {
    await registerVersion(team, model, { metrics: { auc } });
  }
  return team;
});

function batch(registry: TestRegistry, items: unknown, ...flags: readonly string[]): Promise<Outcome> {
  const file = join(registry.home, 'batch.yaml');
  writeFileSync(file, typeof items === 'string' ? items : JSON.stringify(items));
  return registry.mreg(['promote', '--batch', file, ...flags]);
}

const GOOD = [
  { ref: 'fraud@v1', to: 'staging', note: 'measured again' },
  { ref: 'risk/churn@v1', to: 'staging' },
];

function tipOf(registry: TestRegistry): string {
  return registry.tryGit(['--git-dir', registry.server, 'rev-parse', 'main']).stdout.trim();
}

describe('mreg promote --batch', () => {
  it('moves several models in one commit that the server accepts, told as so many promotions', async () => {
    const registry = await ready();
    const before = tipOf(registry);
    const done = mustSucceed(await batch(registry, GOOD, '--json'));
    const answer: unknown = JSON.parse(done.stdout);
    expect(isOutput(answer)).toBe(true);
    expect(answer).toMatchObject({
      state: 'moved',
      pushed: true,
      promotions: [{ state: 'moved' }, { state: 'moved' }],
    });
    expect(registry.git('rev-list', '--count', `${before}..origin/main`).trim()).toBe('1');
    expect(registry.git('log', '-1', '--format=%B')).toContain('measured again');
    const log = JSON.parse(mustSucceed(await registry.mreg(['log', '--json'])).stdout) as { entries: object[] };
    expect(log.entries.slice(0, 2)).toMatchObject(
      ['fraud', 'risk/churn'].map((model) => ({ action: 'promote', model, stage: 'staging', version: 'v1' })),
    );
    expect((await registry.mreg(['audit'])).code).toBe(0);
  });

  it('moves nothing where a gate refuses one of them, and says which and why', async () => {
    const registry = await ready();
    const before = tipOf(registry);
    const outcome = await batch(registry, [...GOOD, { ref: 'bad@v1', to: 'staging' }]);
    expect(outcome.code).toBe(1);
    expect(outcome.stdout).toContain('nothing was promoted: 1 of 3 cannot move yet');
    expect(outcome.stdout).toContain('0.8');
    expect(tipOf(registry)).toBe(before);
    expect(registry.git('for-each-ref', 'refs/heads/promote', 'refs/remotes/origin/promote').trim()).toBe('');
  });

  it('files nothing where approvals are missing; what was asked for and approved by itself lands with the rest', async () => {
    const registry = await ready();
    mustSucceed(await batch(registry, GOOD));
    const toProd = GOOD.map(({ ref }) => ({ ref, to: 'prod' }));
    const missing = await batch(registry, toProd, '--json');
    expect(missing.code).toBe(1);
    expect(JSON.parse(missing.stdout)).toMatchObject({
      state: 'refused',
      promotions: [{ state: 'pending' }, { state: 'pending' }],
    });
    expect(registry.git('for-each-ref', 'refs/remotes/origin/promote').trim()).toBe('');
    for (const { ref } of toProd) await registry.mreg(['promote', ref, '--to', 'prod']);
    // Frozen, so that what is approved waits instead of landing by itself.
    mustSucceed(await registry.mreg(['freeze', '*', '--stage', 'prod', '-m', 'together or not at all', '--yes']));
    const approver = { as: registry.person('rita') };
    for (const { ref } of toProd)
      expect((await registry.mreg(['approve', ref, '--to', 'prod'], approver)).code).toBe(5);
    mustSucceed(await registry.mreg(['unfreeze', '1', '-m', 'together']));
    const before = tipOf(registry);
    mustSucceed(await batch(registry, toProd));
    expect(registry.git('rev-list', '--count', `${before}..origin/main`).trim()).toBe('1');
    expect(registry.git('for-each-ref', 'refs/remotes/origin/promote').trim()).toBe('');
    expect(registry.read('registry/fraud/stages/prod/stage.yaml')).toContain('version: v1');
  });

  it('is undone as a whole by one revert, or model by model', async () => {
    const registry = await ready();
    mustSucceed(await batch(registry, GOOD));
    for (const model of ['fraud', 'risk/churn']) await registerVersion(registry, model, { metrics: { auc: 0.95 } });
    const before = ['fraud', 'risk/churn'].map((model) => registry.read(`registry/${model}/stages/staging/stage.yaml`));
    const second = GOOD.map(({ ref, to }) => ({ ref: ref.replace('v1', 'v2'), to }));
    mustSucceed(await batch(registry, second));
    const reverted = registry.tryGit(['revert', '--no-edit', 'HEAD'], { as: registry.person('ann') });
    expect(reverted).toMatchObject({ code: 0 });
    expect(registry.tryGit(['push', '-q', 'origin', 'main'])).toMatchObject({ code: 0 });
    const after = ['fraud', 'risk/churn'].map((model) => registry.read(`registry/${model}/stages/staging/stage.yaml`));
    expect(after).toEqual(before);
  });

  it('says that it is done when it is run again, and goes on where only some of it is', async () => {
    const registry = await ready();
    mustSucceed(await batch(registry, GOOD.slice(0, 1)));
    const rest = mustSucceed(await batch(registry, GOOD, '--json'));
    expect(JSON.parse(rest.stdout)).toMatchObject({ promotions: [{ state: 'already' }, { state: 'moved' }] });
    const again = mustSucceed(await batch(registry, GOOD, '--json'));
    expect(JSON.parse(again.stdout)).toMatchObject({ state: 'already', commit: null });
  });

  it('changes nothing in a dry run', async () => {
    const registry = await ready();
    const before = tipOf(registry);
    expect(JSON.parse(mustSucceed(await batch(registry, GOOD, '--dry-run', '--json')).stdout)).toMatchObject({
      ...{ dryRun: true, commit: null, pushed: false },
    });
    expect(tipOf(registry)).toBe(before);
  });

  it.each([
    ['[]', 'a list of 1 to 100'],
    ['ref: fraud@v1\nto: staging\n', 'a list of 1 to 100'],
    ['- {ref: fraud@v1}\n', 'promotion 1: expected ref and to'],
    ['- {ref: fraud@v1, to: staging, force: true}\n', 'it has force'],
    ['- {ref: fraud@v1, to: staging}\n- {ref: fraud@v1, to: prod}\n', 'fraud stands there twice'],
    ['- {ref: nobody@v1, to: staging}\n', 'no model is called nobody'],
  ])('refuses %j', async (text, said) => {
    const { code, stderr } = await batch(await ready(), text);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });

  it.each([
    [['promote'], "missing required argument 'reference'"],
    [['promote', 'fraud@v1'], '--to'],
    [['promote', 'fraud@v1', '--to', 'staging', '--batch', 'x.yaml'], '--batch goes with no reference'],
    [['promote', '--batch', 'x.yaml', '--strategy', 'immediate'], '--batch goes with no reference'],
  ])('refuses %j', async (words, said) => {
    const { code, stderr } = await (await ready()).mreg(words);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});
