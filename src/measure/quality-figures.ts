import type { Figure, Plot } from './measurement.ts';
import { inconclusive, mapMeasured, measured, type Measured } from './outcome.ts';
import type { RankingDifference } from './paired-ranking.ts';
import type { Regression } from './regression.ts';
import type { JudgedClassification } from './score-folder.ts';

/** Returns what is told of a classifier, under the names of the metric catalogue. */
export function classifierFigures(found: JudgedClassification): readonly Figure[] {
  const { trouble, n } = found;
  const figure = (name: string, outcome: Measured): Figure => ({ name, outcome: trouble ?? outcome, n });
  const interval = trouble === undefined && found.aucInterval.kind === 'measured' ? found.aucInterval.value : undefined;
  return [
    { ...figure('auc', found.auc), ...(interval === undefined ? {} : { interval }) },
    figure('log_loss', found.logLoss),
    figure('brier', found.brier),
    figure('calibration_error', found.calibrationError),
    figure('accuracy', found.accuracy),
    figure('precision', found.precision),
    figure('recall', found.recall),
    figure('f1', found.f1),
  ];
}

/** Returns the difference of two classifiers on the same rows. */
export function differenceFigures(found: Measured<RankingDifference>, n: number): readonly Figure[] {
  const figure = (name: string, pick: (known: RankingDifference) => number): Figure => ({
    name,
    outcome: mapMeasured(found, (known) => measured(pick(known))),
    n,
  });
  const difference = figure('auc_delta', (known) => known.difference);
  return [
    figure('baseline_auc', ({ baselineAuc }) => baselineAuc),
    found.kind === 'measured' ? { ...difference, interval: found.value.interval } : difference,
    figure('auc_delta_p_value', ({ pValue }) => pValue),
  ];
}

/** Returns what is told of a regression. */
export function regressionFigures({ n, mae, rmse, r2 }: Regression, trouble: Measured | undefined): readonly Figure[] {
  const figure = (name: string, outcome: Measured): Figure => ({ name, outcome: trouble ?? outcome, n });
  return [figure('mae', mae), figure('rmse', rmse), figure('r2', r2)];
}

const QUANTILES = [
  { name: 'latency_p50_ms', p: 0.5 },
  { name: 'latency_p95_ms', p: 0.95 },
  { name: 'latency_p99_ms', p: 0.99 },
] as const;

/** Returns the quantiles of latencies; one beyond which not even one request is expected says nothing. */
export function latencyFigures(
  n: number,
  quantile: (p: number) => Measured,
  trouble: Measured | undefined,
): readonly Figure[] {
  return QUANTILES.map(({ name, p }) => {
    const few =
      n * (1 - p) < 1 ? inconclusive(`${n} requests are too few for their ${p * 100}th percentile`) : undefined;
    return { name, outcome: trouble ?? few ?? quantile(p), n };
  });
}

/** Returns the ROC curve and the calibration of one or more classifiers. */
export function classifierPlots(found: ReadonlyMap<string, JudgedClassification>): readonly Plot[] {
  const roc = [...found].flatMap(([name, { roc: curve }]) =>
    curve.kind === 'measured'
      ? [{ name, points: curve.value.map((at) => [at.falsePositiveRate, at.truePositiveRate] as const) }]
      : [],
  );
  const calibration = [...found].flatMap(([name, { calibration: bins }]) =>
    bins.kind === 'measured'
      ? [{ name, points: bins.value.map((bin) => [bin.meanScore, bin.positiveShare] as const) }]
      : [],
  );
  const lines = { kind: 'lines', diagonal: true } as const;
  return [
    ...(roc.length === 0
      ? []
      : [{ ...lines, title: 'ROC', x: 'false positive rate', y: 'true positive rate', series: roc }]),
    ...(calibration.length === 0
      ? []
      : [{ ...lines, title: 'Calibration', x: 'mean score', y: 'share of positives', series: calibration }]),
  ];
}

/** Returns one number of each part as bars. */
export function partBars(
  title: string,
  name: string,
  parts: readonly { name: string; figures: readonly Figure[] }[],
): readonly Plot[] {
  if (parts.length === 0) return [];
  const bars = parts.map((part) => {
    const figure = part.figures.find((each) => each.name === name);
    const value = figure?.outcome.kind === 'measured' ? figure.outcome.value : null;
    const interval = figure?.interval === undefined ? {} : { interval: figure.interval };
    return { name: part.name, value, n: figure?.n ?? 0, ...interval };
  });
  return [{ kind: 'bars', title, y: name, bars }];
}
