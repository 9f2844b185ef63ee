import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RegressionTally } from '../../src/measure/regression.ts';
import { column, expectNear, golden, reasonOf, valueOf, type Recipe } from './columns.ts';

interface Case {
  readonly truth: Recipe;
  readonly error: Recipe;
  readonly mae: number;
  readonly rmse: number;
  readonly r2: number;
  readonly exactMae: number;
  readonly exactR2: number;
}

function measure(truth: ArrayLike<number>, prediction: ArrayLike<number>, chunk = Infinity) {
  const tally = new RegressionTally();
  for (let from = 0; from < truth.length; from += chunk) {
    tally.add(
      Float64Array.from(truth).slice(from, from + chunk),
      Float64Array.from(prediction).slice(from, from + chunk),
    );
  }
  return tally.result();
}

describe('a regression', () => {
  it.each(golden('regression') as Case[])('of $truth agrees with scikit-learn', (given) => {
    const [truth, error] = [column(given.truth), column(given.error)];
    const found = measure(truth, truth.map((y, row) => y + error[row]!)); // prettier-ignore
    expectNear(valueOf(found.mae), given.mae, 1e-12);
    expectNear(valueOf(found.rmse), given.rmse, 1e-12);
    // Around a mean of 1e9 scikit-learn itself is 2e-12 off the exact sums.
    expectNear(valueOf(found.r2), given.r2, given.truth.shift === undefined ? 1e-12 : 1e-11);
    expectNear(valueOf(found.mae) / given.exactMae, 1, 1e-15);
    expectNear(valueOf(found.r2) / given.exactR2, 1, 1e-14);
  });

  it('leaves rows without a truth out and counts them', () => {
    expect(measure([1, NaN, 3], [1, 2, 4])).toMatchObject({ n: 2, unlabelled: 1, unpredicted: 0 });
    expect(valueOf(measure([1, NaN, 3], [1, NaN, 4]).mae)).toBe(0.5);
  });

  it.each([
    ['no rows', [], [], 'no rows'],
    ['no truth', [NaN, NaN], [1, 2], 'no rows'],
    ['a missing prediction', [1, 2, 3], [1, NaN, 3], '1 of 3 labelled rows'],
    ['an infinite prediction', [1, 2], [1, Infinity], '1 of 2 labelled rows'],
    ['an infinite truth', [-Infinity, 2], [1, 2], '1 of 2 labelled rows'],
    ['values too large to be summed', [1e308, -1e308], [-1e308, 1e308], 'too large'],
  ])('is inconclusive in every number with %s', (_, truth, prediction, reason) => {
    const found = measure(truth, prediction);
    for (const metric of ['mae', 'rmse', 'r2'] as const) expect(reasonOf(found[metric])).toContain(reason);
  });

  it.each([
    ['one row', [0.1], [0.4]],
    ['a constant truth', [0.1, 0.1, 0.1], [0.4, 0.1, -0.2]],
  ])('has no R² with %s', (_, truth, prediction) => {
    const found = measure(truth, prediction);
    expect(found.mae.kind).toBe('measured');
    expect(reasonOf(found.r2)).toContain('the truth is 0.1 in all');
  });

  it('takes columns of different length for a bug', () => {
    expect(() => new RegressionTally().add(new Float64Array(1), new Float64Array(2))).toThrow('as long');
  });

  it('is the same, by law, from chunks and in any order', () => {
    const number = fc.integer({ min: -1e9, max: 1e9 }).map((thousandths) => thousandths / 1000);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(number, number), { minLength: 2 }),
        fc.integer({ min: 1, max: 5 }),
        (rows, chunk) => {
          const whole = measure(rows.map(([y]) => y), rows.map(([, f]) => f)); // prettier-ignore
          const turned = rows.toReversed();
          const other = measure(turned.map(([y]) => y), turned.map(([, f]) => f), chunk); // prettier-ignore
          expect([other.n, other.mae, other.rmse]).toEqual([whole.n, whole.mae, whole.rmse]);
          fc.pre(whole.r2.kind === 'measured');
          // 1 − R² is the quotient of two sums: that is what order may not change.
          expectNear(1 - valueOf(other.r2), 1 - valueOf(whole.r2), 1e-12);
        },
      ),
    );
  });

  it('measures the spread right wherever the first truth lies', () => {
    const rest = Array.from({ length: 1000 }, (_, row) => row % 7);
    const zero = (truth: number[]) => valueOf(measure(truth, truth.map(() => 3)).r2); // prettier-ignore
    for (const first of [0, 1e9, -1e15, 0.1]) {
      expectNear(zero([first, ...rest]), zero([...rest, first]), 1e-13);
    }
  });
});
