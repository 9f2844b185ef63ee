import type { Wanted } from '../data/port.ts';
import { assert, MregError } from '../documents/error.ts';
import type { Figure, Part } from '../measure/measurement.ts';
import { compareRankings } from '../measure/paired-ranking.ts';
import { classifierFigures, classifierPlots, differenceFigures, partBars } from '../measure/quality-figures.ts';
import { ScoreFolder, type JudgedClassification } from '../measure/score-folder.ts';
import { readColumns, requireColumn, segmentsOf } from './measure-columns.ts';
import type { Findings } from './measure-drift.ts';
import { labelWish } from './measure-labels.ts';
import type { Source } from './measure-sources.ts';

/** How a classifier is measured. */
export interface ClassifierRequest {
  readonly label: string;
  readonly score: string;
  readonly positive: string | undefined;
  readonly threshold: number;
  readonly by: string | undefined;
  /** The scores of another model for the same rows: a column beside, or of the second source. */
  readonly baselineScore: string | undefined;
}

/** Name of the segment of the rows that say none. */
export const MISSING = '(missing)';

/** Measures a binary classifier from labelled scores; the second source, where there is one, holds another model's. */
export async function measureClassifier(sources: readonly Source[], request: ClassifierRequest): Promise<Findings> {
  const [source, other] = sources;
  assert(source !== undefined, 'predictions are open');
  const label = await labelWish(source, request.label, request.positive);
  const score = scoreWish(source, request.score);
  const found = await foldScores(source, [score, label], request.threshold);
  const compared = await comparison(source, other, request);
  const parts =
    request.by === undefined ? [] : await segmentParts(source, [score, label], { ...request, by: request.by });
  return {
    figures: [...classifierFigures(found), ...compared],
    partedBy: request.by,
    parts,
    plots: [...classifierPlots(new Map([['model', found]])), ...partBars(`AUC by ${request.by ?? ''}`, 'auc', parts)],
    bounds: [],
    notes: notesOf(found),
  };
}

function scoreWish(source: Source, column: string): Wanted {
  requireColumn(source, column, ['number']);
  return { as: 'number', column };
}

function notesOf({ leftOut, confusion, threshold, positives, negatives }: JudgedClassification): string[] {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = confusion;
  const counts = `${String(positives)} positives, ${String(negatives)} negatives; at ${String(threshold)}: ${String(truePositives)} true and ${String(falsePositives)} false positives, ${String(trueNegatives)} true and ${String(falseNegatives)} false negatives.`;
  const { unlabelled } = leftOut;
  return [counts, ...(unlabelled === 0 ? [] : [`${String(unlabelled)} rows without a label were left out.`])];
}

/** Rows sorted by the engine and folded as they come: nothing is held, however many there are. */
async function foldScores(source: Source, wanted: readonly Wanted[], threshold: number): Promise<JudgedClassification> {
  const folder = new ScoreFolder(threshold);
  for await (const [scores, labels] of source.table.batches(wanted, 1)) {
    assert(scores !== undefined && labels !== undefined, 'two columns were asked for');
    for (let row = 0; row < scores.length; row += 1) folder.add(scores[row] ?? Number.NaN, labels[row] ?? Number.NaN);
  }
  return folder.result();
}

async function segmentParts(
  source: Source,
  wanted: readonly Wanted[],
  { by, threshold }: { readonly by: string; readonly threshold: number },
): Promise<readonly Part[]> {
  const { values, missing } = await segmentsOf(source, by);
  const names = [...values, ...(missing === 0 ? [] : [MISSING])];
  const folders = names.map(() => new ScoreFolder(threshold));
  const code: Wanted = { as: 'code', column: by, values };
  for await (const [codes, scores, labels] of source.table.batches([code, ...wanted], 2)) {
    assert(codes !== undefined && scores !== undefined && labels !== undefined, 'three columns were asked for');
    for (let row = 0; row < codes.length; row += 1) {
      const segment = codes[row] ?? Number.NaN;
      const folder = folders[Number.isNaN(segment) ? values.length : segment];
      folder?.add(scores[row] ?? Number.NaN, labels[row] ?? Number.NaN);
    }
  }
  return folders
    .map((folder, index) => {
      const found = folder.result();
      return { name: names[index] ?? '', count: found.n, figures: classifierFigures(found) };
    })
    .sort((a, b) => b.count - a.count);
}

async function comparison(
  source: Source,
  other: Source | undefined,
  request: ClassifierRequest,
): Promise<readonly Figure[]> {
  const { baselineScore, label, score, positive } = request;
  if (other === undefined && baselineScore === undefined) return [];
  const theirs = other ?? source;
  const [labels, candidate] = await readColumns(source, [
    await labelWish(source, label, positive),
    scoreWish(source, score),
  ]);
  const [otherLabels, baseline] = await readColumns(theirs, [
    await labelWish(theirs, label, positive),
    scoreWish(theirs, baselineScore ?? score),
  ]);
  assert(labels !== undefined && candidate !== undefined, 'two columns were asked for');
  assert(otherLabels !== undefined && baseline !== undefined, 'two columns were asked for');
  if (other !== undefined) requireSameRows(labels, otherLabels, [source, other]);
  const kept = labels.reduce<number>((count, each) => count + Number(!Number.isNaN(each)), 0);
  const paired = {
    baseline: labelled(baseline, labels, kept),
    candidate: labelled(candidate, labels, kept),
    labels: Uint8Array.from(labelled(labels, labels, kept)),
  };
  return differenceFigures(compareRankings(paired), kept);
}

/** A paired test of rows that are not the same is no test: equal labels, row by row, are the proof that can be had. */
function requireSameRows(labels: Float64Array, others: Float64Array, [source, other]: readonly [Source, Source]): void {
  const same = (row: number): boolean => Object.is(labels[row], others[row]) || labels[row] === others[row];
  if (labels.length === others.length && labels.every((_, row) => same(row))) return;
  throw new MregError(
    'bad-file',
    `${source.input.source} and ${other.input.source} do not hold the same rows in the same order`,
    {
      hint: 'write both scores into one file and name the other one with --baseline-score',
    },
  );
}

function labelled(column: Float64Array, labels: Float64Array, count: number): Float64Array {
  if (count === labels.length) return column;
  return column.filter((_, row) => !Number.isNaN(labels[row]));
}
