import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReleasePlan } from '../../src/documents/kinds/promotion.ts';
import { decide } from '../../src/rollout/decide.ts';
import { heldBack, isStillJudged, type ObservationRecord, type RolloutState } from '../../src/rollout/judge-rollout.ts';
import { after, CANARY, stateOf, termsOf, TRIAL } from './rollouts.ts';

const PASS: ObservationRecord = { metric: 'latency_p95_ms', rule: 'guard', verdict: 'pass', value: 62 };
const FAIL: ObservationRecord = { ...PASS, verdict: 'fail', reason: '97; above 80 for 5m by the plain rule' };
const UNCLEAR: ObservationRecord = { ...PASS, verdict: 'inconclusive', reason: 'readings are missing' };
const GONE: ObservationRecord = { metric: 'latency_p95_ms', rule: 'guard', verdict: 'inconclusive', reason: 'empty' };
const SPLIT: ObservationRecord = { metric: 'traffic', rule: 'sample-ratio', verdict: 'pass', value: 10 };
const OFF: ObservationRecord = { ...SPLIT, verdict: 'inconclusive', reason: 'the newcomer answers 2 %' };
const WON: ObservationRecord = { metric: 'ctr', rule: 'success', verdict: 'pass', value: 0.07 };
const LOST: ObservationRecord = { ...WON, verdict: 'fail', value: 0.051 };
const UNTOLD: ObservationRecord = { metric: 'ctr', rule: 'success', verdict: 'inconclusive', reason: 'empty' };

interface Given {
  readonly plan?: ReleasePlan;
  readonly state?: Partial<RolloutState>;
  readonly minutes: number;
  readonly readings: readonly ObservationRecord[];
}

const TESTED = { plan: TRIAL, state: { steps: 1 } };
const DAY = 24 * 60;

const ROWS: readonly (readonly [title: string, given: Given, action: string])[] = [
  ['holds while the hold lasts', { minutes: 29, readings: [PASS] }, 'hold'],
  ['advances when it is over', { minutes: 30, readings: [PASS, SPLIT] }, 'advance'],
  [
    'completes where the next step takes all traffic',
    { state: { step: 2 }, minutes: 120, readings: [PASS] },
    'complete',
  ],
  ['rolls back on harm', { minutes: 1, readings: [PASS, FAIL] }, 'roll-back'],
  ['rolls back on harm while the split is off', { minutes: 1, readings: [OFF, FAIL] }, 'roll-back'],
  ['rolls back on a trigger', { minutes: 1, readings: [{ ...FAIL, rule: 'trigger' }] }, 'roll-back'],
  ['tells that it cannot tell', { minutes: 10, readings: [UNCLEAR] }, 'inconclusive'],
  ['does not judge before the split is as declared', { minutes: 30, readings: [PASS, OFF] }, 'inconclusive'],
  ['waits a while after the hold for what is unclear', { minutes: 44, readings: [UNCLEAR] }, 'inconclusive'],
  ['pauses when it stays unclear', { minutes: 45, readings: [UNCLEAR] }, 'pause'],
  ['pauses when the split stays off', { minutes: 45, readings: [PASS, OFF] }, 'pause'],
  ['does not pause for one query that fails as the hold ends', { minutes: 30, readings: [GONE] }, 'inconclusive'],
  ['pauses when there was no data in the whole hold', { minutes: 31.5, readings: [GONE] }, 'pause'],
  ['never advances where no guard watches', { minutes: 30, readings: [] }, 'inconclusive'],
  ['pauses where no guard watches', { minutes: 45, readings: [] }, 'pause'],
  ['stays paused', { state: { phase: 'paused' }, minutes: 999, readings: [PASS] }, 'hold'],
  ['rolls back from a pause', { state: { phase: 'paused' }, minutes: 999, readings: [FAIL] }, 'roll-back'],
  [
    'rolls back after completion',
    { state: { phase: 'complete', step: 3 }, minutes: 60, readings: [FAIL] },
    'roll-back',
  ],
  [
    'watches a day after completion and no longer',
    { state: { phase: 'complete', step: 3 }, minutes: DAY, readings: [FAIL] },
    'hold',
  ],
  [
    'watches as long as the plan says',
    { plan: { ...CANARY, watchFor: '48h' }, state: { phase: 'complete', step: 3 }, minutes: DAY, readings: [FAIL] },
    'roll-back',
  ],
  ['completes a trial that is won', { ...TESTED, minutes: DAY, readings: [PASS, WON] }, 'complete'],
  ['holds a trial that was won at an early look to its end', { ...TESTED, minutes: 360, readings: [WON] }, 'hold'],
  ['goes on with a trial that is not won yet', { ...TESTED, minutes: 360, readings: [LOST] }, 'hold'],
  ['asks for every test', { ...TESTED, minutes: 360, readings: [WON, { ...UNTOLD, metric: 'basket' }] }, 'hold'],
  ['dismisses at the last look', { ...TESTED, minutes: DAY, readings: [PASS, WON, LOST] }, 'roll-back'],
  ['does not dismiss what was not measured', { ...TESTED, minutes: DAY, readings: [PASS, UNTOLD] }, 'inconclusive'],
  ['pauses what was not measured', { ...TESTED, minutes: DAY + 15, readings: [PASS, UNTOLD] }, 'pause'],
  [
    'does not complete a trial with a guard unclear',
    { ...TESTED, minutes: 360, readings: [UNCLEAR, WON] },
    'inconclusive',
  ],
  ['rolls a trial back on harm', { ...TESTED, minutes: 1, readings: [FAIL, WON] }, 'roll-back'],
  [
    'does not complete a trial without a test',
    { plan: { ...TRIAL, success: [] }, state: { steps: 1 }, minutes: DAY, readings: [PASS] },
    'inconclusive',
  ],
  [
    'advances a trial that comes after a smaller split by its guards',
    {
      plan: {
        ...TRIAL,
        steps: [
          { weight: 1, hold: '10m' },
          { weight: 10, hold: '24h' },
        ],
      },
      state: { steps: 2 },
      minutes: 10,
      readings: [PASS],
    },
    'advance',
  ],
];

