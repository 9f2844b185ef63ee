import { share, type Measured } from './outcome.ts';

/** How predictions at a threshold turned out; a row is selected where its score is at least the threshold. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly trueNegatives: number;
}

/** What is told of predictions at a threshold. */
export interface ThresholdMetrics {
  readonly accuracy: Measured;
  readonly precision: Measured;
  readonly recall: Measured;
  readonly f1: Measured;
}

/** Returns accuracy, precision, recall and F1; van Rijsbergen, Information Retrieval (1979). */
export function thresholdMetrics(counts: Confusion): ThresholdMetrics {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  const positives = truePositives + falseNegatives;
  const selected = truePositives + falsePositives;
  const rows = positives + falsePositives + trueNegatives;
  return {
    accuracy: share(truePositives + trueNegatives, rows, 'there are no rows'),
    precision: share(truePositives, selected, 'no row is selected at the threshold'),
    recall: share(truePositives, positives, 'there are no positives'),
    f1: share(2 * truePositives, positives + selected, 'there are no positives, neither true nor selected'),
  };
}
