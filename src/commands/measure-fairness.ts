import { assert } from '../documents/error.ts';
import { constantTrouble, LEAST_OF_SEGMENT, tooFewOfClass } from '../measure/enough.ts';
import { fairnessOf, type Gap, type SegmentCounts, type SegmentRates } from '../measure/fairness.ts';
import type { Figure, Part } from '../measure/measurement.ts';
import { inconclusive, mapMeasured, measured, type Measured } from '../measure/outcome.ts';
import { partBars } from '../measure/quality-figures.ts';
import { MISSING } from './measure-classifier.ts';
import { requireColumn, segmentsOf } from './measure-columns.ts';
import type { Findings } from './measure-drift.ts';
import { labelWish } from './measure-labels.ts';
import type { Source } from './measure-sources.ts';

/** How fairness is measured. */
export interface FairnessRequest {
  readonly label: string;
  readonly score: string;
  readonly positive: string | undefined;
  readonly threshold: number;
  readonly by: string;
}

interface Range {
  readonly least: number;
  readonly most: number;
}

type Counts = { -readonly [Key in keyof SegmentCounts]: SegmentCounts[Key] };

/** Measures what a classifier does to each segment, and the gaps between them. */
export async function measureFairness([source]: readonly Source[], request: FairnessRequest): Promise<Findings> {
  assert(source !== undefined, 'predictions are open');
  const { segments, unlabelled, ...rest } = await countSegments(source, request);
  const fairness = fairnessOf(segments);
  const n = fairness.segments.reduce((sum, segment) => sum + segment.n, 0);
  const unusable = troubleOf(fairness.segments, rest);
  const gap = (name: string, found: Measured<Gap>, rowsOf: (segment: SegmentRates) => number): Figure => ({
    name,
    outcome: unusable ?? tooFewOf(fairness.segments, rowsOf) ?? mapMeasured(found, ({ value }) => measured(value)),
    n,
  });
  const parts = fairness.segments.map(partOf).toSorted((a, b) => b.count - a.count);
  return {
    figures: [
      gap('tpr_gap', fairness.equalOpportunity, ({ positives }) => positives),
      gap('fpr_gap', fairness.falsePositives, ({ negatives }) => negatives),
      gap('equalised_odds_gap', fairness.equalisedOdds, ({ positives, negatives }) => Math.min(positives, negatives)),
      gap('selection_rate_gap', fairness.demographicParity, (segment) => segment.n),
    ],
    partedBy: request.by,
    parts,
    plots: ['tpr', 'fpr', 'selection_rate'].flatMap((name) => partBars(`${name} by ${request.by}`, name, parts)),
    bounds: [],
    notes: [
      ...extremes('true positive rate', fairness.equalOpportunity),
      ...extremes('false positive rate', fairness.falsePositives),
      ...extremes('selection rate', fairness.demographicParity),
      ...(unlabelled === 0 ? [] : [`${String(unlabelled)} rows without a label were left out.`]),
    ],
  };
}

function troubleOf(
  segments: readonly SegmentRates[],
  rows: Range & { readonly unscored: number },
): Measured | undefined {
  const sum = (rowsOf: (segment: SegmentRates) => number): number =>
    segments.reduce((total, segment) => total + rowsOf(segment), 0);
  const [positives, negatives] = [sum((segment) => segment.positives), sum((segment) => segment.negatives)];
  // Attack: a model that gives no score to the rows it finds hard looks fairer on the rest.
  if (rows.unscored > 0) return inconclusive(`${String(rows.unscored)} labelled rows have no score`);
  return tooFewOfClass({ positives, negatives }) ?? constantTrouble('score', rows);
}

/** A rate of a handful of rows is chance, and so is the gap to it. */
function tooFewOf(segments: readonly SegmentRates[], rowsOf: (segment: SegmentRates) => number): Measured | undefined {
  const few = segments.filter((segment) => rowsOf(segment) < LEAST_OF_SEGMENT);
  if (few.length === 0) return undefined;
  const told = few.slice(0, 10).map((segment) => `${segment.name} has ${String(rowsOf(segment))}`);
  return inconclusive(`a rate takes at least ${String(LEAST_OF_SEGMENT)} rows; ${told.join(', ')}`);
}

function extremes(rate: string, gap: Measured<Gap>): readonly string[] {
  return gap.kind === 'measured'
    ? [`The ${rate} is highest in ${gap.value.highest} and lowest in ${gap.value.lowest}.`]
    : [];
}

function partOf(segment: SegmentRates): Part {
  const { name, n, positives, negatives, truePositiveRate, falsePositiveRate, selectionRate } = segment;
  return {
    name,
    count: n,
    figures: [
      { name: 'tpr', outcome: truePositiveRate, n: positives },
      { name: 'fpr', outcome: falsePositiveRate, n: negatives },
      { name: 'selection_rate', outcome: selectionRate, n },
      { name: 'positives', outcome: measured(positives), n },
    ],
  };
}

async function countSegments(source: Source, request: FairnessRequest) {
  const { label, score, positive, by, threshold } = request;
  requireColumn(source, score, ['number', 'boolean']);
  const { values, missing } = await segmentsOf(source, by);
  const names = [...values, ...(missing === 0 ? [] : [MISSING])];
  const segments = names.map(emptyCounts);
  const rest = { unlabelled: 0, unscored: 0, least: Infinity, most: -Infinity };
  const wanted = [
    await labelWish(source, label, positive),
    { as: 'number', column: score } as const,
    { as: 'code', column: by, values } as const,
  ];
  for await (const [labels, scores, codes] of source.table.batches(wanted)) {
    assert(labels !== undefined && scores !== undefined && codes !== undefined, 'three columns were asked for');
    for (let row = 0; row < labels.length; row += 1) {
      const [truth = Number.NaN, value = Number.NaN, code = Number.NaN] = [labels[row], scores[row], codes[row]];
      const segment = segments[Number.isNaN(code) ? values.length : code];
      if (Number.isNaN(truth)) rest.unlabelled += 1;
      else if (Number.isNaN(value)) rest.unscored += 1;
      if (value < rest.least) rest.least = value;
      if (value > rest.most) rest.most = value;
      if (segment !== undefined && !Number.isNaN(truth) && !Number.isNaN(value))
        count(segment, truth === 1, value >= threshold);
    }
  }
  return { segments, ...rest };
}

function emptyCounts(name: string): Counts {
  return { name, truePositives: 0, falsePositives: 0, falseNegatives: 0, trueNegatives: 0 };
}

function count(segment: Counts, isPositive: boolean, isSelected: boolean): void {
  if (isPositive && isSelected) segment.truePositives += 1;
  else if (isPositive) segment.falseNegatives += 1;
  else if (isSelected) segment.falsePositives += 1;
  else segment.trueNegatives += 1;
}
