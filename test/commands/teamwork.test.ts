import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectFsckClean } from '../support/git.ts';
import { makeRegistry, makeTeam, type TestRegistry } from '../support/registry.ts';
import { digestOf } from '../../src/documents/digest.ts';
import { makePerson, sshSignature } from '../support/people.ts';

/** Two approvals into staging; everything else open. */
const TWO_APPROVALS = {
  models: ['*'],
  holds: { release: { roles: { owner: 1, reviewer: 1 }, total: 2 } },
  transitions: [
    {
      from: 'dev',
      to: 'staging',
      gates: [{ id: 'approvals', type: 'approvals' as const, roles: { owner: 1, reviewer: 1 }, total: 2 }],
    },
  ],
};

const TEAM = {
  dana: ['registrar', 'evaluator', 'promoter'],
  olga: ['root', 'policy', 'owner', 'oncall'],
  remy: ['root', 'reviewer'],
};

async function teamWithVersion(options: { readonly server?: boolean } = {}): Promise<TestRegistry> {
  const team = await makeTeam({ people: TEAM, policy: TWO_APPROVALS, ...options });
  writeFileSync(join(team.home, 'model.bin'), 'weights');
  const registered = await team.mreg(['register', 'ranker', join(team.home, 'model.bin')], { as: team.person('dana') });
  expect(registered).toMatchObject({ code: 0 });
  return team;
}

function stageOf(team: TestRegistry): string {
  return team.tryGit(['show', 'main:registry/ranker/stages/staging/stage.yaml']).stdout;
}

