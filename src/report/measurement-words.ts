import type { Figure, Measurement, MeasurementKind, Part } from '../measure/measurement.ts';
import type { Measured } from '../measure/outcome.ts';

/** What a metric is called, and what it says. */
export interface MetricWords {
  readonly title: string;
  readonly about: string;
}

const METRICS: ReadonlyMap<string, MetricWords> = new Map(
  Object.entries({
    auc: ['AUC', 'Chance that a positive scores higher than a negative; 0.5 is no skill, 1 is perfect.'],
    baseline_auc: ['AUC of the baseline', 'The other model, on the same rows.'],
    auc_delta: ['AUC difference', 'This model minus the baseline, on the same rows.'],
    auc_delta_p_value: ['AUC difference, p-value', 'Chance of such a difference if the models were equally good.'],
    log_loss: ['Log loss', 'Lower is better; punishes scores that are sure and wrong.'],
    brier: ['Brier score', 'Mean squared error of the scores; lower is better.'],
    calibration_error: ['Calibration error', 'How far scores are from the shares of positives; 0 is perfect.'],
    accuracy: ['Accuracy', 'Share of rows that are judged rightly at the threshold.'],
    precision: ['Precision', 'Share of positives among the selected rows.'],
    recall: ['Recall', 'Share of the positives that are selected.'],
    f1: ['F1', 'Harmonic mean of precision and recall.'],
    mae: ['MAE', 'Mean absolute error, in the unit of the label.'],
    rmse: ['RMSE', 'Root mean squared error, in the unit of the label.'],
    r2: ['R²', 'Share of the variance that is explained; 1 is perfect.'],
    latency_p50_ms: ['Latency, median', 'Half of the requests took no longer.'],
    latency_p95_ms: ['Latency, 95th percentile', '95 of 100 requests took no longer.'],
    latency_p99_ms: ['Latency, 99th percentile', '99 of 100 requests took no longer.'],
    error_rate: ['Error rate', 'Share of the requests that failed.'],
    tpr: ['True positive rate', 'Share of the positives that are selected.'],
    fpr: ['False positive rate', 'Share of the negatives that are selected.'],
    selection_rate: ['Selection rate', 'Share of the rows that are selected.'],
    positives: ['Positives', 'Rows whose label is positive.'],
    tpr_gap: ['True positive rate gap', 'Equal opportunity: highest minus lowest of the segments; 0 is equal.'],
    fpr_gap: ['False positive rate gap', 'Highest minus lowest of the segments; 0 is equal.'],
    equalised_odds_gap: ['Equalised odds gap', 'The larger of the true and false positive rate gaps.'],
    selection_rate_gap: ['Selection rate gap', 'Demographic parity: highest minus lowest of the segments.'],
    psi: ['PSI', 'Population stability index: 0 is no change, 0.1 to 0.2 some, more is much.'],
    ks_statistic: ['KS distance D', 'Largest distance of the two cumulative distributions, 0 to 1.'],
    ks_p_value: ['KS p-value', 'Chance of such a distance if nothing had moved; of at most 10,000 rows a side.'],
    js_distance: ['Jensen–Shannon distance', 'Distance of the shares of the categories, 0 to 1.'],
    chi2_p_value: ['Chi-square p-value', 'Chance of such shares if nothing had moved; of at most 10,000 rows a side.'],
  } satisfies Record<string, readonly [string, string]>).map(([name, [title, about]]) => [name, { title, about }]),
);

/** Returns what a metric is called among people; its own name where it is not known. */
export function metricWords(name: string): MetricWords {
  return METRICS.get(name) ?? { title: name, about: '' };
}

const KINDS: Readonly<Record<MeasurementKind, string>> = {
  drift: 'Drift report',
  evaluation: 'Evaluation report',
  fairness: 'Fairness report',
};

/** Returns the heading of a report. */
export function kindWords(kind: MeasurementKind): string {
  return KINDS[kind];
}

/** Returns a number of a metric with four digits that count and its unit. */
export function valueWords(name: string, value: number): string {
  if (name.endsWith('p_value') && value < 0.0001) return '< 0.0001';
  if (name === 'error_rate') return `${fourDigits(value * 100)} %`;
  return name.endsWith('_ms') ? `${fourDigits(value)} ms` : fourDigits(value);
}