function decided({ plan = CANARY, state, minutes, readings }: Given) {
  return decide(termsOf(plan), stateOf(state), readings, after(minutes));
}

describe('a decision', () => {
  it.each(ROWS)('%s', (_title, given, action) => {
    expect(decided(given).action).toBe(action);
  });

  it('says that a dismissed challenger did no harm', () => {
    expect(decided({ ...TESTED, minutes: DAY, readings: [LOST] }).dismissed).toBe(true);
    expect(decided({ ...TESTED, minutes: DAY, readings: [FAIL, LOST] }).dismissed).toBeUndefined();
  });

  it('says when the next thing is due', () => {
    expect(decided({ minutes: 3, readings: [PASS] }).next).toEqual(after(30));
    const looks = { ...TRIAL, success: [{ metric: 'ctr', minDelta: 0.015, looks: 4 }] };
    expect(decided({ ...TESTED, plan: looks, minutes: 400, readings: [LOST] }).next).toEqual(after(720));
  });

  it('waits as long as the longest rule needs to be read at all', () => {
    const plan: ReleasePlan = { ...CANARY, guards: [{ metric: 'latency_p95_ms', above: 80, for: '1h' }] };
    expect(decided({ plan, minutes: 89, readings: [UNCLEAR] }).action).toBe('inconclusive');
    expect(decided({ plan, minutes: 90, readings: [UNCLEAR] }).action).toBe('pause');
  });

  it('tells at most three rules', () => {
    const readings = Array.from({ length: 5 }, () => FAIL);
    expect(decided({ minutes: 1, readings }).reason).toMatch(/; and 2 more$/);
  });
});

