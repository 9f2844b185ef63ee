import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksOf, evaluate } from '../../src/gates/engine.ts';
import { freezesOn } from '../../src/gates/freeze.ts';
import type { GateInput, StandingFreeze } from '../../src/gates/input.ts';
import { approval, gateInput, guarding, judged, resultOf, trust } from './facts.ts';

const FREEZE: StandingFreeze = {
  ...{ number: 3, path: 'policies/freezes/3.yaml', stages: ['prod'], models: ['*'] },
  ...{ until: undefined, reason: 'holidays', by: 'olga' },
};
const breakGlass = { reason: 'every score is wrong' };

async function decided(over: Partial<GateInput>) {
  const { decision, gates } = await evaluate(gateInput(over));
  return { decision, gates, ids: gates.map(({ id }) => id) };
}

describe('a freeze', () => {
  it.each([
    ['all models', {}, true],
    ['this model', { models: ['standard/fraud_detector'] }, true],
    ['its namespace', { models: ['risk/*', 'standard/*'] }, true],
    ['another namespace', { models: ['risk/*'] }, false],
    ['a model whose name begins alike', { models: ['standard/fraud'] }, false],
    ['another stage', { stages: ['staging'] }, false],
    ['this stage among others', { stages: ['staging', 'prod'] }, true],
    ['a time to come', { until: '2026-01-14T12:00:01Z' }, true],
    ['a time that is over', { until: '2026-01-14T12:00:00Z' }, false],
  ])('of %s counts: %j', async (_what, over, counts) => {
    const { decision, ids } = await decided({ freezes: [{ ...FREEZE, ...over }] });
    expect([decision, ids]).toEqual(counts ? ['pending', ['not-held', 'freeze']] : ['promote', ['not-held']]);
  });

  it('says who froze it until when and why, in which file, and how to lift it', async () => {
    const freezes = [FREEZE, { ...FREEZE, number: 5, path: 'policies/freezes/5.yaml', until: '2026-02-01T00:00:00Z' }];
    expect(resultOf((await decided({ freezes })).gates, 'freeze')).toEqual({
      ...{ id: 'freeze', type: 'freeze', verdict: 'fail', enforcement: 'refuse', policy: 'built-in', atTheDoor: true },
      ...{ observed: 'frozen', required: 'no freeze', waitsFor: 'time' },
      reason:
        'prod is frozen by olga until somebody lifts it: holidays (policies/freezes/3.yaml); frozen by olga until 2026-02-01T00:00:00Z: holidays (policies/freezes/5.yaml)',
      source: 'policies/freezes/3.yaml, policies/freezes/5.yaml',
      hint: 'mreg unfreeze 3 -m <why> and mreg unfreeze 5 -m <why>; where it cannot wait: mreg promote standard/fraud_detector@v7 --to prod --break-glass <why>',
    });
  });

  // Attack, or a mishap: a promotion records the ids of its gates, which must not change because somebody freezes a stage.
  it('leaves the ids and the records of a policy’s gates as they are', async () => {
    const policies = [
      guarding([
        { id: 'freeze', type: 'quarantine' },
        { id: 'break-glass', type: 'quarantine' },
      ]),
    ];
    const before = await evaluate(gateInput({ policies }));
    const after = await evaluate(gateInput({ policies, freezes: [FREEZE], breakGlass }));
    expect(checksOf(after)).toEqual(checksOf(before));
    expect(after.gates.map(({ id }) => id)).toEqual([
      ...['not-held', 'freeze', 'break-glass', 'built-in/freeze', 'built-in/break-glass'],
    ]);
  });

  it('is found by model, stage and moment', () => {
    const at = { model: 'fraud', stage: 'prod', now: new Date('2026-01-14T12:00:00Z') };
    const ended = { ...FREEZE, number: 4, until: '2026-01-14T11:00:00Z' };
    expect(freezesOn([FREEZE, ended], at)).toEqual([FREEZE]);
    expect(freezesOn([FREEZE, ended], { ...at, stage: 'staging' })).toEqual([]);
  });
});