/** Zeros at the end are kept: below each other they show to what digit each was measured. */
function fourDigits(value: number): string {
  const size = Math.abs(value);
  return Number.isInteger(value) || size < 1e-4 || size >= 1000 ? numberWords(value) : value.toPrecision(4);
}

/** Returns a count in few characters, for drawings: `9,512`, `123 k`, `5.0 M`. */
export function roughCount(count: number): string {
  if (count < 1e5) return countWords(count);
  return count < 1e6 ? `${String(Math.round(count / 1e3))} k` : `${(count / 1e6).toFixed(1)} M`;
}

/** Returns a number with four digits that count, thousands parted: `0.8731`, `12,345`, `1.2e-7`. */
export function numberWords(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return countWords(value);
  const size = Math.abs(value);
  if (size < 1e-4 || size >= 1e15) return value.toExponential(2);
  if (size < 1000) return String(Number(value.toPrecision(4)));
  return countWords(Math.round(value));
}

/** Returns a whole number with its thousands parted: `1,234,567`. */
export function countWords(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

/** Returns a share as percent: `12.3 %`, `< 0.1 %`. */
export function percentWords(share: number): string {
  if (share > 0 && share < 0.001) return '< 0.1 %';
  return `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)} %`;
}

/** Returns the value of an outcome in words, or the word for having none. */
export function outcomeWords(name: string, outcome: Measured): string {
  return outcome.kind === 'measured' ? valueWords(name, outcome.value) : 'inconclusive';
}

/** Returns on how many rows a figure rests: `n 1,200`, or of both sides `n 1,200 and 900`. */
export function rowsWords({ n, m }: Pick<Figure, 'n' | 'm'>): string {
  return m === undefined ? `n ${countWords(n)}` : `n ${countWords(n)} and ${countWords(m)}`;
}

/** Returns the interval of a figure in words, or undefined. */
export function intervalWords({ name, interval }: Figure): string | undefined {
  if (interval === undefined) return undefined;
  return `95 % interval ${valueWords(name, interval.low)} to ${valueWords(name, interval.high)}`;
}

/** Returns the judgement of a measurement in a word and a sentence; undefined where nothing was asked of it. */
export function judgement({
  kind,
  bounds,
  figures,
}: Measurement):
  { readonly standing: 'good' | 'bad' | 'unknown'; readonly word: string; readonly sentence: string } | undefined {
  if (bounds.length === 0) return undefined;
  const broken = bounds.filter(({ holds }) => !holds);
  const names = broken.map(({ metric }) => metricWords(metric).title).join(', ');
  if (broken.length === 0) return { standing: 'good', word: 'Within bounds', sentence: 'Every bound holds.' };
  const isUnknown = broken.every(({ metric }) =>
    figures.some(({ name, outcome }) => name === metric && outcome.kind === 'inconclusive'),
  );
  if (isUnknown)
    return {
      standing: 'unknown',
      word: 'Inconclusive',
      sentence: `Could not be measured, so it does not pass: ${names}.`,
    };
  return {
    standing: 'bad',
    word: kind === 'drift' ? 'Drifted' : 'Out of bounds',
    sentence: `Out of bounds: ${names}.`,
  };
}

/** Returns which features moved most, in a sentence; undefined where nothing is known of any. */
export function movementSentence({ kind, parts, bounds }: Measurement): string | undefined {
  const moved = parts.flatMap((part) => psiOf(part));
  const [first] = moved;
  if (kind !== 'drift' || first === undefined) return undefined;
  const limit = bounds.find(({ metric }) => metric === 'psi')?.limit;
  const most = `${first.name} moved most, with a PSI of ${valueWords('psi', first.value)}.`;
  if (limit === undefined) return most;
  const over = moved.filter(({ value }) => value >= limit).length;
  return `${most} ${countWords(over)} of ${countWords(parts.length)} features reach the limit of ${numberWords(limit)}.`;
}

function psiOf({ name, figures }: Part): readonly { readonly name: string; readonly value: number }[] {
  const outcome = figures.find((figure) => figure.name === 'psi')?.outcome;
  return outcome?.kind === 'measured' ? [{ name, value: outcome.value }] : [];
}