describe('a request with approvals', () => {
  it.each([{ server: false }, { server: true }])(
    'is filed, approved by two, and lands as one step with the last approval (server: $server)',
    async (options) => {
      const team = await teamWithVersion(options);
      const asked = await team.mreg(['promote', 'ranker@v1', '--to', 'staging', '--json'], { as: team.person('dana') });
      expect(asked.code).toBe(5);
      expect(JSON.parse(asked.stdout)).toMatchObject({ state: 'filed', branch: 'promote/ranker/staging/v1' });
      const first = await team.mreg(['approve', 'ranker', '--to', 'staging', '--json'], { as: team.person('olga') });
      expect(first.code).toBe(5);
      expect(JSON.parse(first.stdout)).toMatchObject({ state: 'filed', approvals: { have: 1, need: 2 } });
      const tip = team.git('rev-parse', 'main').trim();
      const second = await team.mreg(['approve', 'ranker', '--to', 'staging', '--json'], { as: team.person('remy') });
      expect(JSON.parse(second.stdout)).toMatchObject({ state: 'moved', approvals: { have: 2, need: 2 } });
      expect(team.git('rev-list', '--first-parent', `${tip}..main`).trim().split('\n')).toHaveLength(1);
      expect(team.git('for-each-ref', 'refs/heads/promote', 'refs/remotes/origin/promote').trim()).toBe('');
      expect(stageOf(team)).toContain('version: v1');
      expect(team.git('status', '--porcelain')).toBe('');
      expectFsckClean(team.directory);
    },
  );

  it("does not count the requester's own approval, nor a second one of the same person", async () => {
    const team = await makeTeam({ people: { ...TEAM, dana: [...TEAM.dana, 'owner'] }, policy: TWO_APPROVALS });
    writeFileSync(join(team.home, 'model.bin'), 'weights');
    await team.mreg(['register', 'ranker', join(team.home, 'model.bin')], { as: team.person('dana') });
    await team.mreg(['promote', 'ranker', '--to', 'staging'], { as: team.person('dana') });
    await team.mreg(['approve', 'ranker', '--to', 'staging'], { as: team.person('dana') });
    await team.mreg(['approve', 'ranker', '--to', 'staging'], { as: team.person('remy') });
    const again = await team.mreg(['approve', 'ranker', '--to', 'staging', '--json'], { as: team.person('remy') });
    expect(again.code).toBe(5);
    expect(JSON.parse(again.stdout)).toMatchObject({ approvals: { have: 1, need: 2 } });
  });

  it('is refused before it is filed when no approval could bring it through', async () => {
    const team = await teamWithVersion();
    const asked = await team.mreg(['promote', 'ranker', '--to', 'staging', '--json'], { as: team.person('remy') });
    expect(asked.code).toBe(1);
    expect(asked.stdout).toContain('not-authorised');
    expect(team.git('for-each-ref', 'refs/heads/promote').trim()).toBe('');
  });

  it('loses its approvals when newer evidence that a gate reads arrives', async () => {
    const gates = [
      ...(TWO_APPROVALS.transitions[0]?.gates ?? []),
      { id: 'auc', type: 'metric' as const, evidence: 'offline', metric: 'auc', min: 0.5 },
    ];
    const policy = {
      ...TWO_APPROVALS,
      metrics: { auc: { better: 'higher' as const } },
      transitions: [{ from: 'dev', to: 'staging', gates }],
    };
    const team = await makeTeam({ people: TEAM, policy });
    writeFileSync(join(team.home, 'model.bin'), 'weights');
    writeFileSync(join(team.home, 'metrics.json'), '{"auc": 0.9}');
    const [model, metrics] = ['model.bin', 'metrics.json'].map((name) => join(team.home, name));
    await team.mreg(['register', 'ranker', model ?? '', '--metrics', metrics ?? ''], { as: team.person('dana') });
    await team.mreg(['promote', 'ranker', '--to', 'staging'], { as: team.person('dana') });
    await team.mreg(['approve', 'ranker', '--to', 'staging'], { as: team.person('olga') });
    await team.mreg(['evidence', 'add', 'ranker@v1', metrics ?? '', '--kind', 'offline'], { as: team.person('dana') });
    const late = await team.mreg(['approve', 'ranker', '--to', 'staging'], { as: team.person('remy') });
    expect(late.code).toBe(1);
    expect(late.stderr).toContain('the evidence has changed since the request');
    const again = await team.mreg(['promote', 'ranker', '--to', 'staging', '--json'], { as: team.person('dana') });
    expect(JSON.parse(again.stdout)).toMatchObject({ state: 'filed' });
    expect(again.stdout).toContain('0 of 2');
  });

  it('is closed by reject, with the reason in the history', async () => {
    const team = await teamWithVersion();
    await team.mreg(['promote', 'ranker', '--to', 'staging'], { as: team.person('dana') });
    const closed = await team.mreg(['reject', 'ranker', '--to', 'staging', '-m', 'not yet'], {
      as: team.person('remy'),
    });
    expect(closed.code).toBe(0);
    expect(team.git('for-each-ref', 'refs/heads/promote').trim()).toBe('');
    expect(team.git('log', '-1', '--format=%s%n%b', 'main')).toContain('not yet');
  });
});

describe('a change that needs several signatures', () => {
  it('waits on a branch until the threshold of old and new root is met', async () => {
    const team = await makeTeam({ people: TEAM, policy: TWO_APPROVALS });
    const set = ['trust', 'set', '--root-threshold', '2'];
    expect((await team.mreg(set, { as: team.person('olga') })).code).toBe(5);
    expect((await team.mreg(['trust', 'sign', '--json'], { as: team.person('olga') })).code).toBe(5);
    const done = await team.mreg(['trust', 'sign', '--json'], { as: team.person('remy') });
    expect(JSON.parse(done.stdout)).toMatchObject({ state: 'landed' });
    expect(team.git('show', 'main:trust/root.yaml')).toContain('version: 2');
    expect(team.git('for-each-ref', 'refs/heads/propose').trim()).toBe('');
  });

  it('replaces a root key with the signatures of the old key and of the new', async () => {
    const team = await makeRegistry();
    const fresh = await makePerson(team.home, 'fresh@example.org');
    const done = await team.mreg(['trust', 'rotate', '--new-key', fresh.keyFile]);
    expect(done).toMatchObject({ code: 0 });
    const old = await team.mreg(['trust', 'rotate', '--expires', '2098-01-01', '--json']);
    expect(JSON.parse(old.stdout)).toMatchObject({ error: { code: 'not-trusted' } });
    const now = await team.mreg(['trust', 'rotate', '--expires', '2098-01-01'], { as: fresh });
    expect(now.code).toBe(0);
  });

  it('frees a held version only with the signatures that the policy asks for', async () => {
    const team = await teamWithVersion();
    expect((await team.mreg(['hold', 'ranker@v1', '-m', 'odd'], { as: team.person('olga') })).code).toBe(0);
    const alone = await team.mreg(['release', 'ranker@v1', '-m', 'fine'], { as: team.person('olga') });
    expect(alone.code).toBe(5);
    expect(alone.stdout).toContain('mreg trust sign release-ranker-v1');
    const both = await team.mreg(['trust', 'sign', 'release-ranker-v1'], { as: team.person('remy') });
    expect(both.code).toBe(0);
    expect(team.git('show', 'main:registry/ranker/versions/v1/holds/2.yaml')).toContain('action: release');
  });
});

