import { assert } from '../documents/error.ts';
import { finite, inconclusive, share, type Measured } from './outcome.ts';
import { columnTrouble, rowsOf, type Runs } from './runs.ts';

/**
 * Returns the quantile `p` (0 to 1) of an ascending column, by linear interpolation between neighbours: type 7 of Hyndman
 * and Fan, The American Statistician 50 (1996), which numpy, pandas and DuckDB's quantile_cont compute.
 */
export function quantileOfSorted(sorted: Float64Array, p: number): Measured {
  const trouble = columnTrouble(sorted, 'measured');
  if (trouble !== undefined) return trouble;
  return finite(
    quantileAt(sorted.length, p, (row) => sorted[row] ?? NaN),
    'the quantile lies at an infinite value',
  );
}

/** Returns the quantile `p` (0 to 1), type 7, of a column told as runs. */
export function quantileOfRuns(runs: Runs, p: number): Measured {
  const rows = rowsOf(runs);
  if (rows === 0) return inconclusive('the measured column has no values');
  return finite(
    quantileAt(rows, p, (row) => valueAt(runs, row)),
    'the quantile lies at an infinite value',
  );
}

/** Returns the share of requests that failed, 0 to 1. */
export function errorRate({ errors, requests }: { readonly errors: number; readonly requests: number }): Measured {
  assert(errors >= 0 && errors <= requests, 'errors are among the requests');
  return share(errors, requests, 'there were no requests');
}

/** Type 7 among `rows` ordered values. Rounds as numpy does, so that an edge falls on the same side of every value. */
export function quantileAt(rows: number, p: number, at: (row: number) => number): number {
  assert(p >= 0 && p <= 1, 'a quantile lies between 0 and 1');
  const position = (rows - 1) * p;
  const below = Math.floor(position);
  const part = position - below;
  const low = at(below);
  const high = at(Math.min(below + 1, rows - 1));
  if (low === high) return low;
  return part < 0.5 ? low + (high - low) * part : high - (high - low) * (1 - part);
}

function valueAt({ values, counts }: Runs, row: number): number {
  let below = 0;
  const index = counts.findIndex((count) => (below += count) > row);
  return values[index] ?? NaN;
}
