import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import { whoOutput } from '../../src/report/output-of-serving.ts';
import type { WhoOutput } from '../../src/report/output-schemas.ts';
import { ALL_ROLES, makeTeam, mustSucceed, registerVersion, template, type TestRegistry } from '../support/registry.ts';

const isOutput = new Ajv2020({ strict: true, allowUnionTypes: true }).compile<WhoOutput>(whoOutput);

const POLICY: PolicyDocument['spec'] = {
  models: ['*'],
  transitions: [
    {
      from: 'dev',
      to: 'staging',
      gates: [
        {
          ...{ id: 'two-people', type: 'approvals', roles: { reviewer: 1, owner: 1 }, total: 2 },
          ...{ requesterMayApprove: false, registrarMayApprove: false },
        },
      ],
    },
    { from: 'staging', to: 'prod', gates: [] },
  ],
};

const TEAM = {
  dana: ['registrar', 'reviewer', 'evaluator'],
  omar: ['promoter', 'owner', 'root', 'policy'],
  rita: ['reviewer'],
  olga: ['owner'],
  zoe: [],
};

const ready = template(async (home) => {
  const registry = await makeTeam({ home, people: TEAM, policy: POLICY });
  await registerVersion(registry, 'fraud', { call: { as: registry.person('dana') } });
  return registry;
});

async function who(registry: TestRegistry, reference = 'fraud'): Promise<WhoOutput> {
  const { stdout } = mustSucceed(await registry.mreg(['who', reference, '--to', 'staging', '--json']));
  const answer: unknown = JSON.parse(stdout);
  if (!isOutput(answer)) throw new Error(JSON.stringify(isOutput.errors));
  return answer;
}

function standing({ people }: WhoOutput): Readonly<Record<string, string | boolean>> {
  return Object.fromEntries(
    people.map(({ principal, excluded, approved }) => [principal.replace('@example.org', ''), excluded ?? approved]),
  );
}

describe('mreg who', () => {
  it('tells what is asked for and everybody who may give it, before anybody asks', async () => {
    const answer = await who(await ready());
    expect(answer).toMatchObject({ model: 'fraud', stage: 'staging', version: null, requestedBy: null, branch: null });
    expect(answer.gates).toEqual([
      { id: 'two-people', required: 'total 2, owner 1, reviewer 1', roles: ['reviewer', 'owner'] },
    ]);
    expect(standing(answer)).toEqual({
      dana: false,
      omar: false,
      rita: false,
      olga: false,
      zoe: 'has no role for this model',
    });
  });

  it('leaves out who registered the version that is asked about', async () => {
    expect(standing(await who(await ready(), 'fraud@v1'))).toMatchObject({
      dana: 'registered the version',
      omar: false,
    });
  });

  it('tells of an open request who asked, who has approved, and whose approval would not count', async () => {
    const registry = await ready();
    const asked = await registry.mreg(['promote', 'fraud@v1', '--to', 'staging'], { as: registry.person('omar') });
    expect(asked.code).toBe(5);
    await registry.mreg(['approve', 'fraud', '--to', 'staging'], { as: registry.person('rita') });
    const answer = await who(registry);
    expect(answer).toMatchObject({
      version: 'v1',
      requestedBy: 'omar@example.org',
      branch: 'promote/fraud/staging/v1',
    });
    expect(standing(answer)).toEqual({
      ...{ dana: 'registered the version', omar: 'asked for the promotion', rita: true, olga: false },
      zoe: 'has no role for this model',
    });
    const { stdout } = mustSucceed(await registry.mreg(['who', 'fraud', '--to', 'staging']));
    expect(stdout).toContain('fraud@v1 to staging: asked for by omar@example.org');
    expect(stdout).toMatch(/rita@example\.org +reviewer +yes/);
    expect(stdout).toContain('omar@example.org (asked for the promotion)');
  });

  it('counts the floors of the trust root, which no policy can take away', async () => {
    const floors = [{ to: 'prod', approvals: 3 }];
    const team = await makeTeam({ people: { ann: ALL_ROLES }, policy: POLICY, floors });
    await registerVersion(team, 'fraud');
    const { stdout } = mustSucceed(await team.mreg(['who', 'fraud', '--to', 'prod', '--json']));
    expect((JSON.parse(stdout) as WhoOutput).gates).toEqual([
      { id: 'floor-approvals', required: 'total 3', roles: [] },
    ]);
  });

  it('says so where no approval is asked for', async () => {
    const { stdout } = mustSucceed(await (await ready()).mreg(['who', 'fraud', '--to', 'prod']));
    expect(stdout).toContain('no approval is asked for');
  });

  it.each([
    [['who', 'nobody', '--to', 'staging'], 'no model is called nobody'],
    [['who', 'fraud', '--to', 'nowhere'], 'no stage is called nowhere'],
    [['who', 'fraud', '--to', 'dev'], 'the first stage'],
  ])('refuses %j', async (words, said) => {
    const { code, stderr } = await (await ready()).mreg(words);
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});
