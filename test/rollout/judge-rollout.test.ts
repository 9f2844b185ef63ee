import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Guard } from '../../src/documents/kinds/guard.ts';
import type { ReleasePlan } from '../../src/documents/kinds/promotion.ts';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import { decide } from '../../src/rollout/decide.ts';
import { judgeRollout, type ObservationRecord, type RolloutState } from '../../src/rollout/judge-rollout.ts';
import type { MetricObservation, MomentPoint, Observation, Series } from '../../src/rollout/observation.ts';
import {
  after,
  CANARY,
  countPoints,
  counts,
  latency,
  measured,
  metric,
  seen,
  SINCE,
  stateOf,
  termsOf,
  TICK_MS,
  ticks,
  TRIAL,
  values,
} from './rollouts.ts';

/** What one guard says of what was seen after so many minutes. */
function guardOn(guard: Guard, observed: MetricObservation | Observation, minutes = 20): ObservationRecord {
  const observation = 'metrics' in observed ? observed : seen(observed);
  const plan: ReleasePlan = { ...CANARY, guards: [guard] };
  const [first] = judgeRollout(termsOf(plan), stateOf(), observation, after(minutes)).observations;
  return first!;
}

const P95: Guard = { metric: 'latency_p95_ms', above: 80, for: '5m' };

describe('the plain rule of a limit', () => {
  const rows: readonly (readonly [title: string, observation: Observation, minutes: number, verdict: string])[] = [
    ['passes below the bound', latency(20, 62), 20, 'pass'],
    ['passes at the bound', latency(20, 80), 20, 'pass'],
    ['fails when every reading of the time is above', latency(20, (tick) => (tick < 30 ? 62 : 97)), 20, 'fail'],
    ['passes when one of them is not', latency(20, (tick) => (tick === 35 ? 79 : 97)), 20, 'pass'],
    ['cannot tell before it has lasted', latency(4, 97), 4, 'inconclusive'],
    ['fails as soon as it has lasted', latency(5, 97), 5, 'fail'],
    ['cannot tell from nothing', latency(0, 62), 20, 'inconclusive'],
    ['cannot tell when readings are stale', latency(10, 62), 20, 'inconclusive'],
    ['cannot tell when stale readings were bad', latency(17, 97), 20, 'inconclusive'],
    ['forgives a missed look', latency(19, 97), 20, 'fail'],
    ['takes no number that is none for one', latency(20, () => NaN), 20, 'inconclusive'],
  ];

  it.each(rows)('%s', (_title, observation, minutes, verdict) => {
    expect(guardOn(P95, observation, minutes).verdict).toBe(verdict);
  });

  it('cannot tell across a gap', () => {
    const points = ticks(20, (at) => ({ at, value: 97 })).filter((_, index) => index < 31 || index > 36);
    const broken = metric('latency_p95_ms', measured({ kind: 'value', points }));
    expect(guardOn(P95, broken).verdict).toBe('inconclusive');
  });

  it('reads the newest value alone where no time is given', () => {
    const guard: Guard = { metric: 'latency_p95_ms', above: 80 };
    expect(
      guardOn(
        guard,
        latency(20, (tick) => (tick === 39 ? 97 : 62)),
      ).verdict,
    ).toBe('fail');
    expect(
      guardOn(
        guard,
        latency(20, (tick) => (tick === 39 ? 62 : 97)),
      ).verdict,
    ).toBe('pass');
    expect(guardOn(guard, latency(18, 97)).verdict).toBe('inconclusive');
  });

  it('holds lower limits too', () => {
    const guard: Guard = { metric: 'ctr', below: 0.04, for: '5m' };
    expect(guardOn(guard, metric('ctr', measured(values(20, () => 0.03)))).verdict).toBe('fail');
    expect(guardOn(guard, metric('ctr', measured(values(20, () => 0.04)))).verdict).toBe('pass');
  });

  it('is never healthy while there is trouble, but harm stays harm', () => {
    const trouble = { trouble: 'partial: 2 of 3 pods' };
    const well = guardOn(
      P95,
      metric(
        'latency_p95_ms',
        measured(
          values(20, () => 62),
          trouble,
        ),
      ),
    );
    expect(well).toMatchObject({ verdict: 'inconclusive', reason: 'partial: 2 of 3 pods', plain: 'pass' });
    expect(
      guardOn(
        P95,
        metric(
          'latency_p95_ms',
          measured(
            values(20, () => 97),
            trouble,
          ),
        ),
      ).verdict,
    ).toBe('fail');
  });

  it('says so where nothing observes the metric', () => {
    expect(guardOn(P95, seen())).toMatchObject({ verdict: 'inconclusive', reason: 'nothing observes it' });
  });

  it('refuses a share above 1, which would never fail', () => {
    const guard: Guard = { metric: 'error_rate', above: 5, for: '5m' };
    const well = metric('error_rate', measured(counts(20, 100, () => 0)));
    expect(guardOn(guard, well)).toMatchObject({ verdict: 'inconclusive', plain: 'pass' });
  });
});

