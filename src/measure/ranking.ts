import { ExactSum } from './exact-sum.ts';
import { normalInterval, type Interval } from './interval.ts';
import { inconclusive, measured, type Measured } from './outcome.ts';

/** The area under the ROC curve, with DeLong's 95 % interval. */
export interface Ranking {
  readonly auc: number;
  readonly interval: Measured<Interval>;
}

/**
 * Measures how well scores rank positives above negatives, run by run in ascending order of the scores.
 *
 * AUC is the Mann–Whitney statistic (a tie counts half, which is what midranks come to): Hanley and McNeil, Radiology 143
 * (1982). Its variance comes from the placement of each row, the share of the other class that it beats: DeLong, DeLong
 * and Clarke-Pearson, Biometrics 44 (1988). A placement depends on the score only, so there is one per run, and kept as
 * twice a count it is a whole number: no sum here rounds before the end.
 */
export class RankingTally {
  #positives = 0;
  #negatives = 0;
  readonly #placed = new ExactSum();
  readonly #placedSquare = new ExactSum();
  readonly #against = new ExactSum();
  readonly #againstSquare = new ExactSum();

  /** Adds the next higher score: how many rows of either class have it. */
  add(positives: number, negatives: number): void {
    const placement = 2 * this.#negatives + negatives;
    const against = 2 * this.#positives + positives;
    if (positives > 0) {
      this.#placed.addProduct(positives, placement);
      this.#placedSquare.addProduct(positives * placement, placement);
      this.#positives += positives;
    }
    if (negatives > 0) {
      this.#against.addProduct(negatives, against);
      this.#againstSquare.addProduct(negatives * against, against);
      this.#negatives += negatives;
    }
  }

  /** Returns AUC and its interval; with one class only there is neither. */
  result(): Measured<Ranking> {
    const [positives, negatives] = [this.#positives, this.#negatives];
    if (positives === 0 || negatives === 0)
      return inconclusive(`there are no ${positives > 0 ? 'negatives' : 'positives'}`);
    const auc = this.#placed.value / (2 * positives * negatives);
    return measured({ auc, interval: this.#interval(auc) });
  }

  #interval(auc: number): Measured<Interval> {
    const [positives, negatives] = [this.#positives, this.#negatives];
    if (positives < 2 || negatives < 2) return inconclusive('an interval takes at least two rows of each class');
    const amongPositives = this.#placedSquare.spread(this.#placed, positives) / (2 * negatives) ** 2 / (positives - 1);
    const amongNegatives =
      this.#againstSquare.spread(this.#against, negatives) / (2 * positives) ** 2 / (negatives - 1);
    const variance = amongPositives / positives + amongNegatives / negatives;
    // With perfect separation, or one score for all, DeLong's variance is 0: no knowledge of the error, not certainty.
    if (variance === 0) return inconclusive('every row of a class is placed alike, so the spread is unknown');
    return measured(normalInterval({ centre: auc, variance, bounds: { low: 0, high: 1 } }));
  }
}
