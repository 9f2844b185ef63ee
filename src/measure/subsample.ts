import { createHash } from 'node:crypto';
import { assert } from '../documents/error.ts';
import type { Digest } from '../documents/digest.ts';
import type { Runs } from './runs.ts';

/** Rows that p-values are computed on: the most for which they are exact. */
const SUBSAMPLE_ROWS = 10_000;

/** What is sampled. */
export interface SampleRequest {
  /** Digests of the inputs, reference first: the same bytes give the same sample, everywhere. */
  readonly inputs: readonly Digest[];
  /** Tells samples of the same inputs apart, such as `reference/amount`. */
  readonly label: string;
  /** Rows to choose among. */
  readonly rows: number;
  /** Rows to choose; all of them where there are fewer. */
  readonly size?: number;
}

/**
 * Returns which of `rows` rows are in the sample: ascending numbers from 0, each set of `size` rows being as likely.
 *
 * Anyone can replay it. The seed is the SHA-256 of the lines `mreg-sample-v1`, each input digest, and the label, every one
 * ended by a line feed. Floyd's method (Bentley and Floyd, Communications of the ACM 30, 1987) then goes through
 * j = rows − size … rows − 1, and takes row t(j), or row j where t(j) was taken already. t(j) is the first 8 bytes of
 * SHA-256(seed ‖ j as 8 bytes), read big-endian, modulo j + 1.
 *
 * Apply the numbers to the sorted column: then the sample depends on what the column holds and not on the order of rows.
 */
export function subsampleOf({ inputs, label, rows, size = SUBSAMPLE_ROWS }: SampleRequest): Float64Array {
  assert(Number.isSafeInteger(rows) && rows >= 0, 'rows are counted');
  assert(inputs.length > 0 && !label.includes('\n'), 'a sample is seeded by digests and one line');
  const seed = createHash('sha256')
    .update(['mreg-sample-v1', ...inputs, label].map((line) => `${line}\n`).join(''))
    .digest();
  const chosen = new Set<number>();
  for (let j = Math.max(0, rows - size); j < rows; j++) {
    const row = drawUpTo(seed, j);
    chosen.add(chosen.has(row) ? j : row);
  }
  return Float64Array.from(chosen).sort();
}

/** Returns the chosen rows of an ascending column, ascending again. */
export function takeSorted(sorted: Float64Array, chosen: Float64Array): Float64Array {
  return chosen.map((row) => sorted[row] ?? NaN);
}

/** Returns the chosen rows, ascending, of a column told as runs. */
export function takeFromRuns({ values, counts }: Runs, chosen: Float64Array): Float64Array {
  let run = 0;
  let end = counts[0] ?? 0;
  return chosen.map((row) => {
    while (row >= end && run < counts.length) end += counts[++run] ?? 0;
    return values[run] ?? NaN;
  });
}

function drawUpTo(seed: Buffer, j: number): number {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(j));
  const drawn = createHash('sha256').update(seed).update(counter).digest().readBigUInt64BE();
  // A modulus of 2^64 draws is off by less than rows / 2^64.
  return Number(drawn % BigInt(j + 1));
}