describe('a broken glass', () => {
  const TWO = [approval('olga', 'owner'), approval('oli', 'oncall', 'promoter')];

  it.each([
    ['an owner and somebody on call', TWO, 'promote', '2 of 2'],
    ['three', [...TWO, approval('otto', 'oncall')], 'promote', '2 of 2'],
    [
      'the requester and another',
      [approval('ana@acme.example', 'owner'), approval('oli', 'oncall')],
      'promote',
      '2 of 2',
    ],
    ['nobody', [], 'pending', '0 of 2'],
    ['one', TWO.slice(1), 'pending', '1 of 2'],
    ['one and a reviewer', [...TWO.slice(1), approval('remy', 'reviewer')], 'pending', '1 of 2'],
    ['one twice', [...TWO.slice(1), ...TWO.slice(1)], 'pending', '1 of 2'],
    [
      'one and a bot of theirs',
      [...TWO.slice(1), { principal: 'oli-bot', person: 'oli', roles: ['owner'] }],
      'pending',
      '1 of 2',
    ],
  ] as const)('with the approvals of %s', async (_who, approvals, decision, observed) => {
    const found = await decided({ freezes: [FREEZE], breakGlass, approvals });
    expect(found.decision).toBe(decision);
    expect(resultOf(found.gates, 'break-glass')).toMatchObject({ observed, policy: 'built-in', enforcement: 'refuse' });
    expect(resultOf(found.gates, 'freeze')).toMatchObject({
      verdict: 'pass',
      reason: expect.stringMatching(/^the glass is broken \(every score is wrong\), though prod is frozen/) as string,
    });
  });

  it('tells whom it still needs', async () => {
    const { gates } = await decided({ breakGlass, approvals: TWO.slice(0, 1) });
    expect(resultOf(gates, 'break-glass')).toMatchObject({
      reason: 'the glass is broken (every score is wrong): approvals: 1 of 2; olga approved; missing 1 oncall or owner',
      hint: 'mreg approve standard/fraud_detector --to prod',
      waitsFor: 'approvals',
    });
  });

  it('opens a closed window, and none that nobody can evaluate', async () => {
    const closed = {
      id: 'w',
      type: 'window',
      timezone: 'UTC',
      allow: [{ days: ['mon'], from: '09:00', to: '17:00' }],
    } as const;
    const gate = { ...closed, allow: closed.allow.map((one) => ({ ...one, days: [...one.days] })) };
    expect((await judged(gate)).verdict).toBe('fail');
    const opened = await judged(gate, { breakGlass });
    expect(opened).toMatchObject({ verdict: 'pass', observed: 'wed 2026-01-14 12:00' });
    expect(opened.reason).toMatch(/^the glass is broken \(every score is wrong\), though wed/);
    expect(opened).not.toHaveProperty('waitsFor');
    expect((await judged({ ...gate, timezone: 'Nowhere/City' }, { breakGlass })).verdict).toBe('error');
  });

  it('opens nothing else: floors, soaks and approvals stay as they are', async () => {
    const policies = [
      guarding([
        { id: 'soak', type: 'soak', hours: 1000 },
        { id: 'review', type: 'approvals', total: 3 },
      ]),
    ];
    const floors = [{ to: 'prod', approvals: 3 }];
    const { gates } = await decided({ policies, trust: trust(floors), breakGlass, approvals: TWO });
    const failing = gates.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
    expect(failing).toEqual(['floor-approvals', 'soak', 'review']);
  });
});

describe('freezes and glass', () => {
  const FREEZES: fc.Arbitrary<StandingFreeze[]> = fc.array(
    fc.record({
      number: fc.nat(9),
      path: fc.constant('policies/freezes/1.yaml'),
      stages: fc.subarray(['staging', 'prod'], { minLength: 1 }),
      models: fc.subarray(['*', 'risk/*', 'standard/*'], { minLength: 1 }),
      until: fc.constantFrom(undefined, '2026-01-14T11:00:00Z', '2026-01-14T13:00:00Z'),
      reason: fc.constant('why'),
      by: fc.constant('olga'),
    }),
    { maxLength: 4 },
  );
  const INPUT = fc.record({
    hours: fc.constantFrom(1, 1000),
    held: fc.boolean(),
    glass: fc.boolean(),
    approvals: fc.subarray([approval('olga', 'owner'), approval('oli', 'oncall'), approval('remy', 'reviewer')]),
  });

  it('never turn a refusal into a pass: the one only stops, the other asks for more where nothing is closed', async () => {
    await fc.assert(
      fc.asyncProperty(INPUT, FREEZES, async ({ hours, held, glass, approvals }, freezes) => {
        const base = gateInput({ policies: [guarding([{ id: 'soak', type: 'soak', hours }])], approvals });
        const candidate = held
          ? { ...base.candidate, held: { reason: 'wrong', by: 'olga', path: 'holds/1.yaml' } }
          : base.candidate;
        const input = { ...base, candidate, ...(glass ? { breakGlass } : {}) };
        const before = await evaluate(input);
        const after = await evaluate({ ...input, freezes });
        if (before.decision !== 'promote') expect(after.decision).toBe(before.decision);
        const { breakGlass: _, ...whole } = { breakGlass: undefined, ...input };
        if ((await evaluate(whole)).decision !== 'promote') expect(before.decision).not.toBe('promote');
      }),
    );
  });
});
