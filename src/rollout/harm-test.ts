import { subtract } from '../documents/decimal.ts';
import type { GuardBound } from '../documents/guard-bound.ts';
import type { Guard } from '../documents/kinds/guard.ts';
import { isWorse, meanOf, runningTotals, totalsOf, type Better, type Totals } from './comparison.ts';
import { exceedanceEvidence } from './exceedance.ts';
import { lowerLimit, meanEstimate, type Estimate } from './mean-sequence.ts';
import type { CountPoint, MetricObservation, MomentPoint, Series } from './observation.ts';
import type { Statistic, Verdict } from './observation-record.ts';
import { pointsIn, type Span } from './spans.ts';
import { ratesEvidence } from './two-rates.ts';

/** What a test that may be looked at all the time says of harm. */
export interface HarmTest {
  readonly statistic: Statistic;
  readonly verdict: Verdict;
  /** Events of the newcomer that it rests on. */
  readonly n: number;
}

/** What there is to test by, since the step began. */
export interface HarmCase {
  readonly guard: Guard;
  readonly bound: GuardBound;
  readonly seen: MetricObservation;
  readonly better: Better | undefined;
  readonly step: Span;
  /** When the step is to end, in milliseconds after its beginning. */
  readonly horizonMs: number;
}

/** How often a test may find harm where there is none, where the guard does not say: of a limit, and of a comparison. */
const ALPHA = { limit: 0.01, comparison: 0.05 } as const;

/** Returns what the test beside a guard's plain rule says; undefined where nothing is counted that it could test by. */
export function testForHarm(given: HarmCase): HarmTest | undefined {
  const { bound, seen } = given;
  if (bound.kind === 'above' || bound.kind === 'below') return testLimit(given, bound.kind);
  const [ours, theirs] = [seen.challenger.series, seen.champion?.series];
  if (ours?.kind === 'counts' && theirs?.kind === 'counts') return testRates(given, ours.points, theirs.points);
  if (ours?.kind === 'moments' && theirs?.kind === 'moments') return testMeans(given, ours, theirs);
  return undefined;
}

function testLimit(given: HarmCase, kind: 'above' | 'below'): HarmTest | undefined {
  const { bound, seen } = given;
  const { series, above } = seen.challenger;
  const over = above.get(bound.value);
  if (over !== undefined && seen.quantile !== undefined && kind === 'above') {
    return testExceedance(given, over, subtract(1, seen.quantile).toNumber());
  }
  if (series?.kind === 'counts') {
    if (kind === 'above') return testExceedance(given, series.points, bound.value);
    const misses = series.points.map(({ at, n, hits }) => ({ at, n, hits: n - hits }));
    return testExceedance(given, misses, subtract(1, bound.value).toNumber());
  }
  return series?.kind === 'moments' ? testMean(given, series.points) : undefined;
}

/** A quantile is above its limit where more events are than the quantile leaves: p95 ≤ 80 means at most 5 % above 80. */
function testExceedance(given: HarmCase, points: readonly CountPoint[], allowed: number): HarmTest | undefined {
  if (allowed <= 0 || allowed >= 1) return undefined;
  const inside = pointsIn(points, given.step);
  return eProcess(given, ALPHA.limit, { evidence: exceedanceEvidence(inside, allowed), n: eventsOf(inside) });
}

