import {
  binLabels,
  countSorted,
  decileBinning,
  EVIDENTLY_DISTINCT,
  evidentlyBinning,
  type Binning,
} from './binning.ts';
import { alignCategories, chiSquareTest, jensenShannon, type CategoryCounts } from './categories.ts';
import { judgeChiSquare, judgeKs, judgePsi, type DriftVerdict } from './drift-verdict.ts';
import { ksOfSorted } from './ks.ts';
import type { Figure, Plot } from './measurement.ts';
import { mapMeasured, measured, type Measured } from './outcome.ts';
import { psi } from './psi.ts';
import { runsOf } from './runs.ts';

/** How drift is measured and judged. */
export interface DriftRules {
  readonly binning: 'deciles' | 'evidently';
  /** A feature has drifted from this index on. */
  readonly maxPsi: number;
  /** A feature has drifted where its p-value is below this. */
  readonly minP: number;
}

/** Two sides of a comparison. */
export interface Sides<T> {
  readonly reference: T;
  readonly current: T;
}

/** A numeric column of one side. */
export interface NumericSide {
  /** Ascending, without NaN. */
  readonly sorted: Float64Array;
  /** Rows without a value. */
  readonly missing: number;
  /** At most as many rows of it as a p-value is computed from, ascending. */
  readonly sample: Float64Array;
}

/** A column of categories of one side. */
export interface CategorySide extends CategoryCounts {
  /** The same, of at most as many rows as a p-value is computed from. */
  readonly sample: CategoryCounts;
}

/** One number of a feature and what it says. */
interface JudgedFigure extends Figure {
  readonly verdict: DriftVerdict;
}

/** What is known of one feature. */
export interface FeatureDrift {
  readonly name: string;
  /** Rows of the current side. */
  readonly rows: number;
  readonly figures: readonly JudgedFigure[];
  readonly plot: Plot | undefined;
}

/** Returns how far a numeric feature moved: PSI and the KS distance of all rows, the p-value of the samples. */
export function numericDrift(name: string, sides: Sides<NumericSide>, rules: DriftRules): FeatureDrift {
  const { reference, current } = sides;
  const cells = numericCells(sides, rules);
  const distance = ksOfSorted(reference.sorted, current.sorted);
  const test = ksOfSorted(reference.sample, current.sample);
  const verdict = mapMeasured(test, (known) => judgeKs(known, rules.minP));
  const all = { n: reference.sorted.length, m: current.sorted.length };
  const sampled = { n: reference.sample.length, m: current.sample.length };
  const statistic = mapMeasured(distance, (known) => measured(known.statistic));
  return {
    name,
    rows: current.sorted.length + current.missing,
    figures: [
      psiFigure(cells, { n: all.n + reference.missing, m: all.m + current.missing }, rules),
      { name: 'ks_statistic', outcome: unlessUnknown(verdict, statistic), ...all, verdict },
      { name: 'ks_p_value', outcome: pOf(test, verdict), ...sampled, verdict },
    ],
    plot: plotOf(name, cells),
  };
}

/** Returns how far a feature of categories moved: PSI and the Jensen-Shannon distance of all rows, the p-value of the samples. */
export function categoryDrift(
  name: string,
  { reference, current }: Sides<CategorySide>,
  rules: DriftRules,
): FeatureDrift {
  const cells = measured(categoryCells(reference, current, rules));
  const { before, after } = cells.value;
  const samples = alignCategories(reference.sample, current.sample);
  const test = chiSquareTest(samples.reference, samples.current);
  const verdict = mapMeasured(test, (known) => judgeChiSquare(known, rules.minP));
  const all = { n: total(before), m: total(after) };
  const sampled = { n: total(samples.reference), m: total(samples.current) };
  return {
    name,
    rows: all.m,
    figures: [
      psiFigure(cells, all, rules),
      { name: 'js_distance', outcome: unlessUnknown(verdict, jensenShannon(before, after)), ...all, verdict },
      { name: 'chi2_p_value', outcome: pOf(test, verdict), ...sampled, verdict },
    ],
    plot: plotOf(name, cells),
  };
}