describe('the settings', () => {
  it('change by a signed next version, and the new store takes artifacts', async () => {
    const registry = await makeRegistry();
    const store = `team=file://${join(registry.home, 'team')}`;
    const set = ['settings', 'set', '--add-store', store, '--commits', 'any', '--add-stage', 'canary'];
    expect((await registry.mreg(set)).code).toBe(0);
    const shown = await registry.mreg(['settings', 'show', '--json']);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      settings: { version: 2, commits: 'any', stages: ['dev', 'staging', 'prod', 'canary'] },
    });
    writeFileSync(join(registry.home, 'model.bin'), 'weights');
    const registered = await registry.mreg([
      'register',
      'ranker',
      join(registry.home, 'model.bin'),
      '--store',
      'team',
      '--json',
    ]);
    expect(registered.stdout).toContain('/team@sha256:');
  });

  it.each([
    ['a stage', (text: string) => text.replace('    - staging\n', '')],
    ['the branch', (text: string) => text.replace('branch: main', 'branch: trunk')],
    ['the name', (text: string) => text.replace('name: acme', 'name: other')],
  ])('never lose %s', async (_what, edit) => {
    const registry = await makeRegistry();
    const next = edit(registry.read('mreg.yaml'))
      .replace('version: 1', 'version: 2')
      .replace('previous: none', `previous: "${digestOf(registry.read('mreg.yaml'))}"`);
    registry.write('mreg.yaml', next);
    const armour = sshSignature(registry.person('ann'), 'mreg.registry.v1', next);
    registry.write('mreg.yaml.sig', armour);
    registry.git('add', '--all');
    const judged = await registry.mreg(['hook', 'pre-commit']);
    expect(judged.code).toBe(1);
    expect(judged.stderr).toContain('immutable');
  });
});

describe('a command killed before it refreshed the files', () => {
  it('leaves a note, and the next command finishes the refresh without touching what the user changed', async () => {
    const team = await makeRegistry();
    writeFileSync(join(team.home, 'model.bin'), 'weights');
    await team.mreg(['register', 'ranker', join(team.home, 'model.bin')]);
    const from = team.git('rev-parse', 'main~1').trim();
    const to = team.git('rev-parse', 'main').trim();
    // As a killed process leaves it: the branch is at `to`, index and files still at `from`.
    team.git('read-tree', from);
    rmSync(join(team.directory, 'registry'), { recursive: true });
    team.write('notes.txt', 'mine');
    writeFileSync(join(team.directory, '.git/mreg-refresh'), `${from} ${to}\n`);
    expect((await team.mreg(['promote', 'ranker', '--to', 'staging'])).code).toBe(0);
    expect(team.git('status', '--porcelain').trim()).toBe('?? notes.txt');
    expect(readFileSync(join(team.directory, 'registry/ranker/model.yaml'), 'utf8')).toContain('ranker');
  });
});
