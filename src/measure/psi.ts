import { assert } from '../documents/error.ts';
import type { Binning } from './binning.ts';
import { chiSquareQuantile } from './gamma-function.ts';
import { finite, inconclusive, mapMeasured, measured, type Measured } from './outcome.ts';

/** A share that is smaller counts as this, or an empty bin would make the index infinite. */
const FLOOR = 1e-4;

/** The population stability index of a column. */
export interface Psi {
  readonly value: number;
  /** What the index stays below 99 times in 100 where nothing has moved, for these rows and bins. */
  readonly noise: number;
  /** Bins that hold anything on either side. */
  readonly bins: number;
  /** Rows of the reference and of the current side, missing ones among them where they are a bin. */
  readonly n: number;
  readonly m: number;
}

/**
 * Returns PSI = Σ (q − p) ln(q / p) over bins or categories, p being the reference's shares and q the current ones: the
 * symmetric divergence of Jeffreys, Proceedings of the Royal Society A 186 (1946); in scoring practice, Siddiqi, Credit
 * Risk Scorecards (2006). Takes the counts of both sides, cell by cell.
 */
export function psi(
  reference: ArrayLike<number>,
  current: ArrayLike<number>,
  zeros: Binning['zeros'] = 'floor',
): Measured<Psi> {
  assert(reference.length === current.length, 'both sides are counted in the same bins');
  const [n, m] = [total(reference), total(current)];
  if (n === 0 || m === 0) return inconclusive(`the ${n === 0 ? 'reference' : 'current'} side has no rows`);
  const [p, q] = [sharesOf(reference, zeros), sharesOf(current, zeros)];
  const index = p.reduce((sum, share, bin) => sum + divergence(share, q[bin] ?? NaN), 0);
  const bins = p.filter((_, bin) => (reference[bin] ?? 0) + (current[bin] ?? 0) > 0).length;
  const value = finite(index, 'the counts are no numbers');
  return mapMeasured(value, (known) => measured({ value: known, noise: psiNoise({ bins, n, m }), bins, n, m }));
}

/**
 * Returns the index that is passed with probability `tail` where nothing has moved: about (1/n + 1/m) times that quantile
 * of χ² with one degree of freedom fewer than there are bins. Yurdakul and Naranjo, "Statistical properties of the
 * population stability index", Journal of Risk Model Validation 14 (2020).
 */
export function psiNoise(facts: {
  readonly bins: number;
  readonly n: number;
  readonly m: number;
  readonly tail?: number;
}): number {
  const { bins, n, m, tail = 0.01 } = facts;
  return bins < 2 ? 0 : (1 / n + 1 / m) * chiSquareQuantile(tail, bins - 1);
}

function divergence(p: number, q: number): number {
  return (q - p) * Math.log(q / p);
}

function sharesOf(counts: ArrayLike<number>, zeros: Binning['zeros']): number[] {
  const all = total(counts);
  const shares = Array.from(counts, (count) => count / all);
  if (zeros === 'floor') return shares.map((share) => Math.max(share, FLOOR));
  // evidently's convention: an empty bin counts as 1e-4, or as a millionth of the smallest share where that is no more.
  const least = shares.reduce((lowest, share) => (share > 0 ? Math.min(lowest, share) : lowest), 1);
  return shares.map((share) => (share > 0 ? share : least <= FLOOR ? least / 1e6 : FLOOR));
}

function total(counts: ArrayLike<number>): number {
  return Array.from(counts).reduce((sum, count) => sum + count, 0);
}
