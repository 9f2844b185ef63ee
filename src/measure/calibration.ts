import { ExactSum } from './exact-sum.ts';

/** One bin of probabilities: what was predicted there on average, and what happened. */
export interface CalibrationBin {
  /** The bin is (low, high]; the first holds 0 too. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly positives: number;
  readonly meanScore: number;
  readonly positiveShare: number;
}

/** Bins of equal width, as Guo et al. take. */
const CALIBRATION_BINS = 15;

/** Compares probabilities with what happened in 15 bins of equal width, run by run. */
export class CalibrationTally {
  readonly #rows = new Float64Array(CALIBRATION_BINS);
  readonly #positives = new Float64Array(CALIBRATION_BINS);
  readonly #scores = Array.from({ length: CALIBRATION_BINS }, () => new ExactSum());

  /** Adds the rows of either class that have this score. */
  add(score: number, positives: number, negatives: number): void {
    const bin = binOf(score);
    const rows = positives + negatives;
    this.#rows[bin] = (this.#rows[bin] ?? 0) + rows;
    this.#positives[bin] = (this.#positives[bin] ?? 0) + positives;
    this.#scores[bin]?.addProduct(rows, score);
  }

  /** Returns the bins that hold rows. */
  bins(): CalibrationBin[] {
    return this.#scores.flatMap((scores, bin) => {
      const [n, positives] = [this.#rows[bin] ?? 0, this.#positives[bin] ?? 0];
      if (n === 0) return [];
      const [low, high] = [bin / CALIBRATION_BINS, (bin + 1) / CALIBRATION_BINS];
      return [{ low, high, n, positives, meanScore: scores.value / n, positiveShare: positives / n }];
    });
  }

  /**
   * Returns the expected calibration error: the mean over rows of |share of positives − mean score| of their bin. Naeini,
   * Cooper and Hauskrecht, AAAI (2015); bins as Guo et al., ICML (2017).
   */
  error(): number {
    const rows = this.#rows.reduce((sum, count) => sum + count, 0);
    const off = this.#scores.map((scores, bin) => Math.abs((this.#positives[bin] ?? 0) - scores.value));
    return off.reduce((sum, distance) => sum + distance, 0) / rows;
  }
}

function binOf(score: number): number {
  let bin = Math.min(CALIBRATION_BINS - 1, Math.max(0, Math.ceil(score * CALIBRATION_BINS) - 1));
  // The product may have rounded across an edge; the edges themselves decide, so that SQL can count the same bins.
  if (bin > 0 && score <= bin / CALIBRATION_BINS) bin--;
  else if (bin < CALIBRATION_BINS - 1 && score > (bin + 1) / CALIBRATION_BINS) bin++;
  return bin;
}
