import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/commands/run.ts';
import { OUTPUT_SCHEMAS } from '../../src/report/output-schemas.ts';
import { cloneOf, temporaryDirectory } from '../support/git.ts';
import { testOutside } from '../support/outside.ts';
import { makePerson } from '../support/people.ts';
import { makeRegistry, makeTeam, mustSucceed, registerVersion, type TestRegistry } from '../support/registry.ts';
import { flights, LOOKING } from '../transcripts/flights.ts';

const SLOW = { timeout: 240_000 };

/** What `mreg log --json` prints of each entry. */
interface Entry {
  readonly action: string;
  readonly subject: string;
  readonly by: string | null;
  readonly version: string | null;
  readonly previousVersion: string | null;
  readonly verified: string;
  readonly stage: string | null;
}

async function logOf(registry: TestRegistry, ...words: readonly string[]): Promise<readonly Entry[]> {
  const { stdout } = mustSucceed(await registry.mreg(['log', '--json', ...words]));
  return (JSON.parse(stdout) as { readonly entries: readonly Entry[] }).entries;
}

async function stagesOf(registry: TestRegistry, model: string): Promise<unknown> {
  const { stdout } = mustSucceed(await registry.mreg(['status', model, '--json']));
  return (JSON.parse(stdout) as { readonly models: readonly { readonly stages: unknown }[] }).models[0]?.stages;
}

