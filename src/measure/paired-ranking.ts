import { assert } from '../documents/error.ts';
import { ExactSum } from './exact-sum.ts';
import { upperGamma } from './gamma-function.ts';
import { normalInterval, type Interval } from './interval.ts';
import { inconclusive, measured, type Measured } from './outcome.ts';
import { sortOrder } from './sort-order.ts';

/** Two models' scores for the same rows, row by row. Every row has a label and both scores. */
export interface PairedScores {
  readonly baseline: Float64Array;
  readonly candidate: Float64Array;
  /** 1 for a positive row, 0 for a negative one. */
  readonly labels: Uint8Array;
}

/** The difference of two AUCs that were measured on the same rows. */
export interface RankingDifference {
  readonly n: number;
  readonly baselineAuc: number;
  readonly candidateAuc: number;
  /** Candidate minus baseline, with its 95 % interval. */
  readonly difference: number;
  readonly interval: Interval;
  /** Of the hypothesis that the models rank equally well, two-sided. */
  readonly pValue: number;
}

/**
 * Returns the difference of two AUCs on the same rows by DeLong's paired test, Biometrics 44 (1988), in O(n log n) after
 * Sun and Xu, IEEE Signal Processing Letters 21 (2014). The variance is taken of the difference of each row's two
 * placements, which is the same number as from the covariances, without their cancellation.
 */
export function compareRankings({ baseline, candidate, labels }: PairedScores): Measured<RankingDifference> {
  const n = labels.length;
  assert(baseline.length === n && candidate.length === n, 'the columns of paired scores are as long');
  if (baseline.some(Number.isNaN) || candidate.some(Number.isNaN)) return inconclusive('a row has no score');
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const negatives = n - positives;
  if (positives < 2 || negatives < 2) {
    return inconclusive(`a comparison takes two rows of each class; there are ${positives} and ${negatives}`);
  }
  const sums = sumPlacements(placementsOf(baseline, labels), placementsOf(candidate, labels), labels);
  const pairs = 2 * positives * negatives;
  const difference = sums.positive.difference.value / pairs;
  const variance =
    sums.positive.square.spread(sums.positive.difference, positives) /
      (2 * negatives) ** 2 /
      (positives - 1) /
      positives +
    sums.negative.square.spread(sums.negative.difference, negatives) /
      (2 * positives) ** 2 /
      (negatives - 1) /
      negatives;
  if (variance === 0 && difference !== 0)
    return inconclusive('every row of a class differs alike: the spread is unknown');
  return measured({
    n,
    baselineAuc: sums.baseline.value / pairs,
    candidateAuc: sums.candidate.value / pairs,
    difference,
    interval: normalInterval({ centre: difference, variance, bounds: { low: -1, high: 1 } }),
    // A squared normal is χ² with one degree of freedom.
    pValue: variance === 0 ? 1 : upperGamma(0.5, difference ** 2 / variance / 2),
  });
}

/** Twice the number of rows of the other class that score below each row, ties counting half. */
function placementsOf(scores: Float64Array, labels: Uint8Array): Float64Array {
  const order = sortOrder(scores);
  const placements = new Float64Array(scores.length);
  let [positivesBelow, negativesBelow] = [0, 0];
  for (let from = 0; from < order.length;) {
    let to = from;
    let positives = 0;
    const score = scores[order[from] ?? 0];
    for (; to < order.length && scores[order[to] ?? 0] === score; to++) positives += labels[order[to] ?? 0] ?? 0;
    const negatives = to - from - positives;
    for (let at = from; at < to; at++) {
      const row = order[at] ?? 0;
      placements[row] = labels[row] === 1 ? 2 * negativesBelow + negatives : 2 * positivesBelow + positives;
    }
    positivesBelow += positives;
    negativesBelow += negatives;
    from = to;
  }
  return placements;
}

function sumPlacements(baseline: Float64Array, candidate: Float64Array, labels: Uint8Array) {
  const positive = { difference: new ExactSum(), square: new ExactSum() };
  const negative = { difference: new ExactSum(), square: new ExactSum() };
  const sums = { positive, negative, baseline: new ExactSum(), candidate: new ExactSum() };
  for (let row = 0; row < labels.length; row++) {
    const before = baseline[row] ?? 0;
    const after = candidate[row] ?? 0;
    const side = labels[row] === 1 ? positive : negative;
    side.difference.add(after - before);
    side.square.addProduct(after - before, after - before);
    if (labels[row] !== 1) continue;
    sums.baseline.add(before);
    sums.candidate.add(after);
  }
  return sums;
}