/** A p95 whose plain value is well, with `hits` of 150 events above 80 at each tick. */
function exceeding(hits: number): MetricObservation {
  const above = new Map([[80, countPoints(10, 150, () => hits)]]);
  return metric(
    'latency_p95_ms',
    measured(
      values(10, () => 70),
      { above },
    ),
    { quantile: 0.95 },
  );
}

describe('the test beside a limit', () => {
  it('finds a quantile above its limit by counting', () => {
    const found = guardOn(P95, exceeding(12), 10);
    expect(found).toMatchObject({ verdict: 'fail', plain: 'pass', statistical: 'fail', n: 3000 });
    expect(found.statistic).toMatchObject({ name: 'e-process', bound: 100 });
  });

  it('lets a quantile at its limit be', () => {
    expect(guardOn(P95, exceeding(7), 10)).toMatchObject({ verdict: 'pass', statistical: 'pass' });
  });

  it('takes the alpha of the guard', () => {
    expect(guardOn({ ...P95, alpha: 0.001 }, exceeding(12), 10).statistic?.bound).toBe(1000);
  });

  it('finds a rate above its limit that no reading shows for long', () => {
    const guard: Guard = { metric: 'error_rate', above: 0.01, for: '5m' };
    const errors = metric('error_rate', measured(counts(20, 100, (tick) => (tick % 2 === 0 ? 4 : 0))));
    expect(guardOn(guard, errors)).toMatchObject({ verdict: 'fail', plain: 'pass', statistical: 'fail', n: 4000 });
  });

  it('finds a rate below its limit', () => {
    const guard: Guard = { metric: 'ctr', below: 0.05, for: '5m' };
    const few = metric('ctr', measured(counts(20, 300, (tick) => (tick % 2 === 0 ? 15 : 3))));
    expect(guardOn(guard, few)).toMatchObject({ verdict: 'fail', plain: 'pass' });
  });

  it('finds a mean beyond its limit', () => {
    const guard: Guard = { metric: 'basket', below: 20, for: '5m' };
    const points = ticks(20, (at, tick) => moments(at, tick % 2 === 0 ? 15 : 21));
    const found = guardOn(guard, metric('basket', measured({ kind: 'moments', points })));
    expect(found).toMatchObject({ verdict: 'fail', plain: 'pass', statistical: 'fail' });
    expect(found.statistic?.name).toBe('confidence-sequence');
  });
});

/** 50 values around `mean`, with a standard deviation of 4. */
function moments(at: number, mean: number): MomentPoint {
  return { at, n: 50, sum: 50 * mean, squares: 50 * (mean * mean + 16) };
}

function pair(name: string, challenger: Series, champion: Series): MetricObservation {
  return metric(name, measured(challenger), { champion: measured(champion) });
}

const CTR: Guard = { metric: 'ctr', worseByPercent: 1, for: '10m' };