/** How many rows of either side are in each cell: a bin or a category. */
interface Cells {
  readonly labels: readonly string[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly zeros: Binning['zeros'];
}

function numericCells(sides: Sides<NumericSide>, { binning }: DriftRules): Measured<Cells> {
  const bins = binning === 'deciles' ? decileBinning(sides.reference.sorted) : evidentlyBins(sides);
  if (bins === 'values') return measured(valueCells(sides));
  return mapMeasured(bins, (known) => {
    const count = ({ sorted, missing }: NumericSide): number[] => Array.from(countSorted(known, sorted, missing));
    const { zeros } = known;
    return measured({ labels: binLabels(known), before: count(sides.reference), after: count(sides.current), zeros });
  });
}

/** Few different values are compared as they are. */
function evidentlyBins({ reference, current }: Sides<NumericSide>): Measured<Binning> | 'values' {
  if (hasFewValues(reference.sorted)) return 'values';
  const [first, second] = [reference.sorted, current.sorted];
  return evidentlyBinning({
    minimum: Math.min(first[0] ?? Infinity, second[0] ?? Infinity),
    maximum: Math.max(first.at(-1) ?? -Infinity, second.at(-1) ?? -Infinity),
    rows: first.length + second.length,
  });
}

function hasFewValues(sorted: Float64Array): boolean {
  let different = 0;
  for (let row = 0; row < sorted.length && different <= EVIDENTLY_DISTINCT; row += 1) {
    if (row === 0 || sorted[row] !== sorted[row - 1]) different += 1;
  }
  return different <= EVIDENTLY_DISTINCT;
}

function valueCells({ reference, current }: Sides<NumericSide>): Cells {
  const counted = (sorted: Float64Array): CategoryCounts => {
    const { values, counts } = runsOf(sorted);
    return { counts: new Map(Array.from(values, (value, index) => [String(value), counts[index] ?? 0])), missing: 0 };
  };
  return categoryCells(counted(reference.sorted), counted(current.sorted), { binning: 'evidently' });
}

function categoryCells(
  reference: CategoryCounts,
  current: CategoryCounts,
  { binning }: Pick<DriftRules, 'binning'>,
): Cells {
  const aligned = alignCategories(reference, current);
  const labels = [...aligned.names, 'missing'];
  const zeros = binning === 'evidently' ? 'evidently' : 'floor';
  return { labels, before: aligned.reference, after: aligned.current, zeros };
}

function psiFigure(
  cells: Measured<Cells>,
  rows: { readonly n: number; readonly m: number },
  { maxPsi }: DriftRules,
): JudgedFigure {
  const index = mapMeasured(cells, ({ before, after, zeros }) => psi(before, after, zeros));
  const verdict = mapMeasured(index, (known) => judgePsi(known, maxPsi));
  const outcome = mapMeasured(index, ({ value }) => unlessUnknown(verdict, measured(value)));
  return { name: 'psi', outcome, ...rows, verdict };
}

/** A number that says nothing is no number: it must not get into evidence, where a gate would take it for one. */
function unlessUnknown(verdict: DriftVerdict, outcome: Measured): Measured {
  return verdict.kind === 'inconclusive' ? verdict : outcome;
}

function pOf(test: Measured<{ readonly pValue: number }>, verdict: DriftVerdict): Measured {
  return mapMeasured(test, ({ pValue }) => unlessUnknown(verdict, measured(pValue)));
}

/** More bins than can be told apart in a plot. */
const MOST_BINS = 40;

function plotOf(name: string, cells: Measured<Cells>): Plot | undefined {
  if (cells.kind === 'inconclusive') return undefined;
  const { labels, before, after } = cells.value;
  if (labels.length > MOST_BINS || total(before) === 0 || total(after) === 0) return undefined;
  const sharesOf = (counts: readonly number[]): number[] => counts.map((count) => count / total(counts));
  const series = [
    { name: 'reference', shares: sharesOf(before) },
    { name: 'current', shares: sharesOf(after) },
  ];
  return { kind: 'distribution', title: name, bins: labels, series };
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
