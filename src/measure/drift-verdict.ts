import type { ChiSquareTest } from './categories.ts';
import type { KsTest } from './ks.ts';
import { measured, inconclusive, type Measured } from './outcome.ts';
import type { Psi } from './psi.ts';

/** What a number says of a column, or that it says nothing: `inconclusive` never passes a gate. */
export type DriftVerdict = Measured<'drifted' | 'steady'>;

/** The lines that block a promotion where a policy names no others. */
export const DRIFT_LIMITS = { psi: 0.2, evidentlyPsi: 0.1, pValue: 0.01 } as const;

/**
 * Returns whether PSI reached `limit`. Where so few rows reach it by chance once in a hundred times, only an index above
 * that noise says something.
 */
export function judgePsi({ value, noise, n, m, bins }: Psi, limit: number): DriftVerdict {
  if (bins < 2) return inconclusive(`both sides hold one and the same value, or values of one bin, only`);
  if (value >= limit && value >= noise) return measured('drifted');
  if (noise < limit) return measured('steady');
  return inconclusive(
    `with ${n} and ${m} rows PSI reaches ${noise.toPrecision(2)} by chance, which is not below the limit of ${limit}`,
  );
}

/** Returns whether a KS test rejects at `level`. Where even the largest distance could not, the rows are too few. */
export function judgeKs({ pValue, leastP, n, m }: KsTest, level: number): DriftVerdict {
  if (leastP < level) return measured(pValue < level ? 'drifted' : 'steady');
  return inconclusive(`with ${n} and ${m} rows no KS test has a p-value below ${level}`);
}

/** Returns whether a χ² test rejects at `level`. Where the expected counts are small, its p-value is not to be trusted. */
export function judgeChiSquare({ pValue, sparse, n, m }: ChiSquareTest, level: number): DriftVerdict {
  if (!sparse) return measured(pValue < level ? 'drifted' : 'steady');
  return inconclusive(`with ${n} and ${m} rows too many categories are expected fewer than 5 times for a χ² test`);
}
