import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorRate, quantileOfRuns, quantileOfSorted } from '../../src/measure/quantile.ts';
import { runsOf } from '../../src/measure/runs.ts';
import { golden, reasonOf, sorted, valueOf, type Recipe } from './columns.ts';

describe('quantiles', () => {
  it.each(golden('quantiles') as { column: Recipe; quantiles: [number, number][] }[])(
    'of $column are those of numpy, to the last bit',
    ({ column, quantiles }) => {
      const values = sorted(column);
      for (const [p, wanted] of quantiles) {
        expect(valueOf(quantileOfSorted(values, p))).toBe(wanted);
        expect(valueOf(quantileOfRuns(runsOf(values), p))).toBe(wanted);
      }
    },
  );

  it.each([
    ['nothing', [], 'no values'],
    ['NaN', [1, NaN], 'NaN'],
    ['an infinite value', [1, Infinity], 'infinite'],
    ['both infinities', [-Infinity, Infinity], 'infinite'],
  ])('of %s are inconclusive', (_, values, reason) => {
    expect(reasonOf(quantileOfSorted(Float64Array.from(values), 0.5))).toContain(reason);
  });

  it('of no runs are inconclusive', () => {
    expect(reasonOf(quantileOfRuns(runsOf(new Float64Array(0)), 0.5))).toContain('no values');
  });

  it('are asked for between 0 and 1', () => {
    expect(() => quantileOfSorted(Float64Array.of(1), 95)).toThrow('between 0 and 1');
  });

  it('lie, by law, within the column and never fall as p rises', () => {
    const values = fc.array(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { minLength: 1 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(values, share, share, (column, p, q) => {
        const ascending = Float64Array.from(column).sort();
        const [low, high] = [Math.min(p, q), Math.max(p, q)].map((at) => valueOf(quantileOfSorted(ascending, at)));
        expect(low).toBeGreaterThanOrEqual(ascending[0]!);
        expect(high).toBeGreaterThanOrEqual(low!);
        expect(high).toBeLessThanOrEqual(ascending.at(-1)!);
      }),
    );
  });
});

describe('the error rate', () => {
  it('is the share of requests that failed', () => {
    expect(valueOf(errorRate({ errors: 2, requests: 1000 }))).toBe(0.002);
    expect(valueOf(errorRate({ errors: 0, requests: 1 }))).toBe(0);
  });

  it('of no requests is inconclusive, never 0', () => {
    expect(reasonOf(errorRate({ errors: 0, requests: 0 }))).toBe('there were no requests');
  });

  it('takes more errors than requests for a bug', () => {
    expect(() => errorRate({ errors: 2, requests: 1 })).toThrow('among the requests');
  });
});
