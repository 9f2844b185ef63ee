import { describe, expect, it } from 'vitest';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import type {
  CheckOutput,
  FreezeListOutput,
  FreezeOutput,
  LogOutput,
  PromoteOutput,
  StatusOutput,
} from '../../src/report/output-schemas.ts';
import {
  makeTeam,
  mustSucceed,
  registerVersion,
  template,
  type Outcome,
  type TestRegistry,
} from '../support/registry.ts';

const POLICY: PolicyDocument['spec'] = {
  models: ['*'],
  transitions: [
    { from: 'dev', to: 'staging', gates: [] },
    {
      from: 'staging',
      to: 'prod',
      gates: [{ id: 'hours', type: 'window', timezone: 'UTC', allow: [{ days: ['mon'], from: '00:00', to: '23:59' }] }],
      rollback: { target: 'last-stable', roles: ['oncall'] },
    },
  ],
};

/** Dana ships; olga owns, oli and otto are on call, remy reviews. */
const PEOPLE = {
  dana: ['root', 'policy', 'registrar', 'evaluator', 'promoter'],
  olga: ['owner', 'promoter'],
  oli: ['oncall', 'promoter', 'controller'],
  otto: ['oncall'],
  remy: ['reviewer'],
};

const START = Date.parse('2026-12-21T10:00:00Z'); // a Monday
const hours = (count: number) => ({ now: () => new Date(START + count * 3_600_000) });
const TIMEOUT = { timeout: 120_000 };

const registry = template(async (home) => {
  const made = await makeTeam({ home, people: PEOPLE, policy: POLICY });
  for (const version of ['one', 'two']) {
    const reference = await registerVersion(made, 'fraud', { content: version, call: hours(0) });
    mustSucceed(await made.mreg(['promote', reference, '--to', 'staging'], hours(0)));
    if (version === 'one') mustSucceed(await made.mreg(['promote', reference, '--to', 'prod'], hours(0)));
  }
  return made;
});

interface Outputs {
  readonly check: CheckOutput;
  readonly freeze: FreezeOutput;
  readonly list: FreezeListOutput;
  readonly log: LogOutput;
  readonly promote: PromoteOutput;
  readonly status: StatusOutput;
}

/** What a command of that name printed with --json. */
function json<K extends keyof Outputs>(_name: K, outcome: Outcome): Outputs[K] {
  return JSON.parse(outcome.stdout) as Outputs[K];
}

function as(made: TestRegistry, name: keyof typeof PEOPLE, at: number, ...words: readonly string[]): Promise<Outcome> {
  return made.mreg(words, { as: made.person(name), ...hours(at) });
}

