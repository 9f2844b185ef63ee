import { assert } from '../documents/error.ts';
import { inconclusive, type Inconclusive } from './outcome.ts';

/**
 * A column, sorted ascending and told as its distinct values and how often each occurs: what
 * `SELECT v, count(*) … GROUP BY v ORDER BY v` gives. Missing values and NaN are left out and counted apart.
 */
export interface Runs {
  /** Strictly ascending, no NaN; infinities are allowed. */
  readonly values: Float64Array;
  /** As long as `values`: whole numbers above 0. */
  readonly counts: Float64Array;
}

/** Returns the runs of an ascending column without NaN. */
export function runsOf(sorted: Float64Array): Runs {
  const values = new Float64Array(sorted.length);
  const counts = new Float64Array(sorted.length);
  let length = 0;
  for (const value of sorted) {
    if (length === 0 || value !== values[length - 1]) values[length++] = value;
    counts[length - 1] = (counts[length - 1] ?? 0) + 1;
  }
  return { values: values.slice(0, length), counts: counts.slice(0, length) };
}

/** Returns the runs of two parts of a column together. */
export function mergeRuns(left: Runs, right: Runs): Runs {
  const most = left.values.length + right.values.length;
  const values = new Float64Array(most);
  const counts = new Float64Array(most);
  let length = 0;
  eachValue(left, right, (value, inLeft, inRight) => {
    values[length] = value;
    counts[length++] = inLeft + inRight;
  });
  return { values: values.slice(0, length), counts: counts.slice(0, length) };
}

/** Calls `visit` for each distinct value of two columns, ascending, with its count in either. */
export function eachValue(
  left: Runs,
  right: Runs,
  visit: (value: number, inLeft: number, inRight: number) => void,
): void {
  let i = 0;
  let j = 0;
  while (i < left.values.length || j < right.values.length) {
    const value = Math.min(left.values[i] ?? Infinity, right.values[j] ?? Infinity);
    assert(!Number.isNaN(value), 'NaN is counted apart');
    const inLeft = left.values[i] === value ? (left.counts[i++] ?? 0) : 0;
    const inRight = right.values[j] === value ? (right.counts[j++] ?? 0) : 0;
    visit(value, inLeft, inRight);
  }
}

/** Returns how many rows the runs stand for. */
export function rowsOf({ counts }: Runs): number {
  let rows = 0;
  for (const count of counts) rows += count;
  return rows;
}

/**
 * Returns why a column cannot be measured (it is empty, or holds NaN), or undefined where it can. A column that does not
 * ascend is a bug of whoever sorted it.
 */
export function columnTrouble(sorted: Float64Array, name: string): Inconclusive | undefined {
  if (sorted.length === 0) return inconclusive(`the ${name} column has no values`);
  let previous = -Infinity;
  for (const value of sorted) {
    if (Number.isNaN(value)) return inconclusive(`the ${name} column holds NaN, which has no place in an order`);
    assert(value >= previous, `the ${name} column is sorted ascending`);
    previous = value;
  }
  return undefined;
}