describe('a guard against the champion', () => {
  it('fails when the test tells that a rate is worse', () => {
    const found = guardOn(
      CTR,
      pair(
        'ctr',
        counts(20, 1000, () => 35),
        counts(20, 9000, () => 450),
      ),
    );
    expect(found).toMatchObject({ verdict: 'fail', plain: 'fail', statistical: 'fail', value: 0.035, champion: 0.05 });
    expect(found).toMatchObject({ n: 40_000, championN: 360_000 });
    expect(found.reason).toMatch(
      /^0\.035 against 0\.05; worse than the champion by 1 % for 10m by the plain rule and by the e-process/,
    );
  });

  it('does not roll back for a difference that may be chance, nor lets it pass', () => {
    const found = guardOn(
      CTR,
      pair(
        'ctr',
        counts(20, 20, (tick) => (tick % 10 === 0 ? 0 : 1)),
        counts(20, 180, () => 9),
      ),
    );
    expect(found).toMatchObject({ verdict: 'inconclusive', plain: 'fail', statistical: 'pass' });
  });

  it('lets real harm be that the guard tolerates', () => {
    const guard: Guard = { metric: 'ctr', worseByPercent: 40, for: '10m' };
    const found = guardOn(
      guard,
      pair(
        'ctr',
        counts(20, 1000, () => 35),
        counts(20, 9000, () => 450),
      ),
    );
    expect(found).toMatchObject({ verdict: 'pass', statistical: 'pass' });
  });

  it('never fails for a gain', () => {
    const found = guardOn(
      CTR,
      pair(
        'ctr',
        counts(20, 1000, () => 70),
        counts(20, 9000, () => 450),
      ),
    );
    expect(found).toMatchObject({ verdict: 'pass', plain: 'pass', statistical: 'pass' });
  });

  it('goes the other way for what is better low', () => {
    const guard: Guard = { metric: 'error_rate', worseBy: 0.005, for: '10m' };
    const more = pair(
      'error_rate',
      counts(20, 1000, () => 20),
      counts(20, 9000, () => 90),
    );
    expect(guardOn(guard, more).verdict).toBe('fail');
    const fewer = pair(
      'error_rate',
      counts(20, 1000, () => 2),
      counts(20, 9000, () => 90),
    );
    expect(guardOn(guard, fewer).verdict).toBe('pass');
  });

  it('compares values one by one, as decimals', () => {
    const guard: Guard = { metric: 'ctr', worseBy: 0.01, for: '5m' };
    const by = (challenger: number) =>
      guardOn(
        guard,
        pair(
          'ctr',
          values(20, () => challenger),
          values(20, () => 0.05),
        ),
      );
    expect(by(0.0399)).toMatchObject({ verdict: 'fail', plain: 'fail' });
    expect(by(0.0399).statistical).toBeUndefined();
    // As floats 0.05 - 0.04 is more than 0.01.
    expect(by(0.04).verdict).toBe('pass');
  });

  it('tests means by a confidence sequence', () => {
    const guard: Guard = { metric: 'basket', worseByPercent: 2, for: '10m' };
    const series = (mean: number): Series => ({ kind: 'moments', points: ticks(20, (at) => moments(at, mean)) });
    const worse = guardOn(guard, pair('basket', series(19), series(20)));
    expect(worse).toMatchObject({ verdict: 'fail', statistical: 'fail' });
    expect(worse.statistic?.name).toBe('confidence-sequence');
    expect(guardOn(guard, pair('basket', series(20), series(20))).verdict).toBe('pass');
  });

  it('cannot tell without the champion, or which way is better', () => {
    const alone = metric('ctr', measured(counts(20, 1000, () => 35)));
    expect(guardOn(CTR, alone)).toMatchObject({ verdict: 'inconclusive', reason: 'the champion was not measured' });
    const unknown = pair(
      'lift',
      counts(20, 10, () => 1),
      counts(20, 10, () => 1),
    );
    expect(guardOn({ ...CTR, metric: 'lift' }, unknown).reason).toMatch(/no metric catalogue/);
  });

  it('is left out when the newcomer has all the traffic', () => {
    const plan: ReleasePlan = { ...CANARY, guards: [CTR, P95] };
    const state = stateOf({ phase: 'complete', step: 3, weight: 100 });
    const { observations } = judgeRollout(termsOf(plan), state, latency(20, 62), after(20));
    expect(observations.map((one) => one.metric)).toEqual(['latency_p95_ms']);
  });
});

describe('a rollout', () => {
  it('judges the triggers of policies like guards, each once', () => {
    const terms = termsOf(CANARY, { triggers: [P95, { metric: 'latency_p95_ms', above: 90, for: '5m' }] });
    const { decision, observations } = judgeRollout(terms, stateOf(), latency(20, 97), after(20));
    expect(decision.action).toBe('roll-back');
    expect(observations.map(({ rule, threshold }) => [rule, threshold])).toEqual([
      ['guard', 'above 80 for 5m'],
      ['trigger', 'above 90 for 5m'],
    ]);
  });

  it.each([
    [100, 900, 'pass'],
    [110, 890, 'pass'],
    [20, 980, 'inconclusive'],
    [0, 0, 'inconclusive'],
  ])('with %i of its requests against %i has a split that is judged %s', (challenger, champion, verdict) => {
    const traffic = { query: 'requests', challenger, champion, trouble: undefined };
    const { observations } = judgeRollout(termsOf(CANARY), stateOf(), { ...latency(20, 62), traffic }, after(20));
    expect(observations.find(({ rule }) => rule === 'sample-ratio')?.verdict).toBe(verdict);
  });

  it('judges no split where traffic is only mirrored, or all of one version', () => {
    const traffic = { query: 'requests', challenger: 0, champion: 900, trouble: undefined };
    for (const weight of [0, 100]) {
      const state = stateOf({ weight });
      const { observations } = judgeRollout(termsOf(CANARY), state, { ...latency(20, 62), traffic }, after(20));
      expect(observations.map(({ rule }) => rule)).toEqual(['guard']);
    }
  });
});

