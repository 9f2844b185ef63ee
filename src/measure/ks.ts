import { assert } from '../documents/error.ts';
import { logChoose } from './gamma-function.ts';
import { kolmogorovTail } from './kolmogorov.ts';
import { commonMultiple, exactKsTail } from './ks-exact.ts';
import { inconclusive, measured, type Measured } from './outcome.ts';
import { columnTrouble, eachValue, rowsOf, type Runs } from './runs.ts';

/** Up to this many rows a side the p-value is exact; scipy draws the line at the same place. */
const EXACT_ROWS = 10_000;

/** A two-sample Kolmogorov–Smirnov test, two-sided. */
export interface KsTest {
  /** The largest distance between the two empirical distribution functions, 0 to 1. */
  readonly statistic: number;
  readonly pValue: number;
  readonly method: 'exact' | 'asymptotic';
  /** Rows with a value, on either side. */
  readonly n: number;
  readonly m: number;
  /** The smallest p-value that n and m rows could ever give: where it is above the level, the test says nothing. */
  readonly leastP: number;
}

/** Returns the KS test of two ascending columns without NaN. */
export function ksOfSorted(reference: Float64Array, current: Float64Array): Measured<KsTest> {
  const trouble = columnTrouble(reference, 'reference') ?? columnTrouble(current, 'current');
  if (trouble !== undefined) return trouble;
  const sizes = { n: reference.length, m: current.length };
  return measured(ksTest(distanceOfSorted(reference, current), sizes));
}

/** Returns the KS test of two columns told as runs. */
export function ksOfRuns(reference: Runs, current: Runs): Measured<KsTest> {
  const scan = new KsScan({ n: rowsOf(reference), m: rowsOf(current) });
  eachValue(reference, current, (_, inReference, inCurrent) => scan.add(inReference, inCurrent));
  return scan.result();
}

/**
 * A KS test of columns that do not fit into memory: a data engine counts each distinct value on both sides
 * (`GROUP BY v ORDER BY v`), and the counts are added in ascending order of the values.
 */
export class KsScan {
  readonly #sizes: { readonly n: number; readonly m: number };
  #inReference = 0;
  #inCurrent = 0;
  #distance = 0;

  /** Starts with the rows that hold a value, n on the reference side and m on the current side. */
  constructor(sizes: { readonly n: number; readonly m: number }) {
    this.#sizes = sizes;
  }

  /** Adds the next distinct value: how often it occurs on either side. */
  add(inReference: number, inCurrent: number): void {
    this.#inReference += inReference;
    this.#inCurrent += inCurrent;
    const { n, m } = this.#sizes;
    const distance = Math.abs(this.#inReference / n - this.#inCurrent / m);
    if (distance > this.#distance) this.#distance = distance;
  }

  /** Returns the test, once every value was added. */
  result(): Measured<KsTest> {
    const { n, m } = this.#sizes;
    if (n === 0) return inconclusive('the reference column has no values');
    if (m === 0) return inconclusive('the current column has no values');
    assert(this.#inReference === n && this.#inCurrent === m, 'the counts add up to the rows');
    return measured(ksTest(this.#distance, this.#sizes));
  }
}

/** Walks both columns at once; at a tie both step over all equal values before the distance is taken. */
function distanceOfSorted(left: Float64Array, right: Float64Array): number {
  const [n, m] = [left.length, right.length];
  let [i, j, most] = [0, 0, 0];
  while (i < n && j < m) {
    const value = Math.min(left[i] ?? Infinity, right[j] ?? Infinity);
    while (i < n && left[i] === value) i++;
    while (j < m && right[j] === value) j++;
    const distance = Math.abs(i / n - j / m);
    if (distance > most) most = distance;
  }
  return most;
}

function ksTest(distance: number, { n, m }: { readonly n: number; readonly m: number }): KsTest {
  const leastP = Math.min(1, 2 * Math.exp(-logChoose(n + m, n)));
  if (Math.max(n, m) > EXACT_ROWS) {
    const pValue = kolmogorovTail(distance, roundHalfToEven((n * m) / (n + m)));
    return { statistic: distance, pValue, method: 'asymptotic', n, m, leastP };
  }
  const multiple = commonMultiple(n, m);
  const steps = Math.round(distance * multiple);
  const pValue = exactKsTail({ distance: steps, n, m });
  return { statistic: steps / multiple, pValue, method: 'exact', n, m, leastP };
}

/** As numpy rounds. `Math.round` takes halves up, and one row more in the approximation moves p by as much as 1e-4. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
