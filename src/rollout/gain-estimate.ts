import { normalQuantile, studentTail } from '../measure/normal-distribution.ts';
import { meanOf, totalsOf, valuesOf, type Better, type Gain, type Pair, type Totals } from './comparison.ts';
import { LEAST_EVENTS } from './mean-sequence.ts';
import type { Series } from './observation.ts';
import { pointsIn, type Span } from './spans.ts';

/** A gain as seen, and how many standard errors it is away from what would be no gain. */
export interface GainEstimate extends Pair {
  readonly score: number;
  /** Variance of the estimated gain. */
  readonly variance: number;
  readonly n: { readonly challenger: number; readonly champion: number } | undefined;
}

interface Question {
  readonly asked: Gain;
  readonly better: Better;
  readonly span: Span;
}

/**
 * Returns the gain over a span, or a sentence that says why none can be told. A gain asked for is tested against none; where a
 * loss is allowed (a negative gain), against that loss, so that "no worse than 1 %" can be shown at all.
 */
export function estimateGain(question: Question, challenger: Series, champion: Series): GainEstimate | string {
  if (challenger.kind === 'value' || champion.kind === 'value') return byBatches(question, challenger, champion);
  const ours = totalsOf(challenger, question.span);
  const theirs = totalsOf(champion, question.span);
  if (Math.min(ours.n, theirs.n) < LEAST_EVENTS) {
    return `${String(ours.n)} events against ${String(theirs.n)} are too few; at least ${String(LEAST_EVENTS)} of each are needed`;
  }
  return bySums(question, ours, theirs);
}

/** The fixed two-sample test; of rates with the variance that they have where they are one, as a z-test has it. */
function bySums(question: Question, ours: Totals, theirs: Totals): GainEstimate | string {
  const pair = { challenger: meanOf(ours) ?? 0, champion: meanOf(theirs) ?? 0 };
  const { direction, slope, margin } = contrastOf(question);
  const gain = direction * pair.challenger - slope * pair.champion - margin;
  const variance = varianceOf(ours) / ours.n + (slope * slope * varianceOf(theirs)) / theirs.n;
  const under = slope === direction && margin === 0 ? pooledVariance(ours, theirs) : variance;
  if (!(under > 0) || !(variance > 0)) return 'every event of both versions is alike, so nothing tells them apart';
  const n = { challenger: Math.round(ours.n), champion: Math.round(theirs.n) };
  return { ...pair, score: gain / Math.sqrt(under), variance, n };
}

/** The gain is direction × challenger − slope × champion − margin, so that it is 0 at what the test is against. */
function contrastOf({ asked, better }: Question): { direction: 1 | -1; slope: number; margin: number } {
  const direction = better === 'higher' ? 1 : -1;
  if (asked.value >= 0) return { direction, slope: direction, margin: 0 };
  return asked.isPercent
    ? { direction, slope: direction + asked.value / 100, margin: 0 }
    : { direction, slope: direction, margin: asked.value };
}

/** Of hits, which are 0 or 1, this is p (1 − p). */
function varianceOf({ n, sum, squares }: Totals): number {
  return Math.max(0, squares / n - (sum / n) ** 2);
}

function pooledVariance(ours: Totals, theirs: Totals): number {
  const n = ours.n + theirs.n;
  const all = { n, sum: ours.sum + theirs.sum, squares: ours.squares + theirs.squares };
  return varianceOf(all) * (1 / ours.n + 1 / theirs.n);
}

/** Spans of a metric's values that are averaged, so that neighbours, which are alike, do not count as so many witnesses. */
const BATCHES = 20;

/**
 * Values without counts, such as a p95: paired differences, averaged in consecutive batches, whose spread is that of the gain;
 * Law and Kelton, "Simulation modeling and analysis", chapter 9 (batch means).
 */
function byBatches(question: Question, challenger: Series, champion: Series): GainEstimate | string {
  const theirs = new Map(pointsIn(valuesOf(champion), question.span).map(({ at, value }) => [at, value]));
  const pairs = pointsIn(valuesOf(challenger), question.span).flatMap(({ at, value }): Pair[] => {
    const other = theirs.get(at);
    return other === undefined ? [] : [{ challenger: value, champion: other }];
  });
  const size = Math.floor(pairs.length / BATCHES);
  if (size === 0) return `${String(pairs.length)} readings of both are too few; at least ${String(BATCHES)} are needed`;
  const { direction, slope, margin } = contrastOf(question);
  const gains = pairs.map((pair) => direction * pair.challenger - slope * pair.champion - margin);
  const means = Array.from({ length: BATCHES }, (_, index) => average(gains.slice(index * size, (index + 1) * size)));
  const gain = average(means);
  const variance = means.reduce((sum, mean) => sum + (mean - gain) ** 2, 0) / (BATCHES - 1) / BATCHES;
  if (!(variance > 0)) return 'every reading differs by the same, so nothing tells how much of it is chance';
  return {
    challenger: average(pairs.map((pair) => pair.challenger)),
    champion: average(pairs.map((pair) => pair.champion)),
    score: normalScore(gain / Math.sqrt(variance)),
    variance,
    n: undefined,
  };
}

/** The standard normal score that is as unlikely as this score of Student's. */
function normalScore(t: number): number {
  const tail = studentTail(Math.abs(t), BATCHES - 1);
  const score = normalQuantile(Math.max(tail, 1e-300));
  return t >= 0 ? score : -score;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