const STATE = stateOf({ steps: 1 });

/** A trial of 24 hours with points every minute. */
function trial(plan: ReleasePlan, hits: { challenger: number; champion: number }, minutes: number) {
  const point = (n: number, each: number): Series => ({
    kind: 'counts',
    points: Array.from({ length: minutes }, (_, index) => ({
      at: SINCE.getTime() + (index + 1) * 60_000,
      n,
      hits: each,
    })),
  });
  const observation = seen(pair('ctr', point(100, hits.challenger), point(900, hits.champion)));
  return judgeRollout(termsOf(plan), STATE, observation, after(minutes));
}

describe('a trial', () => {
  const DAY = 24 * 60;

  it('is won by a gain as large as asked that is no chance', () => {
    const { decision, observations } = trial(TRIAL, { challenger: 7, champion: 45 }, DAY);
    expect(decision.action).toBe('complete');
    expect(observations).toMatchObject([{ verdict: 'pass', plain: 'pass', statistical: 'pass', n: 144_000 }]);
    expect(observations[0]?.statistic).toMatchObject({ name: 'fixed-test', bound: 1.95996398454 });
  });

  it('is lost by a gain that is no chance but smaller than asked', () => {
    const { decision, observations } = trial(TRIAL, { challenger: 6, champion: 45 }, DAY);
    expect(decision).toMatchObject({ action: 'roll-back', dismissed: true });
    expect(observations).toMatchObject([{ verdict: 'fail', plain: 'fail', statistical: 'pass' }]);
  });

  it('is not looked at before the registered look', () => {
    const { decision, observations } = trial(TRIAL, { challenger: 50, champion: 45 }, DAY - 1);
    expect(decision.action).toBe('hold');
    expect(observations[0]?.statistic).toBeUndefined();
  });

  it('is looked at as often as registered, and says the same between looks', () => {
    const plan: ReleasePlan = { ...TRIAL, success: [{ metric: 'ctr', minDelta: 0.015, looks: 4 }] };
    expect(trial(plan, { challenger: 7, champion: 45 }, 359).decision.action).toBe('hold');
    const first = trial(plan, { challenger: 7, champion: 45 }, 360);
    expect(first.decision.reason).toMatch(/look 1 of 4\); the split is to be held/);
    expect(first.observations[0]?.statistic).toMatchObject({ name: 'group-sequential-test' });
    expect(first.observations[0]?.statistic?.bound).toBeCloseTo(4.3326, 3);
    expect(trial(plan, { challenger: 7, champion: 45 }, 500).observations).toEqual(first.observations);
  });

  it('stays won where the score falls back, as long as the gain is as large as was asked', () => {
    const plan: ReleasePlan = { ...TRIAL, success: [{ metric: 'ctr', minDelta: 0.015, looks: 2 }] };
    const fading = (hits: (tick: number) => number) => {
      const ours = counts(DAY, 100, hits);
      const theirs = counts(DAY, 900, () => 45);
      return judgeRollout(termsOf(plan), STATE, seen(pair('ctr', ours, theirs)), after(DAY));
    };
    const half = (DAY * 60) / 30 / 2;
    const kept = fading((tick) => (tick < half ? 9 : 6));
    expect(kept.decision.action).toBe('complete');
    expect(kept.observations[0]).toMatchObject({ plain: 'pass', statistical: 'pass' });
    expect(kept.observations[0]?.reason).toMatch(/look 1 of 2/);
    const gone = fading((tick) => (tick < half ? 9 : 1));
    expect(gone.observations[0]).toMatchObject({ plain: 'fail', statistical: 'pass', verdict: 'fail' });
    expect(gone.decision).toMatchObject({ action: 'roll-back', dismissed: true });
  });

  it('shows that a version is no worse than it may be', () => {
    const plan: ReleasePlan = { ...TRIAL, success: [{ metric: 'ctr', minDeltaPercent: -5 }] };
    expect(trial(plan, { challenger: 5, champion: 45 }, DAY).decision.action).toBe('complete');
    expect(trial(plan, { challenger: 4, champion: 45 }, DAY).decision).toMatchObject({ dismissed: true });
  });

  it('compares values without counts by batches', () => {
    const plan: ReleasePlan = { ...TRIAL, success: [{ metric: 'latency_p95_ms', minDeltaPercent: -5 }] };
    const wavy = (base: number) => values(24 * 60, (tick) => base + Math.sin(tick) * 3 + Math.cos(tick / 7));
    const by = (base: number) =>
      judgeRollout(
        termsOf(plan),
        STATE,
        seen(
          pair(
            'latency_p95_ms',
            wavy(base),
            values(24 * 60, () => 60),
          ),
        ),
        after(DAY),
      );
    expect(by(60).decision.action).toBe('complete');
    expect(by(66).decision).toMatchObject({ action: 'roll-back', dismissed: true });
  });

  it('waits for what could not be measured', () => {
    const nothing = judgeRollout(termsOf(TRIAL), STATE, seen(), after(DAY));
    expect(nothing.decision.action).toBe('inconclusive');
  });
});

