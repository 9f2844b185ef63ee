import { assert } from '../documents/error.ts';
import { ExactSum } from './exact-sum.ts';
import { finite, inconclusive, type Inconclusive, type Measured } from './outcome.ts';

/** How far predictions are from the truth. */
export interface Regression {
  /** Rows with a truth and a prediction. */
  readonly n: number;
  /** Rows without a truth: nothing can be measured on them. */
  readonly unlabelled: number;
  /** Rows with a truth but no finite prediction, or an infinite truth. One is enough to make everything inconclusive. */
  readonly unpredicted: number;
  /** Mean absolute error. */
  readonly mae: Measured;
  /** Root of the mean squared error. */
  readonly rmse: Measured;
  /** 1 − Σ(y − f)² / Σ(y − ȳ)²: below 0 where the mean of the truth would have been the better prediction. */
  readonly r2: Measured;
}

/** Measures a regression in one pass over rows that may arrive in chunks, in any order; NaN stands for a missing value. */
export class RegressionTally {
  #n = 0;
  #unlabelled = 0;
  #unpredicted = 0;
  #least = Infinity;
  #most = -Infinity;
  /**
   * The first truth, taken off all others before they are squared: around a mean of 1e9 even 32 digits would run out. It
   * never hurts: were it far from the rest, the spread would be at least as large.
   */
  #origin = 0;
  readonly #absolute = new ExactSum();
  readonly #squared = new ExactSum();
  readonly #truth = new ExactSum();
  readonly #truthSquared = new ExactSum();

  /** Adds a chunk of rows. */
  add(truth: Float64Array, prediction: Float64Array): void {
    assert(truth.length === prediction.length, 'both columns are as long');
    for (let row = 0; row < truth.length; row++) this.#addRow(truth[row] ?? NaN, prediction[row] ?? NaN);
  }

  #addRow(truth: number, prediction: number): void {
    if (Number.isNaN(truth)) this.#unlabelled++;
    else if (!Number.isFinite(truth) || !Number.isFinite(prediction)) this.#unpredicted++;
    else this.#addPair(truth, prediction);
  }

  #addPair(truth: number, prediction: number): void {
    if (this.#n++ === 0) this.#origin = truth;
    const error = truth - prediction;
    this.#absolute.add(Math.abs(error));
    this.#squared.addProduct(error, error);
    const offset = truth - this.#origin;
    this.#truth.add(offset);
    this.#truthSquared.addProduct(offset, offset);
    if (truth < this.#least) this.#least = truth;
    if (truth > this.#most) this.#most = truth;
  }

  /** Returns what was measured. */
  result(): Regression {
    const counts = { n: this.#n, unlabelled: this.#unlabelled, unpredicted: this.#unpredicted };
    const trouble = this.#trouble();
    if (trouble !== undefined) return { ...counts, mae: trouble, rmse: trouble, r2: trouble };
    const overflow = 'the values are too large to be summed';
    return {
      ...counts,
      mae: finite(this.#absolute.value / this.#n, overflow),
      rmse: finite(Math.sqrt(this.#squared.value / this.#n), overflow),
      r2: this.#determination(overflow),
    };
  }

  #determination(overflow: string): Measured {
    if (this.#least === this.#most) return inconclusive(`the truth is ${this.#least} in all ${this.#n} rows`);
    return finite(1 - this.#squared.value / this.#truthSquared.spread(this.#truth, this.#n), overflow);
  }

  #trouble(): Inconclusive | undefined {
    const rows = this.#n + this.#unpredicted;
    // Attack: a model that gives no prediction for the rows it finds hard looks better on the rest.
    if (this.#unpredicted > 0) return inconclusive(`${this.#unpredicted} of ${rows} labelled rows lack a finite pair`);
    return rows === 0 ? inconclusive('there are no rows with a truth') : undefined;
  }
}