/** Harm has to be real, by the e-process, and as large as the guard tolerates no more, as seen since the step began. */
function testRates(given: HarmCase, ours: readonly CountPoint[], theirs: readonly CountPoint[]): HarmTest | undefined {
  const { better, bound, step } = given;
  if (better === undefined) return undefined;
  const champion = new Map(pointsIn(theirs, step).map((point) => [point.at, point]));
  const pairs = pointsIn(ours, step).flatMap((point) => {
    const other = champion.get(point.at);
    return other === undefined ? [] : [{ challenger: point, champion: other }];
  });
  const evidence = ratesEvidence(pairs, better === 'higher' ? 'lower' : 'higher');
  const rates = {
    challenger: meanOf(totalsOf({ kind: 'counts', points: pairs.map((pair) => pair.challenger) }, step)),
    champion: meanOf(totalsOf({ kind: 'counts', points: pairs.map((pair) => pair.champion) }, step)),
  };
  const test = eProcess(given, ALPHA.comparison, { evidence, n: eventsOf(pairs.map((pair) => pair.challenger)) });
  if (rates.challenger === undefined || rates.champion === undefined) return { ...test, verdict: 'inconclusive' };
  const isBeyond = isWorse(bound, { challenger: rates.challenger, champion: rates.champion }, better);
  return test.verdict === 'fail' && !isBeyond ? { ...test, verdict: 'pass' } : test;
}

function eProcess(
  { guard }: HarmCase,
  usual: number,
  { evidence, n }: { readonly evidence: number; readonly n: number },
): HarmTest {
  const bound = 1 / (guard.alpha ?? usual);
  // Compared as logarithms: e to the power of what a clear harm gives is no number any more.
  const verdict = n === 0 ? 'inconclusive' : evidence >= Math.log(bound) ? 'fail' : 'pass';
  return { statistic: { name: 'e-process', value: Math.exp(evidence), bound }, verdict, n };
}

function eventsOf(points: readonly CountPoint[]): number {
  return points.reduce((sum, { n }) => sum + n, 0);
}

function testMean(given: HarmCase, points: readonly MomentPoint[]): HarmTest {
  const worst = given.bound.kind === 'above' ? 1 : -1;
  const running = runningTotals(pointsIn(points, given.step));
  const estimates = running.flatMap(({ at, totals }): Estimate[] => {
    const mean = meanEstimate(totals);
    if (mean === undefined) return [];
    const value = worst * (mean.mean - given.bound.value);
    return [{ value, variance: mean.variance, progress: progressOf(given, at) }];
  });
  return sequence(given, { usual: ALPHA.limit, estimates, n: running.at(-1)?.totals.n ?? 0 });
}

function testMeans(given: HarmCase, ours: MomentSeries, theirs: MomentSeries): HarmTest | undefined {
  const { better, bound, step } = given;
  if (better === undefined) return undefined;
  const worst = better === 'lower' ? 1 : -1;
  const champion = new Map(runningTotals(pointsIn(theirs.points, step)).map(({ at, totals }) => [at, totals]));
  const running = runningTotals(pointsIn(ours.points, step));
  const estimates = running.flatMap(({ at, totals }): Estimate[] => {
    const [us, them] = [totals, champion.get(at) ?? NOTHING].map(meanEstimate);
    if (us === undefined || them === undefined) return [];
    const value = worst * (us.mean - them.mean);
    return [{ value, variance: us.variance + them.variance, progress: progressOf(given, at) }];
  });
  const test = sequence(given, { usual: ALPHA.comparison, estimates, n: running.at(-1)?.totals.n ?? 0 });
  const means = [ours, theirs].map((series) => meanOf(totalsOf(series, step)));
  const [challenger, other] = means;
  const isBeyond =
    challenger !== undefined && other !== undefined && isWorse(bound, { challenger, champion: other }, better);
  return test.verdict === 'fail' && !isBeyond ? { ...test, verdict: 'pass' } : test;
}

type MomentSeries = Extract<Series, { kind: 'moments' }>;

const NOTHING: Totals = { n: 0, sum: 0, squares: 0 };

function progressOf({ step, horizonMs }: HarmCase, at: number): number {
  return (at - step.from) / horizonMs;
}

function sequence(
  { guard }: HarmCase,
  { usual, estimates, n }: { readonly usual: number; readonly estimates: readonly Estimate[]; readonly n: number },
): HarmTest {
  const limit = lowerLimit(estimates, guard.alpha ?? usual);
  const verdict = limit === undefined ? 'inconclusive' : limit > 0 ? 'fail' : 'pass';
  return { statistic: { name: 'confidence-sequence', value: limit ?? 0, bound: 0 }, verdict, n };
}
