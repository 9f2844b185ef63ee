import { describe, expect, it } from 'vitest';
import { chiSquareTest } from '../../src/measure/categories.ts';
import { judgeChiSquare, judgeKs, judgePsi } from '../../src/measure/drift-verdict.ts';
import { ksOfSorted } from '../../src/measure/ks.ts';
import { psi } from '../../src/measure/psi.ts';
import { measured } from '../../src/measure/outcome.ts';
import { column, reasonOf, valueOf } from './columns.ts';

const known = (value: number, noise: number) => ({ value, noise, bins: 10, n: 100, m: 100 });

describe('the verdict on PSI', () => {
  it.each([
    ['reaches the limit above the noise', known(0.2, 0.05), 'drifted'],
    ['stays below the limit', known(0.199, 0.05), 'steady'],
    ['is far above a noise that itself passes the limit', known(3, 0.4), 'drifted'],
  ])('that %s', (_, index, verdict) => {
    expect(judgePsi(index, 0.2)).toEqual(measured(verdict));
  });

  it.each([
    ['reaches the limit, as noise does too', known(0.3, 0.4)],
    ['is small, where noise passes the limit', known(0.01, 0.2)],
  ])('that %s is none', (_, index) => {
    expect(reasonOf(judgePsi(index, 0.2))).toContain('by chance');
  });

  it('of a constant column is none, and of one that left its value, drift', () => {
    expect(reasonOf(judgePsi(valueOf(psi([0, 900, 0], [0, 900, 0])), 0.2))).toContain('one and the same value');
    expect(judgePsi(valueOf(psi([0, 900, 0], [0, 0, 900])), 0.2)).toEqual(measured('drifted'));
  });
});

describe('the verdict on KS', () => {
  const ks = (n: number, shift: number) =>
    valueOf(
      ksOfSorted(
        column({ shape: 'uniform', seed: 1, n }).sort(),
        column({ shape: 'uniform', seed: 2, n, shift }).sort(),
      ),
    );

  it('is drift below the level, steady from it on', () => {
    expect(judgeKs(ks(300, 1), 0.01)).toEqual(measured('drifted'));
    expect(judgeKs(ks(300, 0), 0.01)).toEqual(measured('steady'));
    expect(judgeKs({ ...ks(300, 0), pValue: 0.01 }, 0.01)).toEqual(measured('steady'));
  });

  it('is none with 3 rows a side, however far apart they are', () => {
    expect(reasonOf(judgeKs(ks(3, 100), 0.01))).toContain('with 3 and 3 rows');
  });
});

describe('the verdict on χ²', () => {
  const chi = (reference: number[], current: number[]) => valueOf(chiSquareTest(reference, current));

  it('is drift below the level, steady from it on', () => {
    expect(judgeChiSquare(chi([100, 100], [10, 190]), 0.01)).toEqual(measured('drifted'));
    expect(judgeChiSquare(chi([100, 100], [101, 99]), 0.01)).toEqual(measured('steady'));
  });

  it('is none where the expected counts are small', () => {
    expect(reasonOf(judgeChiSquare(chi([3, 0], [0, 3]), 0.01))).toContain('fewer than 5 times');
  });
});
