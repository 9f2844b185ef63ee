import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { git } from '../support/git.ts';
import { makePerson, signingAs, type Person } from '../support/people.ts';
import {
  makeTeam,
  mustSucceed,
  registerVersion,
  template,
  type Outcome,
  type TestRegistry,
} from '../support/registry.ts';

const TEAM = {
  ann: ['root', 'policy', 'registrar', 'promoter', 'owner', 'oncall'],
  bob: ['root', 'policy', 'reviewer'],
  carol: ['root', 'reviewer'],
};
/** One approval into staging. */
const POLICY = {
  models: ['*'],
  transitions: [{ from: 'dev', to: 'staging', gates: [{ id: 'one', type: 'approvals' as const, total: 1 }] }],
};

const team = template((home) => makeTeam({ people: TEAM, policy: POLICY, home }));

/** ann has asked to promote fraud@v1 to staging; a server judges. */
const asked = template(async (home) => {
  const registry = await makeTeam({ people: TEAM, policy: POLICY, server: true, home });
  await registerVersion(registry, 'fraud');
  expect((await registry.mreg(['promote', 'fraud@v1', '--to', 'staging'])).code).toBe(5);
  return registry;
});

function errorOf({ code, stdout }: Outcome): unknown {
  return { exit: code, ...(JSON.parse(stdout) as { error: object }).error };
}

async function publicHalf(registry: TestRegistry, name: string): Promise<{ person: Person; file: string }> {
  const person = await makePerson(registry.home, `${name}@example.org`);
  const file = join(registry.home, `${name}.pub`);
  writeFileSync(file, `${person.publicLine}\n`);
  return { person, file };
}

describe('a change that waits for signatures', () => {
  const raise = ['trust', 'set', '--root-threshold', '2'];

  it('is not signed any more once another was made in its place, and can be withdrawn', async () => {
    const registry = await team();
    const bob = registry.person('bob');
    expect((await registry.mreg(raise)).code).toBe(5);
    mustSucceed(await registry.mreg(['trust', 'rotate', '--expires', '2098-01-01']));
    const signed = await registry.mreg(['trust', 'sign', 'trust-v2', '--json'], { as: bob });
    expect(errorOf(signed)).toMatchObject({
      exit: 1,
      hint: expect.stringContaining('mreg trust withdraw trust-v2') as string,
    });
    const { stdout } = await registry.mreg(['trust', 'show']);
    expect(stdout).toContain('outdated: Trust root version 2: thresholds and floors, by ann@example.org');
    expect((await registry.mreg(['trust', 'withdraw', '--dry-run'], { as: bob })).stdout).toContain('would withdraw');
    mustSucceed(await registry.mreg(['trust', 'withdraw'], { as: bob }));
    expect(registry.git('for-each-ref', 'refs/heads/propose')).toBe('');
  });

  it('is not replaced by that of somebody else under the same number', async () => {
    const registry = await team();
    expect((await registry.mreg(raise)).code).toBe(5);
    const tip = registry.git('rev-parse', 'propose/trust-v2');
    const policy = ['trust', 'set', '--root-threshold', '3', '--json'];
    const other = await registry.mreg(policy, { as: registry.person('bob') });
    expect(errorOf(other)).toMatchObject({
      code: 'exists',
      hint: expect.stringContaining('mreg trust sign') as string,
    });
    expect(registry.git('rev-parse', 'propose/trust-v2')).toBe(tip);
    // Whoever proposed it may think again.
    expect((await registry.mreg([...raise, '--policy-threshold', '2'])).code).toBe(5);
    expect(registry.git('rev-parse', 'propose/trust-v2')).not.toBe(tip);
  });

  it('lands after the root has expired, and nothing else does: neither a rollback nor a hold', async () => {
    const registry = await makeTeam({
      people: TEAM,
      thresholds: { root: 2, policy: 1 },
      expires: '2030-01-20T00:00:00Z',
    });
    await registerVersion(registry, 'fraud');
    const late = { now: () => new Date('2031-01-01T00:00:00Z') };
    const held = await registry.mreg(['hold', 'fraud@v1', '-m', 'odd', '--json'], late);
    expect(errorOf(held)).toMatchObject({ exit: 1, details: [{ code: 'expired' }] });
    const renew = await registry.mreg(['trust', 'rotate', '--expires', '2032-01-01'], late);
    expect(renew).toMatchObject({ code: 5, stderr: expect.stringContaining('the trust root expired') as string });
    mustSucceed(await registry.mreg(['trust', 'sign'], { ...late, as: registry.person('bob') }));
    mustSucceed(await registry.mreg(['hold', 'fraud@v1', '-m', 'odd'], late));
  });
});

