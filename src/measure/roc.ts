/** A point of the ROC curve: what selecting all scores from `threshold` on gives. */
export interface RocPoint {
  /** The lowest selected score; null where nothing is selected. */
  readonly threshold: number | null;
  readonly truePositiveRate: number;
  readonly falsePositiveRate: number;
}

/** Points that a plot can show apart. */
const MOST_POINTS = 400;

/** A score with what lies below it. */
interface Mark {
  readonly score: number;
  readonly positivesBelow: number;
  readonly negativesBelow: number;
}

/**
 * Keeps a few hundred points of the ROC curve, run by run in ascending order of the scores, about evenly along its path.
 * For plots: the area is measured on all runs, not on these.
 */
export class RocTally {
  #positives = 0;
  #negatives = 0;
  #marks: Mark[] = [];
  #stride = 1;
  #nextAt = 0;

  /** Adds the next higher score: how many rows of either class have it. */
  add(score: number, positives: number, negatives: number): void {
    const below = this.#positives + this.#negatives;
    if (below >= this.#nextAt) {
      this.#marks.push({ score, positivesBelow: this.#positives, negativesBelow: this.#negatives });
      this.#nextAt = below + this.#stride;
      if (this.#marks.length >= MOST_POINTS) this.#thin();
    }
    this.#positives += positives;
    this.#negatives += negatives;
  }

  /** Returns the points from (1, 1), where everything is selected, down to (0, 0); both classes must have rows. */
  points(): RocPoint[] {
    const marked = this.#marks.map((mark) => ({
      threshold: mark.score,
      truePositiveRate: (this.#positives - mark.positivesBelow) / this.#positives,
      falsePositiveRate: (this.#negatives - mark.negativesBelow) / this.#negatives,
    }));
    return [...marked, { threshold: null, truePositiveRate: 0, falsePositiveRate: 0 }];
  }

  #thin(): void {
    this.#marks = this.#marks.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }
}
