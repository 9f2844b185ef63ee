import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignCategories, chiSquareTest, jensenShannon } from '../../src/measure/categories.ts';
import { psi } from '../../src/measure/psi.ts';
import { expectNear, golden, reasonOf, valueOf } from './columns.ts';

interface Case {
  readonly reference: readonly number[];
  readonly current: readonly number[];
  readonly statistic: number;
  readonly degrees: number;
  readonly pValue: number;
  readonly distance: number;
  readonly psi: number;
}

describe('categories', () => {
  it.each(golden('categories') as Case[])(
    'agree with scipy for $reference and $current',
    ({ reference, current, ...wanted }) => {
      const test = valueOf(chiSquareTest(reference, current));
      expectNear(test.statistic, wanted.statistic, 1e-12);
      expect(test.degrees).toBe(wanted.degrees);
      expectNear(test.pValue, wanted.pValue, 1e-12);
      // A root: where the sides are nearly equal it doubles the last digits that are sure.
      expectNear(valueOf(jensenShannon(reference, current)), wanted.distance, wanted.distance < 1e-3 ? 1e-9 : 1e-12);
      expectNear(valueOf(psi(reference, current)).value, wanted.psi, 1e-12);
    },
  );

  it('are aligned by name, with those that came and went', () => {
    const counts = (record: Record<string, number>) => new Map(Object.entries(record));
    const aligned = alignCategories(
      { counts: counts({ b: 3, a: 1, gone: 2, never: 0 }), missing: 4 },
      { counts: counts({ a: 5, fresh: 1, b: 2 }), missing: 0 },
    );
    expect(aligned).toEqual({
      names: ['a', 'b', 'fresh', 'gone', 'never'],
      reference: [1, 3, 0, 2, 0, 4],
      current: [5, 2, 1, 0, 0, 0],
      appeared: ['fresh'],
      vanished: ['gone'],
    });
  });

  it('keep names apart that JavaScript gives a meaning', () => {
    const odd = { counts: new Map([['__proto__', 1]]), missing: 0 };
    expect(alignCategories(odd, { counts: new Map([['constructor', 1]]), missing: 0 })).toMatchObject({
      appeared: ['constructor'],
      vanished: ['__proto__'],
    });
  });

  it.each([
    [[0, 0], [1, 2], 'the reference side has no rows'],
    [[1, 2], [0, 0], 'the current side has no rows'],
    [[], [], 'the reference side has no rows'],
  ])('are inconclusive for the counts %j and %j', (reference, current, reason) => {
    expect(reasonOf(chiSquareTest(reference, current))).toBe(reason);
    expect(reasonOf(jensenShannon(reference, current))).toBe(reason);
  });

  it('are not tested where both sides hold one category only', () => {
    expect(reasonOf(chiSquareTest([5, 0], [7, 0]))).toContain('one and the same category');
    expect(valueOf(jensenShannon([5, 0], [7, 0]))).toBe(0);
  });

  it.each([
    [[100, 100], [100, 100], false],
    [[5, 5], [4, 4], true],
    [[1000, 1], [10, 0], true],
    [[100, 100, 100, 100, 100, 4], [100, 100, 100, 100, 100, 4], false],
  ])('with counts %j and %j are sparse: %j', (reference, current, sparse) => {
    expect(valueOf(chiSquareTest(reference, current)).sparse).toBe(sparse);
  });

  it('take counts of different cells for a bug', () => {
    expect(() => chiSquareTest([1], [1, 2])).toThrow('same cells');
  });
});

const filled = fc
  .array(fc.tuple(fc.nat(50), fc.nat(50)), { minLength: 1, maxLength: 8 })
  .filter((rows) => rows.some(([a]) => a > 0) && rows.some(([, b]) => b > 0));

describe('by law, the Jensen–Shannon distance', () => {
  it('is symmetric, 0 to 1, and 0 of a side with itself', () => {
    fc.assert(
      fc.property(filled, (rows) => {
        const [left, right] = [rows.map(([a]) => a), rows.map(([, b]) => b)];
        const distance = valueOf(jensenShannon(left, right));
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance).toBeLessThanOrEqual(1 + 1e-15);
        expectNear(valueOf(jensenShannon(right, left)), distance, 1e-7);
        expect(valueOf(jensenShannon(left, left))).toBe(0);
      }),
    );
  });
});