describe('the commands that look', SLOW, () => {
  it('print JSON as the published schemas say, and nothing else', async () => {
    const registry = await flights();
    const ajv = new Ajv2020({ strict: false });
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['status', ['status']],
      ['status', ['status', 'delay']],
      ['show', ['show', 'delay@v2']],
      ['show', ['show', 'delay@prod']],
      ['log', ['log']],
      ['log', ['log', 'delay', '--stage', 'prod']],
      ['log-at', ['log', 'delay', '--stage', 'prod', '--at', '2026-03-03']],
      ['log-at', ['log', 'delay', '--stage', 'prod', '--at', '2020-01-01']],
      ['log-at-all', ['log', 'delay', '--at', '2026-03-03']],
      ['diff', ['diff', 'delay@v1', 'delay@v2']],
      ['explain', ['explain', 'delay@v3', '--to', 'prod']],
      ['explain', ['explain', 'delay@v1', '--to', 'prod']],
      ['explain', ['explain', 'delay@v4', '--to', 'prod', '--note']],
      ['schema-diff', ['schema', 'diff', 'delay@v1', 'delay@v3']],
      ['error', ['show', 'delay@v99']],
    ];
    for (const [name, words] of cases) {
      const { stdout, stderr } = await registry.mreg([...words, '--json'], { now: LOOKING });
      const validate = ajv.compile(OUTPUT_SCHEMAS[name] ?? {});
      expect({ words, ok: validate(JSON.parse(stdout)), errors: validate.errors }).toMatchObject({ ok: true });
      expect(stderr).toBe('');
    }
    await expectNarrow(registry);
    await expectCompletion(registry);
  });

  it('take what a commit did from what it changed, whatever its message says, and who from the key', async () => {
    const registry = await makeRegistry({ commits: 'any' });
    const ann = registry.person('ann');
    await registerVersion(registry, 'fraud');
    registry.git('commit', '--allow-empty', '-m', 'Promote fraud@v9 to prod\n\nMreg-Action: promote');
    const reject = 'Reject fraud@v1\n\nMreg-Action: reject\nMreg-Model: fraud\nMreg-Stage: prod\nMreg-Version: v1';
    registry.git('commit', '--allow-empty', '-m', reject);
    expect(await logOf(registry)).toMatchObject([{ action: 'register' }, { action: 'init' }]);
    mustSucceed(registry.tryGit(['commit', '--allow-empty', '-m', reject], { as: ann }));
    expect((await logOf(registry))[0]).toMatchObject({ action: 'reject', by: ann.id, verified: 'good' });
    mustSucceed(await registry.mreg(['promote', 'fraud', '--to', 'staging']));
    registry.git('commit', '--amend', '--no-gpg-sign', '-m', 'ci: \u001b[31mformat');
    expect((await logOf(registry))[0]).toMatchObject({ action: 'promote', by: ann.id, verified: 'unsigned' });
    const stranger = await makePerson(registry.home, 'eve@example.org');
    mustSucceed(registry.tryGit(['commit', '--amend', '--no-edit'], { as: stranger }));
    expect((await logOf(registry))[0]).toMatchObject({ action: 'promote', by: ann.id, verified: 'untrusted' });
    const { stdout } = await registry.mreg(['log']);
    expect(stdout).toContain('[untrusted]');
    expect(stdout).not.toContain('\u001b');
  });

  it('know a revert made with stock git as a rollback, and show a rollout as what it is', async () => {
    const registry = await makeRegistry();
    const ann = registry.person('ann');
    for (const [version, ...plan] of [
      ['v1'],
      ['v2', '--strategy', 'canary', '--step', '10:1h', '--step', '100'],
    ] as const) {
      await registerVersion(registry, 'fraud');
      mustSucceed(await registry.mreg(['promote', `fraud@${version}`, '--to', 'staging']));
      mustSucceed(await registry.mreg(['promote', `fraud@${version}`, '--to', 'prod', ...plan]));
    }
    expect(await stagesOf(registry, 'fraud')).toMatchObject({
      prod: { version: 'v1', weight: 90, phase: 'progressing', candidate: { version: 'v2', weight: 10 } },
    });
    expect((await registry.mreg(['show', 'fraud@v2'])).stdout).toContain('prod (10%)');
    const past = await registry.mreg(['log', 'fraud', '--stage', 'prod', '--at', '0s', '--json']);
    expect(JSON.parse(past.stdout)).toMatchObject({ version: 'v1', until: null });
    mustSucceed(registry.tryGit(['revert', '--no-edit', 'HEAD'], { as: ann }));
    expect((await logOf(registry, 'fraud'))[0]).toMatchObject({
      action: 'rollback',
      stage: 'prod',
      version: 'v1',
      previousVersion: 'v2',
      by: ann.id,
      verified: 'good',
    });
  });

  it('find what was where at a time although one clock was wrong', async () => {
    const registry = await makeRegistry();
    const at = (time: string, ...words: readonly string[]): Promise<unknown> =>
      registry.mreg(words, { now: () => new Date(`${time}:00Z`) }).then(mustSucceed);
    const call = { now: () => new Date('2031-01-01T00:00:00Z') };
    await registerVersion(registry, 'fraud', { call: { now: () => new Date('2026-03-01T08:00:00Z') } });
    await at('2026-03-01T09:00', 'promote', 'fraud@v1', '--to', 'staging');
    // A machine that lives in 2031 registers and moves v2; the hours around it are told by the others.
    await registerVersion(registry, 'fraud', { call });
    mustSucceed(await registry.mreg(['promote', 'fraud@v2', '--to', 'staging'], call));
    for (const hour of ['12', '13', '14', '15']) {
      await registerVersion(registry, 'other', { call: { now: () => new Date(`2026-03-01T${hour}:00:00Z`) } });
    }
    const versionAt = async (time: string): Promise<unknown> => {
      const { stdout } = await registry.mreg(['log', 'fraud', '--stage', 'staging', '--at', time, '--json']);
      return (JSON.parse(stdout) as { readonly version: unknown }).version;
    };
    expect(await versionAt('2026-03-01T08:30:00Z')).toBeNull();
    expect(await versionAt('2026-03-01T16:00:00Z')).toBe('v2');
    expect(await versionAt('2030-01-01T00:00:00Z')).toBe('v2');
  });

  it('count the approvals of a request that count, and none once it is outdated', async () => {
    const registry = await makeTeam({
      people: { ann: ['registrar', 'promoter', 'root', 'policy'], bob: ['reviewer', 'owner'], cyd: ['reviewer'] },
      policy: {
        models: ['*'],
        transitions: [{ from: 'dev', to: 'staging', gates: [{ id: 'two', type: 'approvals', total: 2 }] }],
      },
    });
    const pending = async (): Promise<unknown> => {
      const { stdout } = mustSucceed(await registry.mreg(['status', '--json']));
      return (JSON.parse(stdout) as { readonly models: readonly { readonly pending: unknown }[] }).models[0]?.pending;
    };
    await registerVersion(registry, 'fraud');
    expect((await registry.mreg(['promote', 'fraud', '--to', 'staging'])).code).toBe(5);
    expect(await pending()).toMatchObject([{ to: 'staging', version: 'v1', approvals: { have: 0, need: 2 } }]);
    expect((await registry.mreg(['approve', 'fraud', '--to', 'staging'], { as: registry.person('bob') })).code).toBe(5);
    expect(await pending()).toMatchObject([{ approvals: { have: 1, need: 2 } }]);
    const later = new Date(Date.now() + 30 * 24 * 60 * 60 * 1000);
    const { stdout } = await registry.mreg(['status', 'fraud', '--json'], { now: () => later });
    expect(JSON.parse(stdout)).toMatchObject({
      models: [
        { pending: [{ approvals: { have: 0, need: 2 }, outdated: expect.stringContaining('expired') as unknown }] },
      ],
    });
    expect((await registry.mreg(['status'], { now: () => later })).stdout).toContain(
      'mreg promote fraud@v1 --to staging',
    );
    expect((await registry.mreg(['complete', 'requests'])).stdout).toBe('fraud@v1\n');
  });

  it('say of a check that failed without refusing that it only warns', async () => {
    const metric = { type: 'metric', evidence: 'offline', metric: 'auc' } as const;
    const registry = await makeRegistry({
      policy: {
        models: ['*'],
        metrics: { auc: { unit: 'ratio', min: 0, max: 1, better: 'higher' } },
        transitions: [
          {
            from: 'dev',
            to: 'staging',
            gates: [
              { id: 'wish', ...metric, min: 0.99, enforcement: 'warn' },
              { id: 'need', ...metric, min: 0.8 },
            ],
          },
        ],
      },
    });
    await registerVersion(registry, 'fraud', { metrics: { auc: 0.7 } });
    const noteOf = async (): Promise<string> =>
      (await registry.mreg(['explain', 'fraud@v1', '--to', 'staging', '--note'])).stdout;
    expect(await noteOf()).toMatch(/wish \| fail, only warns/);
    expect(await noteOf()).toMatch(/need \| fail \|/);
    const better = join(registry.home, 'better.json');
    writeFileSync(better, '{"auc": 0.9}');
    mustSucceed(await registry.mreg(['evidence', 'add', 'fraud@v1', better, '--kind', 'offline']));
    mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']));
    expect((await registry.mreg(['show', 'fraud@staging'])).stdout).toMatch(/wish +fail, only warns/);
    expect(await noteOf()).toMatch(/wish \| fail, only warns/);
  });

  it('show no request that has landed, and say of one that cannot land why not', async () => {
    const registry = await makeTeam({
      people: { ann: ['registrar', 'promoter', 'root', 'policy', 'oncall'], bob: ['reviewer', 'owner'] },
      policy: {
        models: ['*'],
        transitions: [{ from: 'dev', to: 'staging', gates: [{ id: 'one', type: 'approvals', total: 1 }] }],
      },
    });
    const bob = registry.person('bob');
    const status = async (): Promise<string> => mustSucceed(await registry.mreg(['status', 'fraud'])).stdout;
    await registerVersion(registry, 'fraud');
    expect((await registry.mreg(['promote', 'fraud@v1', '--to', 'staging'])).code).toBe(5);
    const request = registry.git('rev-parse', 'promote/fraud/staging/v1').trim();
    mustSucceed(await registry.mreg(['approve', 'fraud', '--to', 'staging'], { as: bob }));
    // A forge that merges leaves the branch; here it is put back.
    registry.git('branch', 'promote/fraud/staging/v1', request);
    expect(await status()).not.toContain('waiting:');
    expect(await status()).toContain('mreg check fraud@v1 --to prod');
    await registerVersion(registry, 'fraud');
    expect((await registry.mreg(['promote', 'fraud@v2', '--to', 'staging'])).code).toBe(5);
    expect(await status()).toContain('fraud@v2 → staging  0 of 1 approval');
    mustSucceed(await registry.mreg(['hold', 'fraud@v2', '-m', 'leaks']));
    expect(await status()).toContain('fraud@v2 → staging  cannot land: v2 is held');
    expect(await status()).toContain('mreg reject fraud@v2 --to staging -m <why>');
    mustSucceed(await registry.mreg(['reject', 'fraud@v2', '--to', 'staging', '-m', 'leaks']));
    for (const words of [['status', 'fraud'], ['status']]) {
      const { stdout } = mustSucceed(await registry.mreg(words));
      expect(stdout).toContain('mreg show fraud@v2');
      expect(stdout).not.toMatch(/mreg (?:check|promote|approve)/);
    }
  });

  it('warn of a branch that is behind and of a root that expires, on standard error alone', async () => {
    const registry = await makeRegistry({ server: true, expires: '2030-01-20T00:00:00Z' });
    const other = cloneOf(registry.server);
    await registerVersion(registry, 'fraud');
    mustSucceed(registry.tryGit(['fetch', '--quiet'], { cwd: other }));
    const january = (): Date => new Date('2030-01-10T00:00:00Z');
    const { stdout, stderr } = mustSucceed(await registry.mreg(['status'], { cwd: other, now: january }));
    expect(stderr).toContain('main here is behind origin/main');
    expect(stderr).toContain('the trust root expires in 10d');
    expect(stdout).not.toContain('warning');
    await registerVersion(registry, 'other');
    registry.git('reset', '--quiet', '--hard', 'HEAD~1');
    for (const words of [
      ['check', 'fraud@v1', '--to', 'staging'],
      ['explain', 'fraud@v1', '--to', 'staging'],
    ]) {
      const { stderr: told } = mustSucceed(await registry.mreg(words));
      expect(told).toContain('main here is behind origin/main: git pull --ff-only origin main');
      expect((await registry.mreg([...words, '--json'])).stderr).toBe('');
    }
    registry.git('merge', '--quiet', '--ff-only', 'origin/main');
    const february = (): Date => new Date('2030-02-10T00:00:00Z');
    expect((await registry.mreg(['status'], { now: february })).stderr).toContain('the trust root expired 21d ago');
    expect((await registry.mreg(['status', '--quiet'], { now: february })).stderr).toBe('');
    expect((await registry.mreg(['status'])).stderr).toBe('');
  });

  it('say that a shallow clone has no past to tell', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    await registerVersion(registry, 'fraud');
    const cwd = cloneOf(`file://${registry.directory}`, '--depth=1');
    const { code, stderr } = await registry.mreg(['log'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain('this clone is shallow');
    expect(stderr).toContain('git fetch --unshallow');
    expect((await registry.mreg(['status', 'fraud'], { cwd })).code).toBe(0);
  });

  it('refuse to guess what a pointer says that cannot be read', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    registry.write('registry/fraud/stages/dev/stage.yaml', 'version: v1\n');
    registry.git('commit', '--all', '--no-verify', '-m', 'break it');
    expect(await registry.mreg(['status'])).toMatchObject({ code: 4, stdout: '' });
    expect(await registry.mreg(['status', 'fraud'])).toMatchObject({ code: 4, stdout: '' });
    // The log tells of the past, whatever the present looks like.
    expect((await logOf(registry)).map(({ action }) => action)).toEqual(['other', 'register', 'init']);
  });

  it('explain to somebody without a key', async () => {
    const registry = await makeRegistry();
    await registerVersion(registry, 'fraud');
    const env = { MREG_KEY: join(registry.home, 'no-such-key') };
    expect((await registry.mreg(['explain', 'fraud', '--to', 'staging'], { env })).code).toBe(0);
    expect((await registry.mreg(['explain', 'fraud', '--to', 'staging', '--note'], { env })).stdout).toMatch(
      /^## `fraud/,
    );
  });
});

