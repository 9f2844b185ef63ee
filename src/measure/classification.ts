import { assert } from '../documents/error.ts';
import { CalibrationTally, type CalibrationBin } from './calibration.ts';
import { thresholdMetrics, type Confusion, type ThresholdMetrics } from './confusion.ts';
import type { Interval } from './interval.ts';
import { inconclusive, mapMeasured, measured, type Inconclusive, type Measured } from './outcome.ts';
import { LossTally } from './probability-loss.ts';
import { RankingTally } from './ranking.ts';
import { RocTally, type RocPoint } from './roc.ts';
import type { ScoreRuns } from './score-runs.ts';

/** Rows that are not among the runs. */
export interface LeftOut {
  /** Rows without a label: nothing can be measured on them, and they change nothing. */
  readonly unlabelled: number;
  /** Rows with a label but without a score, NaN included. One is enough to make everything inconclusive. */
  readonly unscored: number;
}

/** Everything that labelled scores say of a binary classifier. */
export interface Classification extends ThresholdMetrics {
  /** Rows with a label and a score. */
  readonly n: number;
  readonly positives: number;
  readonly negatives: number;
  readonly leftOut: LeftOut;
  /** A row is selected where its score is at least this. */
  readonly threshold: number;
  readonly confusion: Confusion;
  readonly auc: Measured;
  /** DeLong's, at 95 %. */
  readonly aucInterval: Measured<Interval>;
  readonly logLoss: Measured;
  readonly brier: Measured;
  /** Expected calibration error over 15 bins of equal width. */
  readonly calibrationError: Measured;
  readonly calibration: Measured<readonly CalibrationBin[]>;
  readonly roc: Measured<readonly RocPoint[]>;
}

/** Returns what the predictions, all in memory, say of a classifier. */
export function classificationOf(
  runs: ScoreRuns,
  { threshold, ...leftOut }: LeftOut & { readonly threshold: number },
): Classification {
  const tally = new ClassificationTally(threshold);
  tally.add(runs);
  return tally.result(leftOut);
}

/** Measures a classifier in one pass over runs that may arrive in chunks, the scores ascending from chunk to chunk. */
export class ClassificationTally {
  readonly #threshold: number;
  readonly #ranking = new RankingTally();
  readonly #loss = new LossTally();
  readonly #calibration = new CalibrationTally();
  readonly #roc = new RocTally();
  readonly #below = { positives: 0, negatives: 0 };
  readonly #all = { positives: 0, negatives: 0 };
  #last = -Infinity;
  #started = false;

  /** Starts; a row is selected where its score is at least `threshold`. */
  constructor(threshold: number) {
    assert(Number.isFinite(threshold), 'a threshold is a number');
    this.#threshold = threshold;
  }

  /** Adds the next chunk. No score may occur in two chunks. */
  add({ scores, positives, negatives }: ScoreRuns): void {
    assert(scores.length === positives.length && scores.length === negatives.length, 'columns of runs are as long');
    for (let run = 0; run < scores.length; run++) {
      const score = scores[run] ?? NaN;
      assert(score > this.#last || !this.#started, 'scores ascend strictly');
      assert(!Number.isNaN(score), 'a row without a score is counted apart');
      this.#started = true;
      this.#last = score;
      this.#addRun(score, positives[run] ?? 0, negatives[run] ?? 0);
    }
  }

  #addRun(score: number, positives: number, negatives: number): void {
    this.#all.positives += positives;
    this.#all.negatives += negatives;
    if (score < this.#threshold) {
      this.#below.positives += positives;
      this.#below.negatives += negatives;
    }
    this.#ranking.add(positives, negatives);
    this.#loss.add(score, positives, negatives);
    this.#calibration.add(score, positives, negatives);
    this.#roc.add(score, positives, negatives);
  }

  /** Returns what was measured; without rows of both classes, or with rows that have no score, nothing is. */
  result(leftOut: LeftOut): Classification {
    const { positives, negatives } = this.#all;
    const counts = { n: positives + negatives, positives, negatives, leftOut, threshold: this.#threshold };
    const confusion = this.#confusion();
    const trouble = this.#trouble(leftOut);
    if (trouble !== undefined) return { ...counts, confusion, ...nothing(trouble) };
    const ranking = this.#ranking.result();
    return {
      ...counts,
      confusion,
      ...thresholdMetrics(confusion),
      auc: mapMeasured(ranking, ({ auc }) => measured(auc)),
      aucInterval: mapMeasured(ranking, ({ interval }) => interval),
      logLoss: this.#loss.logLoss,
      brier: this.#loss.brier,
      calibrationError: this.#loss.trouble ?? measured(this.#calibration.error()),
      calibration: this.#loss.trouble ?? measured(this.#calibration.bins()),
      roc: measured(this.#roc.points()),
    };
  }

  #confusion(): Confusion {
    return {
      truePositives: this.#all.positives - this.#below.positives,
      falsePositives: this.#all.negatives - this.#below.negatives,
      falseNegatives: this.#below.positives,
      trueNegatives: this.#below.negatives,
    };
  }

  #trouble({ unscored }: LeftOut): Inconclusive | undefined {
    const { positives, negatives } = this.#all;
    // Attack: a model that gives no score to the rows it finds hard looks better on the rest.
    if (unscored > 0)
      return inconclusive(`${unscored} of ${unscored + positives + negatives} labelled rows have no score`);
    if (positives + negatives === 0) return inconclusive('there are no rows with a label and a score');
    // Accuracy and log loss would have numbers, but flattering ones: a constant is right about one class.
    if (positives === 0 || negatives === 0) {
      return inconclusive(`all ${positives + negatives} rows are ${positives > 0 ? 'positives' : 'negatives'}`);
    }
    return undefined;
  }
}

function nothing(trouble: Inconclusive) {
  return {
    ...{ accuracy: trouble, precision: trouble, recall: trouble, f1: trouble },
    ...{ auc: trouble, aucInterval: trouble, logLoss: trouble, brier: trouble, roc: trouble },
    ...{ calibrationError: trouble, calibration: trouble },
  };
}