describe('a key that is trusted no more', () => {
  it('carries no request over the line that it approved before', async () => {
    const registry = await asked();
    const bob = registry.person('bob');
    mustWait(await registry.mreg(['approve', 'fraud', '--to', 'staging', '--no-land'], { as: bob }));
    mustSucceed(await registry.mreg(['trust', 'remove', 'bob@example.org', '-m', 'stolen laptop']));
    const { stderr } = await registry.mreg(['promote', 'fraud@v1', '--to', 'staging', '--dry-run']);
    expect(stderr).toContain('no longer count');
    // By hand, past the command: the server's hook says the same.
    registry.git('fetch', '-q', 'origin');
    registry.git('reset', '-q', '--hard', 'origin/main');
    const merge = ['merge', '-q', '--no-ff', '--no-edit', '-S', 'origin/promote/fraud/staging/v1'];
    registry.git(...signingAs(registry.person('ann')), ...merge);
    const pushed = registry.tryGit(['push', 'origin', 'main']);
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toContain('promotion.yaml');
  });

  it('signs nothing that comes later, however far it is dated back', async () => {
    const registry = await asked();
    mustSucceed(await registry.mreg(['trust', 'remove', 'bob@example.org']));
    const bob = registry.person('bob');
    const now = await registry.mreg(['hold', 'fraud@v1', '-m', 'odd', '--json'], { as: bob });
    expect(errorOf(now)).toMatchObject({ code: 'not-trusted' });
    const stale = join(registry.home, 'stale');
    git(registry.home, ['clone', '-q', registry.server, stale], { env: registry.env });
    writeFileSync(join(stale, 'trust/note.txt'), 'x');
    const dated = { GIT_COMMITTER_DATE: '2020-01-01T00:00:00Z', GIT_AUTHOR_DATE: '2020-01-01T00:00:00Z' };
    git(stale, ['add', '--all'], { env: registry.env });
    git(stale, [...signingAs(bob), 'commit', '-q', '-S', '-m', 'old'], { env: { ...registry.env, ...dated } });
    const pushed = registry.tryGit(['push', 'origin', 'main'], { cwd: stale });
    expect(pushed.stderr).toContain('unsigned-commit');
  });

  it('leaves what it signed while it was trusted: the version stands, is verified and promoted', async () => {
    const registry = await team();
    const { person, file } = await publicHalf(registry, 'ci');
    mustSucceed(await registry.mreg(['trust', 'add', 'ci@example.org', '--public-key', file, '--role', 'registrar']));
    await registerVersion(registry, 'fraud', { call: { as: person } });
    mustSucceed(await registry.mreg(['trust', 'remove', 'ci@example.org']));
    mustSucceed(await registry.mreg(['verify']));
    mustWait(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']));
    mustSucceed(await registry.mreg(['approve', 'fraud', '--to', 'staging'], { as: registry.person('bob') }));
    mustSucceed(await registry.mreg(['verify']));
  });
});

describe('principals', () => {
  it('are bots of somebody, whose approval of their own request does not count', async () => {
    const registry = await team();
    const { person, file } = await publicHalf(registry, 'bot');
    const bot = ['trust', 'add', 'bot@example.org', '--public-key', file, '--role', 'reviewer'];
    mustSucceed(await registry.mreg([...bot, '--owner', 'ann@example.org', '--forge', 'github=ann-bot']));
    expect(registry.read('trust/root.yaml')).toContain('github: ann-bot');
    await registerVersion(registry, 'fraud');
    mustWait(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']));
    const approved = await registry.mreg(['approve', 'fraud', '--to', 'staging'], { as: person });
    expect(approved).toMatchObject({
      code: 5,
      stdout: expect.stringContaining('not counted: bot@example.org') as string,
    });
    const removed = await registry.mreg(['trust', 'remove', 'ann@example.org', '--json'], {
      as: registry.person('bob'),
    });
    expect(errorOf(removed)).toMatchObject({
      hint: expect.stringContaining('mreg trust remove bot@example.org') as string,
    });
    const { stdout } = await registry.mreg(['trust', 'show']);
    expect(stdout).toContain('bot@example.org (bot of');
  });

  it('hold roles for some models, which are shown, and taken one by one', async () => {
    const registry = await team();
    const grant = (glob: string) => ['trust', 'add', 'carol@example.org', '--role', 'owner', '--models', glob];
    mustSucceed(await registry.mreg(grant('risk/*')));
    mustSucceed(await registry.mreg(grant('ads/*')));
    expect((await registry.mreg(['trust', 'show'])).stdout).toContain('owner (risk/*)');
    await registerVersion(registry, 'risk/fraud');
    await registerVersion(registry, 'other');
    const carol = { as: registry.person('carol') };
    mustSucceed(await registry.mreg(['hold', 'risk/fraud@v1', '-m', 'odd'], carol));
    const outOfScope = await registry.mreg(['hold', 'other@v1', '-m', 'odd', '--json'], carol);
    expect(errorOf(outOfScope)).toMatchObject({ details: [{ code: 'not-authorised' }] });
    mustSucceed(await registry.mreg(['trust', 'remove', 'carol@example.org', '--role', 'owner', '--models', 'risk/*']));
    const { stdout } = await registry.mreg(['trust', 'show']);
    expect(stdout).toContain('owner (ads/*)');
    expect(stdout).not.toContain('risk/*');
  });

  it.each([
    [['add', 'carol@example.org', '--role', 'policy', '--models', 'risk/*'], 1, 'trust-rule'],
    [['remove', 'carol@example.org', '--models', 'risk/*'], 2, 'usage'],
    [['add', 'carol@example.org', '--forge', 'github'], 2, 'usage'],
  ])('cannot be changed by %j', async (words, exit, code) => {
    const refused = await (await team()).mreg(['trust', ...words, '--json']);
    expect(refused).toMatchObject({ code: exit, stdout: expect.stringContaining(`"${code}"`) as string });
  });
});

/** Filed, and waiting for others: what it was meant to come to. */
function mustWait(outcome: Outcome): void {
  expect(outcome).toMatchObject({ code: 5 });
}
