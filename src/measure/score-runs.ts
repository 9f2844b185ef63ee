import { assert } from '../documents/error.ts';

/**
 * Predictions with their labels, sorted ascending by score and told as the distinct scores and how many rows of either
 * class have each: `SELECT p, sum(y), sum(1 - y) … GROUP BY p ORDER BY p`. Rows without a label, or without a score, are
 * left out and counted apart.
 */
export interface ScoreRuns {
  /** Strictly ascending. */
  readonly scores: Float64Array;
  /** As long as `scores`: whole numbers. */
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}

/** Returns the runs of the ascending scores of the positive and of the negative rows. */
export function scoreRunsOf(classes: {
  readonly positives: Float64Array;
  readonly negatives: Float64Array;
}): ScoreRuns {
  const { positives, negatives } = classes;
  const builder = new RunsBuilder(positives.length + negatives.length);
  let [i, j] = [0, 0];
  while (i < positives.length || j < negatives.length) {
    const score = Math.min(positives[i] ?? Infinity, negatives[j] ?? Infinity);
    const [fromPositive, fromNegative] = [i, j];
    while (positives[i] === score) i++;
    while (negatives[j] === score) j++;
    assert(i > fromPositive || j > fromNegative, 'a score has its place in an order');
    builder.push(score, i - fromPositive, j - fromNegative);
  }
  return builder.runs();
}

/** Returns the runs of two parts of the predictions together. */
export function mergeScoreRuns(left: ScoreRuns, right: ScoreRuns): ScoreRuns {
  const builder = new RunsBuilder(left.scores.length + right.scores.length);
  let [i, j] = [0, 0];
  while (i < left.scores.length || j < right.scores.length) {
    const score = Math.min(left.scores[i] ?? Infinity, right.scores[j] ?? Infinity);
    assert(!Number.isNaN(score), 'a score has its place in an order');
    if (left.scores[i] === score) builder.push(score, left.positives[i] ?? 0, left.negatives[i++] ?? 0);
    if (right.scores[j] === score) builder.push(score, right.positives[j] ?? 0, right.negatives[j++] ?? 0);
  }
  return builder.runs();
}

/** Gathers runs; what comes with the score of the last one is added to it. */
class RunsBuilder {
  #length = 0;
  readonly #scores: Float64Array;
  readonly #positives: Float64Array;
  readonly #negatives: Float64Array;

  constructor(most: number) {
    this.#scores = new Float64Array(most);
    this.#positives = new Float64Array(most);
    this.#negatives = new Float64Array(most);
  }

  push(score: number, positives: number, negatives: number): void {
    if (this.#length === 0 || this.#scores[this.#length - 1] !== score) this.#scores[this.#length++] = score;
    const last = this.#length - 1;
    this.#positives[last] = (this.#positives[last] ?? 0) + positives;
    this.#negatives[last] = (this.#negatives[last] ?? 0) + negatives;
  }

  runs(): ScoreRuns {
    const [scores, positives, negatives] = [this.#scores, this.#positives, this.#negatives].map((column) =>
      column.slice(0, this.#length),
    );
    assert(scores !== undefined && positives !== undefined && negatives !== undefined, 'three columns stay three');
    return { scores, positives, negatives };
  }
}