describe('mreg freeze', () => {
  it('keeps a version out of prod until it ends, and status, check and promote say so', TIMEOUT, async () => {
    const made = await registry();
    const freezing = ['freeze', 'fraud', '--stage', 'prod', '--until', '12h', '-m', 'holidays', '--json'];
    const frozen = await as(made, 'olga', 0, ...freezing);
    expect(json('freeze', mustSucceed(frozen))).toMatchObject({
      ...{ action: 'freeze', number: 1, path: 'policies/freezes/1.yaml', stages: ['prod'], models: ['fraud'] },
      ...{ until: '2026-12-21T22:00:00Z', reason: 'holidays', pushed: false, dryRun: false, state: 'frozen' },
    });
    // Run again, as after a lost answer: it stands once.
    const again = json('freeze', mustSucceed(await as(made, 'olga', 0, ...freezing)));
    expect(again).toMatchObject({ number: 1, state: 'already', commit: null, dryRun: false });

    const asked = await as(made, 'dana', 1, 'promote', 'fraud@v2', '--to', 'prod', '--json');
    expect([asked.code, json('promote', asked).state]).toEqual([5, 'filed']);
    const checked = await as(made, 'dana', 1, 'check', 'fraud@v2', '--to', 'prod', '--json');
    expect(json('check', checked)).toMatchObject({ decision: 'pending' });
    expect(json('check', checked).gates.find(({ id }) => id === 'freeze')).toMatchObject({
      ...{ verdict: 'fail', waitsFor: 'time', policy: 'built-in', source: 'policies/freezes/1.yaml' },
      reason: 'prod is frozen by olga@example.org until 2026-12-21T22:00:00Z: holidays (policies/freezes/1.yaml)',
      hint: 'mreg unfreeze 1 -m <why>; where it cannot wait: mreg promote fraud@v2 --to prod --break-glass <why>',
    });
    expect((await as(made, 'dana', 1, 'explain', 'fraud@v2', '--to', 'prod')).stdout).toContain('frozen by olga');

    const freeze = { number: 1, path: 'policies/freezes/1.yaml', stages: ['prod'], models: ['fraud'] };
    const told = { ...freeze, until: '2026-12-21T22:00:00Z', reason: 'holidays', by: 'olga@example.org' };
    const status = await as(made, 'remy', 1, 'status', '--json');
    expect(json('status', status).freezes).toEqual([told]);
    expect((await as(made, 'remy', 1, 'status', 'fraud')).stdout).toContain(
      'frozen:\n  1  prod of fraud until 2026-12-21 22:00 UTC, by olga@example.org: holidays\n',
    );
    expect(json('list', await as(made, 'remy', 1, 'freeze', '--list', '--json')).freezes).toEqual([told]);

    // When it is over, nothing is left of it, and what was asked for lands.
    expect(json('status', await as(made, 'remy', 12, 'status', '--json'))).not.toHaveProperty('freezes');
    expect((await as(made, 'remy', 12, 'freeze', '--list')).stdout).toBe('Nothing is frozen.\n');
    expect((await as(made, 'dana', 12, 'promote', 'fraud@v2', '--to', 'prod')).code).toBe(0);
    mustSucceed(await as(made, 'remy', 13, 'verify'));
    mustSucceed(await as(made, 'remy', 13, 'audit', '--full'));
  });

  it('is lifted with a reason, by somebody who answers for what it froze', TIMEOUT, async () => {
    const made = await registry();
    mustSucceed(await as(made, 'oli', 0, 'freeze', '--stage', 'prod', '-m', 'audit', '--yes'));
    const refused = await as(made, 'remy', 1, 'unfreeze', '1', '-m', 'I am in a hurry');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('[not-authorised]')]);
    expect((await as(made, 'olga', 1, 'complete', 'freezes')).stdout).toBe('1\n');
    const lifted = await as(made, 'olga', 1, 'unfreeze', '1', '-m', 'done', '--json');
    expect(json('freeze', mustSucceed(lifted))).toMatchObject({
      ...{ action: 'unfreeze', number: 1, path: 'policies/freezes/2.yaml', stages: ['prod'], models: ['*'] },
      ...{ until: null, reason: 'done' },
    });
    const again = await as(made, 'olga', 1, 'unfreeze', '1', '-m', 'done');
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('no freeze 1 is in force')]);
    mustSucceed(await as(made, 'dana', 1, 'promote', 'fraud@v2', '--to', 'prod'));
    const log = await as(made, 'remy', 2, 'log');
    expect(log.stdout).toContain('Freeze prod of all models, by oli@example.org');
    expect(log.stdout).toContain('Lift freeze 1: prod of all models, by olga@example.org');
    const audit = await as(made, 'remy', 2, 'audit', '--full');
    expect(mustSucceed(audit).stdout).toMatch(/1 freeze, 1 end of a freeze/);
  });

  it('of all models is asked about, and needs --yes where nobody can answer', TIMEOUT, async () => {
    const made = await registry();
    const words = ['freeze', '--stage', 'prod', '-m', 'why'];
    const alone = await as(made, 'oli', 0, ...words);
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining('this freezes prod of all models')]);
    const call = { as: made.person('oli'), ...hours(0) };
    expect((await made.mreg(words, { ...call, answers: ['n'] })).code).toBe(1);
    expect((await made.mreg([...words, '--dry-run'], call)).stdout).toContain('dry run: nothing was changed');
    expect((await as(made, 'oli', 0, 'freeze', '--list')).stdout).toBe('Nothing is frozen.\n');
    expect((await made.mreg(words, { ...call, answers: ['y'] })).code).toBe(0);
  });

  it.each([
    ['no stage', ['fraud', '-m', 'why'], 2, 'needs a stage'],
    ['no reason', ['fraud', '--stage', 'prod'], 2, 'needs a reason'],
    ['a stage that there is not', ['fraud', '--stage', 'production', '-m', 'why'], 2, 'no stage is called production'],
    ['the first stage', ['fraud', '--stage', 'dev', '-m', 'why'], 2, 'dev is the first stage'],
    ['a model that there is not', ['fruad', '--stage', 'prod', '-m', 'why'], 2, 'did you mean fraud?'],
    ['no glob', ['Fr*', '--stage', 'prod', '-m', 'why'], 2, 'a glob over model names'],
    ['a time that is over', ['fraud', '--stage', 'prod', '--until', '2026-12-20', '-m', 'why'], 2, 'a time to come'],
  ])('refuses %s', TIMEOUT, async (_what, words, code, about) => {
    const made = await registry();
    const outcome = await as(made, 'oli', 0, 'freeze', ...words);
    expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringContaining(about)]);
  });
});

