import { compareDecimals, comparePercentDelta, subtract } from '../documents/decimal.ts';
import type { GuardBound } from '../documents/guard-bound.ts';
import type { CountPoint, MomentPoint, Series, ValuePoint } from './observation.ts';
import { pointsIn, type Span } from './spans.ts';

/** Which way a metric is better. */
export type Better = 'higher' | 'lower';

/** A value of the newcomer and the champion's of the same time. */
export interface Pair {
  readonly challenger: number;
  readonly champion: number;
}

/** Tells whether a value alone breaches an absolute bound. */
export function breaches({ kind, value: bound }: GuardBound, value: number): boolean {
  if (kind === 'above') return value > bound;
  return kind === 'below' && value < bound;
}

/** Tells whether the newcomer is worse than the champion by more than a relative bound, as decimals. */
export function isWorse({ kind, value: bound }: GuardBound, { challenger, champion }: Pair, better: Better): boolean {
  const worst = better === 'lower' ? 1 : -1;
  if (kind === 'worseBy') return compareDecimals(subtract(challenger, champion).times(worst), bound) > 0;
  return comparePercentDelta(challenger, champion, worst * bound) === worst;
}

/** A gain that a test asks for: in the unit of the metric, or in percent of the champion's value. */
export interface Gain {
  readonly value: number;
  readonly isPercent: boolean;
}

/** Tells whether the newcomer is better than the champion by at least a gain, as decimals. */
export function isBetter({ value, isPercent }: Gain, { challenger, champion }: Pair, better: Better): boolean {
  const best = better === 'higher' ? 1 : -1;
  if (!isPercent) return compareDecimals(subtract(challenger, champion).times(best), value) >= 0;
  return comparePercentDelta(challenger, champion, best * value) !== -best;
}

/** Returns what a series reads at each of its points: a rate or a mean where it counts, only where there was something to count. */
export function valuesOf(series: Series): readonly ValuePoint[] {
  switch (series.kind) {
    case 'value':
      return series.points.filter(({ value }) => Number.isFinite(value));
    case 'counts':
      return series.points.filter(({ n }) => n > 0).map(({ at, n, hits }) => ({ at, value: hits / n }));
    case 'moments':
      return series.points.filter(({ n }) => n > 0).map(({ at, n, sum }) => ({ at, value: sum / n }));
  }
}

/** Sums over a span. */
export interface Totals {
  readonly n: number;
  readonly sum: number;
  /** Sum of the squares; of hits, which are 0 or 1, the hits themselves. */
  readonly squares: number;
}

/** A series that counts events, so that its values can be tested. */
type Counted = Exclude<Series, { readonly kind: 'value' }>;

/** Returns the sums over a span of a series that counts; undefined for one that only reads values. */
export function totalsOf(series: Counted, span: Span): Totals;
/** As above, where it is not known what the series is. */
export function totalsOf(series: Series, span: Span): Totals | undefined;
/** As above. */
export function totalsOf(series: Series, span: Span): Totals | undefined {
  switch (series.kind) {
    case 'value':
      return undefined;
    case 'counts':
      return pointsIn(series.points, span).map(asMoments).reduce(plus, NOTHING);
    case 'moments':
      return pointsIn(series.points, span).reduce<Totals>(plus, NOTHING);
  }
}

const NOTHING: Totals = { n: 0, sum: 0, squares: 0 };

function asMoments({ at, n, hits }: CountPoint): MomentPoint {
  return { at, n, sum: hits, squares: hits };
}

function plus(a: Totals, b: Totals): Totals {
  return { n: a.n + b.n, sum: a.sum + b.sum, squares: a.squares + b.squares };
}

/** Returns the sums up to each point. */
export function runningTotals(
  points: readonly MomentPoint[],
): readonly { readonly at: number; readonly totals: Totals }[] {
  let totals = NOTHING;
  return points.map((point) => ({ at: point.at, totals: (totals = plus(totals, point)) }));
}

/** Returns the mean of what was summed; undefined where nothing was. */
export function meanOf({ n, sum }: Totals): number | undefined {
  return n > 0 ? sum / n : undefined;
}
