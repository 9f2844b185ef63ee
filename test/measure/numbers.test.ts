import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactSum } from '../../src/measure/exact-sum.ts';
import { chiSquareQuantile, chiSquareTail, logGamma, upperGamma } from '../../src/measure/gamma-function.ts';
import { inconclusive, measured } from '../../src/measure/outcome.ts';
import { sortOrder } from '../../src/measure/sort-order.ts';
import { expectNear, golden } from './columns.ts';

type Rows = readonly (readonly number[])[];
const { logGamma: gammas, chiSquareTail: tails, chiSquareQuantile: quantiles } =
  golden('special-functions') as Record<'logGamma' | 'chiSquareTail' | 'chiSquareQuantile', Rows>; // prettier-ignore

describe('special functions', () => {
  it.each(gammas)('ln Γ(%d) is that of scipy', (x, wanted) => expectNear(logGamma(x), wanted, 1e-14));
  it.each(tails)('P(χ² > %d) with %d degrees is that of scipy', (x, k, wanted) => {
    expectNear(chiSquareTail(x, k), wanted, 1e-12);
    if (wanted > 0) expectNear(chiSquareTail(x, k) / wanted, 1, 1e-10);
  });
  it.each(quantiles)('the χ² value passed with %d at %d degrees is that of scipy', (p, k, wanted) => {
    expectNear(chiSquareQuantile(p, k), wanted, 1e-10);
  });
  it('Q(a, 0) is 1', () => expect(upperGamma(3, 0)).toBe(1));
  it('ln Γ is asked for positive numbers', () => expect(() => logGamma(0)).toThrow('positive'));
});

describe('an exact sum', () => {
  it('loses nothing where doubles lose everything', () => {
    const sum = new ExactSum();
    for (const term of [1e16, 1, -1e16, 1e-9]) sum.add(term);
    expect(sum.value).toBe(1 + 1e-9);
  });

  it('keeps all digits of a product', () => {
    const sum = new ExactSum();
    sum.addProduct(1 + 2 ** -30, 1 + 2 ** -30);
    sum.add(-1 - 2 ** -29);
    expect(sum.value).toBe(2 ** -60);
  });

  it('tells the spread around a mean that is a billion times larger', () => {
    const [sum, squares] = [new ExactSum(), new ExactSum()];
    for (const value of [1e9, 1e9 + 1, 1e9 + 2]) {
      sum.add(value);
      squares.addProduct(value, value);
    }
    expectNear(squares.spread(sum, 3), 2, 1e-15);
  });

  it('is, by law, the sum of its parts', () => {
    const terms = fc.array(fc.double({ min: -1e12, max: 1e12, noNaN: true }));
    const sumOf = (all: number[]) => {
      const sum = new ExactSum();
      for (const term of all) sum.add(term);
      return sum;
    };
    fc.assert(
      fc.property(terms, terms, (left, right) => {
        const parts = sumOf(left);
        parts.addSum(sumOf(right));
        expectNear(parts.value, sumOf([...left, ...right]).value, 1e-15);
      }),
    );
  });
});

describe('an outcome', () => {
  it.each([NaN, Infinity, -Infinity])('is never %d', (number) => {
    expect(() => measured(number)).toThrow('finite');
  });

  it('without a value holds none', () => {
    expect(inconclusive('why')).toEqual({ kind: 'inconclusive', reason: 'why' });
  });
});

describe('the order of rows', () => {
  it('is, by law, that of a stable sort by value', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -2, max: 2 }))), (list) => {
        const values = Float64Array.from(list);
        const wanted = list
          .map((_, row) => row)
          .sort((a, b) => (values[a]! < values[b]! ? -1 : Number(values[a]! > values[b]!)));
        expect(Array.from(sortOrder(values))).toEqual(wanted);
      }),
    );
  });
});
