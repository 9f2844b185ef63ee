import { describe, expect, it } from 'vitest';
import { simulateRollouts } from '../../bench/rollouts.ts';
import type { ReleasePlan } from '../../src/documents/kinds/promotion.ts';
import { exceedanceEvidence } from '../../src/rollout/exceedance.ts';
import { winningChance, winningScores } from '../../src/rollout/group-sequential.ts';
import { lowerLimit } from '../../src/rollout/mean-sequence.ts';
import { planSize, type ExpectedTraffic } from '../../src/rollout/plan-size.ts';
import { sampleRatioEvidence } from '../../src/rollout/sample-ratio.ts';
import { ratesEvidence, ratesPath, type CountPair } from '../../src/rollout/two-rates.ts';
import { CANARY, termsOf, TRIAL } from './rollouts.ts';

const equalLooks = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ time: (index + 1) / count, information: index + 1 }));

describe('the scores to win at', () => {
  // From the R package ldbounds 2.0, `ldBounds(t, iuse = 1, alpha = 0.025)`, as tabulated by Reboussin and others (2000).
  it.each([
    [1, [1.96]],
    [2, [2.963, 1.969]],
    [4, [4.333, 2.963, 2.359, 2.014]],
    [5, [4.877, 3.357, 2.68, 2.29, 2.031]],
  ])('of %i looks are those of Lan and DeMets', (looks, expected) => {
    expect(winningScores(equalLooks(looks), 0.025).map((score) => Math.round(score * 1000) / 1000)).toEqual(expected);
  });

  it('are won by chance as often as was to be spent', () => {
    for (const looks of [1, 3, 20]) {
      const planned = equalLooks(looks);
      expect(winningChance(planned, winningScores(planned, 0.025), 0)).toBeCloseTo(0.025, 6);
    }
  });
});

describe('the e-process of a limit', () => {
  it('is one for nothing, and grows with what is above', () => {
    expect(exceedanceEvidence([], 0.05)).toBe(0);
    const at = (hits: number) => exceedanceEvidence([{ at: 1, n: 1000, hits }], 0.05);
    expect(at(50)).toBe(0);
    expect(at(70)).toBeLessThan(at(80));
    expect(at(100)).toBeGreaterThan(Math.log(100));
  });

  it('is the mixture that it says it is', () => {
    // The integral of the likelihood ratio over the prior's rates above the limit, by the midpoint rule.
    const [hits, n, limit] = [9, 60, 0.05];
    let [mixture, prior] = [0, 0];
    for (let step = 0; step < 200_000; step++) {
      const rate = limit + ((1 - limit) * (step + 0.5)) / 200_000;
      const density = rate ** (100 * limit - 1) * (1 - rate) ** (100 * (1 - limit) - 1);
      prior += density;
      mixture += (density * rate ** hits * (1 - rate) ** (n - hits)) / (limit ** hits * (1 - limit) ** (n - hits));
    }
    expect(exceedanceEvidence([{ at: 1, n, hits }], limit)).toBeCloseTo(Math.log(mixture / prior), 5);
  });

  it.each([
    [0.05, 0.01],
    [0.05, 0.1],
    [0.5, 0.01],
    [0.01, 0.05],
  ])('ever gets to its bound as seldom as promised: at a limit of %d, with a chance of %d', (limit, alpha) => {
    // Exact, not simulated: every event is a look, and the chance of each count that did not alarm yet is carried on.
    let alive = new Map([[0, 1]]);
    let alarmed = 0;
    for (let n = 1; n <= 400; n++) {
      const next = new Map<number, number>();
      for (const [hits, mass] of alive) {
        next.set(hits, (next.get(hits) ?? 0) + mass * (1 - limit));
        next.set(hits + 1, (next.get(hits + 1) ?? 0) + mass * limit);
      }
      for (const [hits, mass] of next) {
        if (exceedanceEvidence([{ at: 1, n, hits }], limit) < Math.log(1 / alpha)) continue;
        alarmed += mass;
        next.delete(hits);
      }
      alive = next;
    }
    expect(alarmed).toBeLessThanOrEqual(alpha);
    expect(alarmed).toBeGreaterThan(alpha / 100);
  });

  it('stays where it was once it has told', () => {
    const bad = { at: 1, n: 100, hits: 40 };
    const good = { at: 2, n: 10_000, hits: 100 };
    expect(exceedanceEvidence([bad, good], 0.05)).toBe(exceedanceEvidence([bad], 0.05));
  });
});