describe('mreg promote --break-glass', () => {
  it('opens a freeze and a closed window with two people’s word, and everybody can see it', TIMEOUT, async () => {
    const made = await registry();
    mustSucceed(await as(made, 'olga', 0, 'freeze', 'fraud', '--stage', 'prod', '-m', 'holidays'));
    // Tuesday, three in the morning; a request of dana's waits already.
    const night = 17;
    expect((await as(made, 'dana', night, 'promote', 'fraud@v2', '--to', 'prod')).code).toBe(5);
    const why = 'v1 scores every customer wrong';
    const asked = await as(made, 'oli', night, 'promote', 'fraud@v2', '--to', 'prod', '--break-glass', why, '--json');
    expect(json('promote', asked)).toMatchObject({ state: 'filed' });
    const gates = new Map(json('promote', asked).check.gates.map((gate) => [gate.id, gate]));
    expect(gates.get('freeze')).toMatchObject({ verdict: 'pass' });
    expect(gates.get('hours')).toMatchObject({ verdict: 'pass' });
    expect(gates.get('break-glass')).toMatchObject({ verdict: 'fail', observed: '0 of 2', waitsFor: 'approvals' });

    expect((await as(made, 'oli', night, 'approve', 'fraud', '--to', 'prod')).code).toBe(5);
    expect((await as(made, 'remy', night, 'approve', 'fraud', '--to', 'prod')).code).toBe(5);
    const waiting = await as(made, 'dana', night, 'status', '--json');
    expect(json('status', waiting).models[0]?.pending[0]).toMatchObject({ approvals: { have: 1, need: 2 } });
    const last = await as(made, 'otto', night, 'approve', 'fraud', '--to', 'prod');
    expect([last.code, last.stdout]).toEqual([0, expect.stringContaining('approved and promoted')]);

    expect(made.read('registry/fraud/stages/prod/promotion.yaml')).toContain(`reason: ${why}`);
    expect(made.git('log', '-1', '--format=%(trailers:key=Mreg-Break-Glass,valueonly)')).toContain(why);
    const [entry] = json('log', await as(made, 'remy', night, 'log', 'fraud', '--json')).entries;
    expect(entry).toMatchObject({ action: 'promote', breakGlass: why, requestedBy: 'oli@example.org' });
    const log = await as(made, 'remy', night, 'log', 'fraud');
    expect(log.stdout.replaceAll(/\s+/g, ' ')).toContain(`glass broken: ${why}`);
    expect((await as(made, 'remy', night, 'show', 'fraud@prod')).stdout).toContain(`broken: ${why}`);
    const explained = await as(made, 'remy', night, 'explain', 'fraud@v2', '--to', 'prod');
    expect(explained.stdout).toContain(`glass broken: ${why}`);
    const audit = mustSucceed(await as(made, 'remy', night + 1, 'audit', '--full'));
    expect(audit.stdout.replaceAll(/\s+/g, ' ')).toContain('glass broken for 1 promotion');
  });

  it('needs a reason', TIMEOUT, async () => {
    const made = await registry();
    const outcome = await as(made, 'oli', 0, 'promote', 'fraud@v2', '--to', 'prod', '--break-glass', ' ');
    expect([outcome.code, outcome.stderr]).toEqual([2, expect.stringContaining('a reason of 1 to 1000 characters')]);
  });
});