describe('mreg complete', SLOW, () => {
  it('says nothing at all where there is no registry', async () => {
    const home = temporaryDirectory();
    for (const what of ['models', 'stages', 'references', 'requests', 'nonsense']) {
      const { outside, printed } = testOutside({ cwd: home, home, env: { PATH: process.env['PATH'], HOME: home } });
      expect({ code: await run(outside, ['complete', what]), ...printed }).toEqual({ code: 0, stdout: '', stderr: '' });
    }
  });

  it('says nothing of a registry that cannot be read', async () => {
    const registry = await makeRegistry();
    writeFileSync(join(registry.directory, '.git', 'HEAD'), 'ref: refs/heads/nowhere\n');
    expect(await registry.mreg(['complete', 'references'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });
});

/** Text for people never runs over a narrow screen, but for what is to be copied whole. */
async function expectNarrow(registry: TestRegistry): Promise<void> {
  const commands = [['status'], ['status', 'delay'], ['log'], ['diff', 'delay@v1', 'delay@v2'], ['show', 'delay@v2']];
  for (const words of [...commands, ['schema', 'diff', 'delay@v1', 'delay@v2']]) {
    const world = { cwd: registry.directory, home: registry.home, env: registry.env, now: LOOKING };
    const { outside, printed } = testOutside(world);
    const narrow = { ...outside, columns: 40, stdoutIsTerminal: true, env: { ...registry.env, NO_COLOR: '1' } };
    expect(await run(narrow, words)).toBe(0);
    const wide = printed.stdout.split('\n').filter((line) => line.length > 40);
    expect(wide.filter((line) => !/sha256:|https:|\/versions\/|^ {2}mreg |^ *\S+$/.test(line))).toEqual([]);
    expect(printed.stdout).not.toContain('\u001b');
  }
}

async function expectCompletion(registry: TestRegistry): Promise<void> {
  const complete = async (what: string): Promise<string> => (await registry.mreg(['complete', what])).stdout;
  expect(await complete('models')).toBe('delay\nranker\n');
  expect(await complete('stages')).toBe('dev\nstaging\nprod\n');
  expect((await complete('references')).split('\n')).toEqual(
    expect.arrayContaining(['delay@v4', 'delay@prod', 'ranker@v1']),
  );
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { stdout } = mustSucceed(await registry.mreg(['completion', shell]));
    expect(stdout).toContain('schema diff');
    expect(stdout).toContain("--stage'");
    expect(stdout).not.toContain("'complete'");
  }
  expect((await registry.mreg(['completion', 'tcsh'])).code).toBe(2);
}
