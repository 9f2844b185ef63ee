import { ExactSum } from './exact-sum.ts';
import { inconclusive, measured, type Inconclusive, type Measured } from './outcome.ts';

/** Probabilities are kept this far from 0 and 1, as scikit-learn keeps doubles; else one sure mistake would cost infinity. */
const CLIP = Number.EPSILON;

/** Log loss and the Brier score of probabilities, run by run. */
export class LossTally {
  #rows = 0;
  #least = Infinity;
  #most = -Infinity;
  readonly #logLoss = new ExactSum();
  readonly #brier = new ExactSum();

  /** Adds the rows of either class that have this score. */
  add(score: number, positives: number, negatives: number): void {
    this.#rows += positives + negatives;
    this.#least = Math.min(this.#least, score);
    this.#most = Math.max(this.#most, score);
    const clipped = Math.min(1 - CLIP, Math.max(CLIP, score));
    if (positives > 0) {
      this.#logLoss.addProduct(positives, -Math.log(clipped));
      this.#brier.addProduct(positives, (1 - score) ** 2);
    }
    if (negatives > 0) {
      this.#logLoss.addProduct(negatives, -Math.log(1 - clipped));
      this.#brier.addProduct(negatives, score ** 2);
    }
  }

  /** Returns why the scores are no probabilities, or undefined where they are. */
  get trouble(): Inconclusive | undefined {
    if (this.#least >= 0 && this.#most <= 1) return undefined;
    return inconclusive(`the scores go from ${this.#least} to ${this.#most}; probabilities go from 0 to 1`);
  }

  /** Returns the mean of −ln(probability given to what happened); Good, Journal of the Royal Statistical Society B 14 (1952). */
  get logLoss(): Measured {
    return this.trouble ?? measured(this.#logLoss.value / this.#rows);
  }

  /** Returns the mean squared distance of probability and label; Brier, Monthly Weather Review 78 (1950). */
  get brier(): Measured {
    return this.trouble ?? measured(this.#brier.value / this.#rows);
  }
}
