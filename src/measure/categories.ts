import { assert } from '../documents/error.ts';
import { chiSquareTail } from './gamma-function.ts';
import { inconclusive, measured, type Measured } from './outcome.ts';

/** A column of categories, told as how often each occurs. */
export interface CategoryCounts {
  readonly counts: ReadonlyMap<string, number>;
  /** Rows without a value. */
  readonly missing: number;
}

/** Two columns of categories, cell by cell: what `psi`, `chiSquareTest` and `jensenShannon` take. */
export interface AlignedCategories {
  /** Every category of either side, in order of code units; missing values are a cell more, after the last. */
  readonly names: readonly string[];
  readonly reference: readonly number[];
  readonly current: readonly number[];
  /** Categories that only the current side has. */
  readonly appeared: readonly string[];
  /** Categories that only the reference has. */
  readonly vanished: readonly string[];
}

/** A χ² test that both sides were drawn from the same categories. */
export interface ChiSquareTest {
  readonly statistic: number;
  readonly degrees: number;
  readonly pValue: number;
  readonly n: number;
  readonly m: number;
  /**
   * Whether more than a fifth of the expected counts are below 5, or one is below 1: then χ² is no good approximation.
   * Cochran, "Some methods for strengthening the common χ² tests", Biometrics 10 (1954).
   */
  readonly sparse: boolean;
}

/** Returns two columns of categories cell by cell, with the categories that came and went. */
export function alignCategories(reference: CategoryCounts, current: CategoryCounts): AlignedCategories {
  const names = [...new Set([...reference.counts.keys(), ...current.counts.keys()])].sort();
  const cells = ({ counts, missing }: CategoryCounts) => [...names.map((name) => counts.get(name) ?? 0), missing];
  const has = ({ counts }: CategoryCounts, name: string) => (counts.get(name) ?? 0) > 0;
  return {
    names,
    reference: cells(reference),
    current: cells(current),
    appeared: names.filter((name) => has(current, name) && !has(reference, name)),
    vanished: names.filter((name) => has(reference, name) && !has(current, name)),
  };
}

/**
 * Returns Pearson's χ² test of homogeneity of two rows of counts, without a continuity correction: Pearson, Philosophical
 * Magazine 50 (1900). Cells that are empty on both sides do not count.
 */
export function chiSquareTest(reference: ArrayLike<number>, current: ArrayLike<number>): Measured<ChiSquareTest> {
  const cells = cellsOf(reference, current);
  const [n, m] = [sum(cells.map(([left]) => left)), sum(cells.map(([, right]) => right))];
  const trouble = emptySide(n, m);
  if (trouble !== undefined) return inconclusive(trouble);
  if (cells.length < 2) return inconclusive('both sides hold one and the same category only');
  const expected = cells.flatMap(([left, right]) => [((left + right) * n) / (n + m), ((left + right) * m) / (n + m)]);
  const statistic = sum(
    cells.flat().map((count, cell) => square(count - (expected[cell] ?? NaN), expected[cell] ?? NaN)),
  );
  const degrees = cells.length - 1;
  const pValue = chiSquareTail(statistic, degrees);
  return measured({ statistic, degrees, pValue, n, m, sparse: isSparse(expected) });
}

/**
 * Returns the Jensen–Shannon distance of two rows of counts, to base 2: 0 for equal shares, 1 where no cell is shared.
 * Endres and Schindelin, "A new metric for probability distributions", IEEE Transactions on Information Theory 49 (2003).
 */
export function jensenShannon(reference: ArrayLike<number>, current: ArrayLike<number>): Measured {
  const cells = cellsOf(reference, current);
  const [n, m] = [sum(cells.map(([left]) => left)), sum(cells.map(([, right]) => right))];
  const trouble = emptySide(n, m);
  if (trouble !== undefined) return inconclusive(trouble);
  const parts = cells.map(([left, right]) => {
    const [p, q] = [left / n, right / m];
    const middle = (p + q) / 2;
    return relativeEntropy(p, middle) + relativeEntropy(q, middle);
  });
  return measured(Math.sqrt(Math.max(0, sum(parts)) / (2 * Math.LN2)));
}

function cellsOf(reference: ArrayLike<number>, current: ArrayLike<number>): readonly (readonly [number, number])[] {
  assert(reference.length === current.length, 'both sides are counted in the same cells');
  return Array.from(reference, (left, cell) => [left, current[cell] ?? NaN] as const).filter(
    ([left, right]) => left + right > 0,
  );
}

function emptySide(n: number, m: number): string | undefined {
  if (n > 0 && m > 0) return undefined;
  return `the ${n > 0 ? 'current' : 'reference'} side has no rows`;
}

function isSparse(expected: readonly number[]): boolean {
  const few = expected.filter((count) => count < 5).length;
  return few > expected.length / 5 || expected.some((count) => count < 1);
}

function square(difference: number, expected: number): number {
  return (difference * difference) / expected;
}

function relativeEntropy(p: number, middle: number): number {
  return p === 0 ? 0 : p * Math.log(p / middle);
}

function sum(terms: readonly number[]): number {
  return terms.reduce((total, term) => total + term, 0);
}