describe('the e-process of two rates', () => {
  it('stakes nothing against a challenger that is the better', () => {
    const better = Array.from({ length: 500 }, () => ({
      challenger: { n: 100, hits: 8 },
      champion: { n: 900, hits: 45 },
    }));
    expect(ratesEvidence(better, 'lower')).toBeLessThan(1);
    expect(ratesEvidence(better, 'higher')).toBeGreaterThan(Math.log(1e6));
  });

  it('is finite where nothing is ever hit, or everything', () => {
    for (const hits of [0, 100]) {
      const all = Array.from({ length: 100 }, () => ({ challenger: { n: 100, hits }, champion: { n: 100, hits } }));
      expect(ratesEvidence(all, 'lower')).toBeCloseTo(0, 5);
    }
    expect(ratesEvidence([{ challenger: { n: 0, hits: 0 }, champion: { n: 0, hits: 0 } }], 'lower')).toBe(0);
  });

  it.each([
    [0.05, 0.05],
    [0.3, 0.3],
    [0.9, 0.9],
    [0.3, 0.2],
    [0.9, 0.1],
  ])('is at most one on the average of all outcomes where the rates are %d and %d: no harm', (ours, theirs) => {
    // An e-process goes on fairly from wherever it is: the average of what it may become is at most what it is.
    const n = 12;
    for (const [a, b] of [
      [3, 40],
      [0, 9],
      [20, 20],
    ] as const) {
      const before: CountPair = { challenger: { n: 50, hits: a }, champion: { n: 450, hits: b } };
      let average = 0;
      for (let challenger = 0; challenger <= n; challenger++) {
        for (let champion = 0; champion <= n; champion++) {
          const next: CountPair = { challenger: { n, hits: challenger }, champion: { n, hits: champion } };
          const evidence = ratesPath([before, next], 'lower').at(-1) ?? 0;
          average += chance(n, challenger, ours) * chance(n, champion, theirs) * Math.exp(evidence);
        }
      }
      expect(average).toBeLessThanOrEqual(Math.exp(ratesPath([before], 'lower')[0] ?? 0) * (1 + 1e-9));
    }
  });
});

/** How likely so many hits of `n` are. */
function chance(n: number, hits: number, rate: number): number {
  let mass = (1 - rate) ** n;
  for (let hit = 0; hit < hits; hit++) mass *= ((n - hit) / (hit + 1)) * (rate / (1 - rate));
  return mass;
}

describe('the confidence sequence', () => {
  it('is the formula of Robbins', () => {
    const [variance, alpha] = [0.04, 0.05];
    const mixing = variance * (-2 * Math.log(alpha) + Math.log(1 - 2 * Math.log(alpha)));
    const share = (variance * (variance + mixing)) / mixing;
    const reach = Math.sqrt(share * (2 * Math.log(1 / alpha) + Math.log((variance + mixing) / variance)));
    expect(lowerLimit([{ value: 1, variance, progress: 1 }], alpha)).toBeCloseTo(1 - reach, 12);
  });

  it('says nothing where nothing varies', () => {
    expect(lowerLimit([{ value: 1, variance: 0, progress: 1 }], 0.05)).toBeUndefined();
    expect(lowerLimit([], 0.05)).toBeUndefined();
  });
});

describe('the Bayes factor of a split', () => {
  it('speaks for the declared split, and against another', () => {
    expect(sampleRatioEvidence([1000, 9000], [0.1, 0.9])).toBeLessThan(0);
    expect(sampleRatioEvidence([1500, 8500], [0.1, 0.9])).toBeGreaterThan(Math.log(1000));
  });
});

const TRAFFIC: ExpectedTraffic = {
  perSecond: 50,
  baselines: new Map([
    ['ctr', { value: 0.05 }],
    ['basket', { value: 20, deviation: 4 }],
  ]),
};
const sized = (plan: Partial<ReleasePlan>, traffic = TRAFFIC) => planSize(termsOf({ ...TRIAL, ...plan }), traffic);

