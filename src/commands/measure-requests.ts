import type { Wanted } from '../data/port.ts';
import { assert } from '../documents/error.ts';
import { constantTrouble, tooFewRows } from '../measure/enough.ts';
import type { Figure, Part } from '../measure/measurement.ts';
import { inconclusive, type Measured } from '../measure/outcome.ts';
import { latencyFigures, partBars, regressionFigures } from '../measure/quality-figures.ts';
import { errorRate, quantileOfSorted } from '../measure/quantile.ts';
import { RegressionTally } from '../measure/regression.ts';
import { MISSING } from './measure-classifier.ts';
import { readColumns, readSorted, requireColumn, segmentsOf } from './measure-columns.ts';
import type { Findings } from './measure-drift.ts';
import type { Source } from './measure-sources.ts';

/** How a regression is measured. */
export interface RegressionRequest {
  readonly label: string;
  readonly score: string;
  readonly by: string | undefined;
}

/** How a log of requests is measured. */
export interface LatencyRequest {
  /** Milliseconds. */
  readonly latency: string;
  /** True or 1 where a request failed. */
  readonly error: string | undefined;
  /** The status of HTTP; from 500 on a request failed. */
  readonly status: string | undefined;
}

/** Measures predictions of a number. */
export async function measureRegression([source]: readonly Source[], request: RegressionRequest): Promise<Findings> {
  assert(source !== undefined, 'predictions are open');
  const { label, score, by } = request;
  for (const column of [label, score]) requireColumn(source, column, ['number']);
  const { values, missing } = by === undefined ? { values: [], missing: 0 } : await segmentsOf(source, by);
  const names = [...values, ...(missing === 0 ? [] : [MISSING])];
  const [whole, segments] = [newTally(), names.map(newTally)];
  const wanted: Wanted[] = [label, score].map((column) => ({ as: 'number', column }));
  if (by !== undefined) wanted.push({ as: 'code', column: by, values });
  for await (const [truth, prediction, codes] of source.table.batches(wanted)) {
    assert(truth !== undefined && prediction !== undefined, 'two columns were asked for');
    addTo(whole, truth, prediction);
    if (codes === undefined) continue;
    segments.forEach((segment, index) => {
      const isOurs = (_: number, row: number): boolean =>
        index < values.length ? codes[row] === index : Number.isNaN(codes[row]);
      addTo(segment, truth.filter(isOurs), prediction.filter(isOurs));
    });
  }
  const parts = segments
    .map((each, index): Part => ({ name: names[index] ?? '', count: each.tally.result().n, figures: figuresOf(each) }))
    .sort((a, b) => b.count - a.count);
  const { unlabelled } = whole.tally.result();
  const notes = unlabelled === 0 ? [] : [`${String(unlabelled)} rows without a ${label} were left out.`];
  return {
    figures: figuresOf(whole),
    partedBy: by,
    parts,
    plots: partBars(`RMSE by ${by ?? ''}`, 'rmse', parts),
    bounds: [],
    notes,
  };
}

/** A tally, and the range of the predictions that it was given. */
interface Tally {
  readonly tally: RegressionTally;
  least: number;
  most: number;
}

function newTally(): Tally {
  return { tally: new RegressionTally(), least: Infinity, most: -Infinity };
}

function addTo(into: Tally, truth: Float64Array, prediction: Float64Array): void {
  into.tally.add(truth, prediction);
  for (const value of prediction) {
    if (value < into.least) into.least = value;
    if (value > into.most) into.most = value;
  }
}

function figuresOf({ tally, least, most }: Tally): readonly Figure[] {
  const found = tally.result();
  const isKnown = found.mae.kind === 'measured';
  const trouble = isKnown ? (constantTrouble('prediction', { least, most }) ?? tooFewRows(found.n)) : undefined;
  return regressionFigures(found, trouble);
}

/** Measures a log of requests: how long they took and how many failed. */
export async function measureLatency([source]: readonly Source[], request: LatencyRequest): Promise<Findings> {
  assert(source !== undefined, 'requests are open');
  requireColumn(source, request.latency, ['number']);
  const { sorted, missing } = await readSorted(source, request.latency);
  const trouble = latencyTrouble(sorted, missing);
  const quantile = (p: number): Measured => quantileOfSorted(sorted, p);
  const rate = await failures(source, request);
  return {
    figures: [...latencyFigures(sorted.length, quantile, trouble), ...rate],
    partedBy: undefined,
    parts: [],
    plots: trouble === undefined ? latencyPlot(sorted) : [],
    bounds: [],
    notes: missing === 0 ? [] : [`${String(missing)} requests without a ${request.latency} were left out.`],
  };
}

function latencyTrouble(sorted: Float64Array, missing: number): Measured | undefined {
  const [least, most] = [sorted[0] ?? Number.NaN, sorted.at(-1) ?? Number.NaN];
  if (sorted.length === 0) return inconclusive(`none of ${String(missing)} requests says how long it took`);
  // Attack: requests that never ended have no latency, and are the slow ones.
  if (missing > sorted.length)
    return inconclusive(
      `${String(missing)} of ${String(missing + sorted.length)} requests do not say how long they took`,
    );
  if (least < 0) return inconclusive(`a request took ${String(least)} ms`);
  return tooFewRows(sorted.length) ?? constantTrouble('latency', { least, most });
}

async function failures(source: Source, { error, status }: LatencyRequest): Promise<readonly Figure[]> {
  const column = error ?? status;
  if (column === undefined) return [];
  requireColumn(source, column, ['number', 'boolean']);
  const [values] = await readColumns(source, [{ as: 'number', column }]);
  assert(values !== undefined, 'one column was asked for');
  const known = values.filter((value) => !Number.isNaN(value));
  const errors = known.reduce((count, value) => count + Number(error === undefined ? value >= 500 : value !== 0), 0);
  const missing = values.length - known.length;
  // A request that does not say how it ended did not end well.
  const outcome =
    missing > 0
      ? inconclusive(`${String(missing)} requests have no ${column}`)
      : errorRate({ errors, requests: known.length });
  return [{ name: 'error_rate', outcome: tooFewRows(known.length) ?? outcome, n: known.length }];
}

const CURVE = Array.from({ length: 101 }, (_, percent) => percent / 100);

function latencyPlot(sorted: Float64Array): Findings['plots'] {
  const points = CURVE.flatMap((p) => {
    const at = quantileOfSorted(sorted, p);
    return at.kind === 'measured' ? [[at.value, p] as const] : [];
  });
  const series = [{ name: 'requests', points }];
  return [
    { kind: 'lines', title: 'Latency', x: 'ms', y: 'share of requests that took no longer', diagonal: false, series },
  ];
}