describe('a rollout that is complete', () => {
  const COMPLETE = stateOf({ phase: 'complete', step: 3 });

  it('is judged on by the limits of its plan or of a policy, for as long as the plan says', () => {
    expect(isStillJudged(termsOf(CANARY), COMPLETE, after(DAY - 1))).toBe(true);
    expect(isStillJudged(termsOf(CANARY), COMPLETE, after(DAY))).toBe(false);
    expect(isStillJudged(termsOf({ ...CANARY, watchFor: '48h' }), COMPLETE, after(DAY))).toBe(true);
    const triggers = [{ metric: 'latency_p95_ms', above: 120 }];
    expect(isStillJudged(termsOf({ strategy: 'immediate' }, { triggers }), COMPLETE, after(5))).toBe(true);
  });

  it('is not where nothing but a comparison with the champion is left, who serves nobody', () => {
    const guards = [{ metric: 'ctr', worseByPercent: 1 }];
    expect(isStillJudged(termsOf({ ...CANARY, guards }), COMPLETE, after(5))).toBe(false);
  });
});

const reading = fc.record(
  {
    metric: fc.constantFrom('ctr', 'latency_p95_ms'),
    rule: fc.constantFrom('guard', 'trigger', 'success', 'sample-ratio'),
    verdict: fc.constantFrom('pass', 'fail', 'inconclusive'),
    value: fc.double({ noNaN: true, noDefaultInfinity: true }),
  },
  { requiredKeys: ['metric', 'rule', 'verdict'] },
) as fc.Arbitrary<ObservationRecord>;

const given = fc.record({
  plan: fc.constantFrom<ReleasePlan>(CANARY, TRIAL, { strategy: 'immediate' }, { ...CANARY, strategy: 'shadow' }),
  phase: fc.constantFrom('progressing', 'paused', 'complete'),
  step: fc.integer({ min: 1, max: 3 }),
  minutes: fc.integer({ min: 0, max: 3000 }),
  readings: fc.array(reading, { maxLength: 6 }),
});

const RISING = ['advance', 'complete'];

describe('whatever was read', () => {
  it('the weight never rises after a failed or an unclear guard', () => {
    fc.assert(
      fc.property(given, ({ plan, phase, step, minutes, readings }) => {
        const { action } = decide(termsOf(plan), stateOf({ phase, step }), readings, after(minutes));
        const bad = readings.some(({ rule, verdict }) => rule !== 'success' && verdict !== 'pass');
        expect(bad && RISING.includes(action)).toBe(false);
      }),
    );
  });

  it('no data never advances', () => {
    fc.assert(
      fc.property(given, ({ plan, phase, step, minutes, readings }) => {
        const gone = readings.map(({ metric, rule }): ObservationRecord => ({ metric, rule, verdict: 'inconclusive' }));
        const { action } = decide(termsOf(plan), stateOf({ phase, step }), gone, after(minutes));
        expect(RISING).not.toContain(action);
      }),
    );
  });

  it('a rollout that started can be rolled back from wherever it is', () => {
    fc.assert(
      fc.property(given, ({ plan, phase, step, minutes, readings }) => {
        const now = phase === 'complete' ? after(minutes % (24 * 60)) : after(minutes);
        const decision = decide(termsOf(plan), stateOf({ phase, step }), [...readings, FAIL], now);
        expect(decision.action).toBe('roll-back');
      }),
    );
  });

  it('a bar keeps the weight where it is, and nothing else', () => {
    fc.assert(
      fc.property(given, ({ plan, phase, step, minutes, readings }) => {
        const decision = decide(termsOf(plan), stateOf({ phase, step }), readings, after(minutes));
        const barred = heldBack({ decision, observations: readings }, 'prod is frozen by olga');
        if (RISING.includes(decision.action)) {
          expect(barred).toMatchObject({ isHeldBack: true, decision: { action: 'hold' } });
          expect(barred.decision.reason).toMatch(/^prod is frozen by olga/);
        } else expect(barred.decision).toEqual(decision);
      }),
    );
  });

  it('only time and a person move what is paused or complete', () => {
    fc.assert(
      fc.property(given, fc.constantFrom('paused', 'complete'), ({ plan, step, minutes, readings }, phase) => {
        const { action } = decide(termsOf(plan), stateOf({ phase, step }), readings, after(minutes));
        expect(['hold', 'roll-back']).toContain(action);
      }),
    );
  });
});