describe('the size of a plan', () => {
  it.each([
    [{ metric: 'ctr', minDeltaPercent: 1.5 }, 736_438],
    [{ metric: 'ctr', minDelta: 0.015 }, 1841],
    [{ metric: 'ctr', minDeltaPercent: -1.5 }, 736_438],
    [{ metric: 'basket', minDelta: 0.5 }, 558],
  ])('for %j is %i events of the challenger', (rule, n) => {
    expect(sized({ success: [rule] }).rules).toMatchObject([{ n, championN: expect.closeTo(9 * n, -2) as number }]);
  });

  it('grows a little with the looks', () => {
    const n = (looks: number) => sized({ success: [{ metric: 'ctr', minDelta: 0.015, looks }] }).rules[0]?.n ?? 0;
    // Jennison and Turnbull (2000), table 7.7: 1.016 for O'Brien and Fleming's boundary by spending, 4 looks, power 0.8.
    expect(n(4) / n(1)).toBeCloseTo(1.016, 2);
    expect(n(20)).toBeGreaterThan(n(4));
  });

  it('refuses a trial that cannot tell', () => {
    const { refusals } = sized({ success: [{ metric: 'ctr', minDeltaPercent: 1.5 }] });
    expect(refusals).toMatchObject([
      {
        field: 'success.0',
        expected: 'a hold of 40.9 hours: 736438 events of the challenger tell this difference of ctr',
        found: 'a hold of 24.0 hours',
      },
    ]);
    expect(sized({ success: [{ metric: 'ctr', minDelta: 0.015 }] }).refusals).toEqual([]);
  });

  it.each([
    ['a gain of nothing', { success: [{ metric: 'ctr', minDelta: 0 }] }, 'success.0'],
    ['a metric that nobody knows the value of', { success: [{ metric: 'lift', minDelta: 1 }] }, 'success.0'],
    ['a trial without a test', { success: [] }, 'success'],
    ['a trial without a split', { steps: [{ weight: 100 }] }, 'steps'],
    ['a trial without a hold', { steps: [{ weight: 10 }] }, 'success.0'],
  ])('refuses %s', (_title, plan, field) => {
    expect(sized(plan).refusals.map((refusal) => refusal.field)).toEqual([field]);
  });

  it('tells the true gain that wins, which is more than was asked', () => {
    const [rule] = sized({ success: [{ metric: 'ctr', minDelta: 0.015 }] }).rules;
    expect(rule?.gainToWin).toBeGreaterThan(0.015);
    expect(rule?.gainToWin).toBeLessThan(0.016);
  });

  it('warns of a guard that finds harm too late', () => {
    const guards = [
      { metric: 'ctr', worseByPercent: 1, for: '30m' },
      { metric: 'ctr', worseByPercent: 50 },
    ];
    const { warnings, refusals } = planSize(termsOf({ ...CANARY, guards }), TRAFFIC);
    expect(warnings.map(({ field }) => field)).toEqual(['guards.0']);
    expect(refusals).toEqual([]);
  });

  it('asks nothing of a plan that compares nothing', () => {
    expect(planSize(termsOf(CANARY), TRAFFIC)).toEqual({ rules: [], refusals: [], warnings: [] });
  });
});

describe('a simulation with fixed seeds', () => {
  it('stops as many rollouts as it always did', () => {
    const runs = 50;
    const counts = simulateRollouts(runs).map(({ what, share }) => [what, Math.round(share * runs)]);
    expect(Object.fromEntries(counts)).toMatchInlineSnapshot(`
      {
        "1.5 % more clicks, 24 h, won at four registered looks, for a gain": 28,
        "10 % fewer clicks, found within 3 h by confidence sequence for harm, α = 0.05": 48,
        "10 % fewer clicks, found within 3 h by e-process for harm, α = 0.05": 49,
        "no effect, 24 h, stopped by confidence sequence for harm, α = 0.05": 0,
        "no effect, 24 h, stopped by e-process for harm, α = 0.05": 1,
        "no effect, 24 h, stopped by naive: a z-test each minute, for harm or gain": 34,
        "no effect, 24 h, told by fixed test at the end, for harm or gain": 2,
        "no effect, 24 h, won at four registered looks, for a gain": 2,
        "p95: 5 % above (the bound), 1 h, e-process α = 0.01": 0,
        "p95: 6 % above, 1 h, plain rule for 5 m": 0,
        "p95: 6 % above, found within 1 h by the e-process": 50,
        "p95: 8 % above, 1 h, plain rule for 5 m": 42,
        "p95: 8 % above, found within 10 min by the e-process": 50,
        "split as declared, 24 h, taken for another": 0,
        "split of 11 % where 10 % is declared, noticed": 50,
      }
    `);
  });
});
