import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactKsTail } from '../../src/measure/ks-exact.ts';
import { KsScan, ksOfRuns, ksOfSorted } from '../../src/measure/ks.ts';
import { kolmogorovTail } from '../../src/measure/kolmogorov.ts';
import { mergeRuns, runsOf } from '../../src/measure/runs.ts';
import { expectNear, golden, reasonOf, sorted, valueOf, type Recipe } from './columns.ts';

interface Case {
  readonly reference: Recipe;
  readonly current: Recipe;
  readonly statistic: number;
  readonly pValue: number;
}

const told = ({ shape, n, shift = 0 }: Recipe) => `${n} ${shape}${shift === 0 ? '' : ` + ${shift}`}`;
const CASES = (golden('ks') as Case[]).map((each) => [told(each.reference), told(each.current), each] as const);

describe('the two-sample KS test', () => {
  it.each(CASES)('agrees with scipy on %s against %s', (_, __, { reference, current, statistic, pValue }) => {
    const [left, right] = [sorted(reference), sorted(current)];
    const found = valueOf(ksOfSorted(left, right));
    expectNear(found.statistic, statistic, 1e-15);
    const exact = Math.max(reference.n, current.n) <= 10_000;
    expect(found.method).toBe(exact ? 'exact' : 'asymptotic');
    expectNear(found.pValue, pValue, exact ? 1e-12 : 1e-8);
    if (exact && pValue > 1e-250) expectNear(found.pValue / pValue, 1, 1e-10);
    expect(valueOf(ksOfRuns(runsOf(left), runsOf(right)))).toEqual(found);
  });

  it('does not tell p = 1 where the paths can no longer be counted in doubles', () => {
    const far = { distance: Math.round(0.3 * 30_000), n: 3_000, m: 10_000 };
    expect(exactKsTail(far)).toBeLessThan(1e-150);
    expect(exactKsTail({ distance: 10_000, n: 10_000, m: 10_000 })).toBeLessThan(1e-300);
  });

  it.each([
    [1, 1, 1],
    [3, 3, 0.1],
    [3, 4, 2 / 35],
  ])('tells the least p-value of %d and %d rows: %d', (n, m, leastP) => {
    const test = valueOf(ksOfSorted(new Float64Array(n), new Float64Array(m).fill(1)));
    expectNear(test.leastP, leastP, 1e-14);
    expectNear(test.pValue, leastP, 1e-14);
  });

  it('ranks infinities, and takes 0 and −0 for one value', () => {
    const left = Float64Array.of(-Infinity, -0, Infinity);
    expect(valueOf(ksOfSorted(left, Float64Array.of(-Infinity, 0, Infinity))).statistic).toBe(0);
    expect(valueOf(ksOfRuns(runsOf(left), runsOf(Float64Array.of(-Infinity, 0, Infinity)))).statistic).toBe(0);
  });

  it.each([
    ['an empty reference', [], [1], 'the reference column has no values'],
    ['an empty current side', [1], [], 'the current column has no values'],
    ['NaN', [1, NaN], [1], 'the reference column holds NaN'],
    ['nothing but NaN', [1], [NaN, NaN], 'the current column holds NaN'],
  ])('is inconclusive with %s', (_, left, right, reason) => {
    expect(reasonOf(ksOfSorted(Float64Array.from(left), Float64Array.from(right)))).toContain(reason);
  });

  it('is inconclusive with runs of nothing', () => {
    const [empty, one] = [runsOf(new Float64Array(0)), runsOf(Float64Array.of(1))];
    expect(reasonOf(ksOfRuns(empty, one))).toBe('the reference column has no values');
    expect(reasonOf(ksOfRuns(one, empty))).toBe('the current column has no values');
  });

  it('takes NaN among runs for a bug', () => {
    const odd = { values: Float64Array.of(NaN), counts: Float64Array.of(1) };
    expect(() => ksOfRuns(odd, runsOf(Float64Array.of(1)))).toThrow('counted apart');
  });

  it('takes a column that does not ascend, and counts that do not add up, for bugs', () => {
    expect(() => ksOfSorted(Float64Array.of(2, 1), Float64Array.of(1))).toThrow('sorted ascending');
    const scan = new KsScan({ n: 2, m: 1 });
    scan.add(1, 1);
    expect(() => scan.result()).toThrow('add up');
  });
});

describe('the Kolmogorov distribution', () => {
  it('agrees with scipy in all its regions', () => {
    for (const [x, n, p] of golden('kolmogorov') as [number, number, number][])
      expectNear(kolmogorovTail(x, n), p, 1e-11);
  });

  it.each([
    [0, 10, 1],
    [1, 10, 0],
    [0.9, 1_000_000, 0],
  ])('has its ends: %d of %d rows is %d', (x, n, p) => {
    expect(kolmogorovTail(x, n)).toBe(p);
  });
});

const numbers = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 40 });
const ascending = numbers.map((values) => Float64Array.from(values).sort());

describe('by law, the KS test', () => {
  it('of a column with itself is 0, with p = 1', () => {
    fc.assert(
      fc.property(ascending, (values) => {
        expect(valueOf(ksOfSorted(values, values))).toMatchObject({ statistic: 0, pValue: 1 });
      }),
    );
  });

  it('does not depend on which side is which', () => {
    fc.assert(
      fc.property(ascending, ascending, (left, right) => {
        const [one, other] = [valueOf(ksOfSorted(left, right)), valueOf(ksOfSorted(right, left))];
        expect(one.statistic).toBe(other.statistic);
        expectNear(one.pValue, other.pValue, 1e-13);
      }),
    );
  });

  it('of merged runs is that of the whole column', () => {
    fc.assert(
      fc.property(ascending, ascending, ascending, (first, second, other) => {
        const whole = Float64Array.of(...first, ...second).sort();
        const merged = mergeRuns(runsOf(first), runsOf(second));
        expect(merged).toEqual(runsOf(whole));
        expect(ksOfRuns(merged, runsOf(other))).toEqual(ksOfSorted(whole, other));
      }),
    );
  });

  it('is the share of all orderings that are at least as far apart', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }), fc.nat(25), (n, m, distance) => {
        expectNear(exactKsTail({ distance, n, m }), countedTail(n, m, distance), 1e-13);
      }),
    );
  });
});

/** The same by trying every ordering of n and m rows. */
function countedTail(n: number, m: number, distance: number): number {
  const multiple = lcm(n, m);
  let [all, far] = [0, 0];
  for (let bits = 0; bits < 2 ** (n + m); bits++) {
    const steps = Array.from({ length: n + m }, (_, at) => (bits >> at) & 1);
    if (steps.reduce((sum, step) => sum + step, 0) !== n) continue;
    all++;
    let [i, j, most] = [0, 0, 0];
    for (const step of steps) {
      if (step === 1) i++;
      else j++;
      most = Math.max(most, Math.abs((i * multiple) / n - (j * multiple) / m));
    }
    if (most >= distance) far++;
  }
  return far / all;
}

function lcm(n: number, m: number): number {
  for (let multiple = n; ; multiple += n) if (multiple % m === 0) return multiple;
}