const anySeries = fc.oneof(
  fc.constant(undefined),
  fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { maxLength: 40 }).map((list): Series => {
    return {
      kind: 'value',
      points: list.map((value, index) => ({ at: SINCE.getTime() + (index + 1) * TICK_MS, value })),
    };
  }),
  fc.array(fc.tuple(fc.nat(500), fc.nat(500)), { maxLength: 40 }).map((list): Series => {
    const points = list.map(([a, b], index) => {
      return { at: SINCE.getTime() + (index + 1) * TICK_MS, n: Math.max(a, b), hits: Math.min(a, b) };
    });
    return { kind: 'counts', points };
  }),
);
const anyMeasured = fc.record({
  series: anySeries,
  above: fc.constant(new Map()),
  trouble: fc.constantFrom(undefined, 'partial', 'bad \u202e\u0000\ud800 answer'),
});
const anyCase = fc.record({
  plan: fc.constantFrom<ReleasePlan>({ ...CANARY, guards: [P95, CTR] }, TRIAL, { strategy: 'immediate' }),
  phase: fc.constantFrom<RolloutState['phase']>('progressing', 'paused', 'complete'),
  minutes: fc.nat(1500),
  metrics: fc.array(
    fc.record({
      metric: fc.constantFrom('latency_p95_ms', 'ctr'),
      query: fc.string({ unit: 'binary', maxLength: 50 }),
      challenger: anyMeasured,
      champion: fc.option(anyMeasured, { nil: undefined }),
      quantile: fc.constant(undefined),
    }),
    { maxLength: 3 },
  ),
});

describe('whatever is observed', () => {
  it('the recorded observations give the decision again, and a document can hold them', () => {
    fc.assert(
      fc.property(anyCase, ({ plan, phase, minutes, metrics }) => {
        const state = stateOf({ phase });
        const terms = termsOf(plan, { triggers: [P95] });
        const { decision, observations } = judgeRollout(terms, state, { metrics, traffic: undefined }, after(minutes));
        expect(() => writeYaml({ reason: decision.reason, observations })).not.toThrow();
        const read = JSON.parse(JSON.stringify(observations)) as ObservationRecord[];
        expect(decide(terms, state, read, after(minutes))).toEqual(decision);
      }),
      { numRuns: 150 },
    );
  });

  it('a hundred rules with long queries fit into a document, the failed one first', () => {
    const guards = Array.from({ length: 50 }, (_, index): Guard => ({
      metric: 'latency_p95_ms',
      above: 200 + index,
      for: '5m',
    }));
    const terms = termsOf({ ...CANARY, guards }, { triggers: [P95] });
    const slow = metric('latency_p95_ms', measured(values(20, () => 97)), { query: 'q'.repeat(3000) });
    const { decision, observations } = judgeRollout(terms, stateOf(), seen(slow), after(20));
    expect(decision.action).toBe('roll-back');
    expect(observations[0]?.verdict).toBe('fail');
    expect(() => writeYaml({ observations })).not.toThrow();
  });
});
