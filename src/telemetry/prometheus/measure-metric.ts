import { parseDuration } from '../../documents/duration.ts';
import type { CountPoint, Measured, ValuePoint } from '../../rollout/observation.ts';
import { asCounts, asMoments } from '../points.ts';
import { Unmeasurable } from '../unmeasurable.ts';
import { bucketsOf, countsBetween, placeOfEnd, quantileOf, type Buckets } from './buckets.ts';
import { addUp, type Counted } from './increases.ts';
import type { CounterLook, Look } from './look.ts';

/** A rate: events that count, of all events. Selectors of counters. */
export interface RateQuery {
  readonly hits: string;
  readonly count: string;
  /** Whether no series of `hits` means that there were none. */
  readonly mayBeAbsent: boolean;
}

/** A quantile of the events that a histogram counts. */
export interface QuantileQuery {
  readonly histogram: string;
  readonly quantile: number;
  readonly scale: number;
  readonly window: string;
  readonly bounds: readonly number[];
}

/** A mean: sums of values, and of their squares where they are counted. */
export interface MeanQuery {
  readonly sum: string;
  readonly count: string;
  readonly squares: string | undefined;
  readonly scale: number;
}

const NOTHING_ABOVE: Measured['above'] = new Map();

/** Measures what the server works out itself, one number a tick. */
export async function measureValue(look: Look, query: string, scale: number): Promise<Measured> {
  const { series, trouble } = await look.expression(query);
  const [only] = series;
  if (series.length > 1)
    throw new Unmeasurable(`ambiguous: the query gives ${String(series.length)} series, and must give one`);
  const points = look.grid.ticks.flatMap((at, tick): readonly ValuePoint[] => {
    const value = only?.values[tick] ?? Number.NaN;
    return Number.isNaN(value) ? [] : [{ at, value: value * scale }];
  });
  const isMeasured = (tick: number): boolean => !Number.isNaN(only?.values[tick] ?? Number.NaN);
  return measuredAs({ kind: 'value', points }, trouble ?? look.coverage(isMeasured));
}

/** Measures a rate by its counters. */
export async function measureRate(look: Look, { hits, count, mayBeAbsent }: RateQuery): Promise<Measured> {
  const [some, all] = await Promise.all([look.counters(hits), look.counters(count)]);
  const total = counted(look, all);
  const points = asCounts(look.grid.ticks, {
    n: (tick) => amountAt(look, total, tick),
    hits: amountsIn(look, some),
  });
  const absent = some.series.length === 0 && !mayBeAbsent;
  const none = 'empty: no series of hits; if that means none, say absent: zero';
  // Where nothing has failed for long, the series of failures are old or gone; those of all events tell whether we see.
  const hitsTrouble = some.trouble?.startsWith('stale') === true ? undefined : some.trouble;
  const trouble =
    all.trouble ?? coverageOf(look, total) ?? (absent ? none : undefined) ?? hitsTrouble ?? points.trouble;
  return measuredAs({ kind: 'counts', points: points.points }, trouble);
}

/** Measures a mean by its counters; without the squares nothing is known of the spread, and each tick has its mean. */
export async function measureMean(look: Look, { sum, count, squares, scale }: MeanQuery): Promise<Measured> {
  const [sums, all, squared] = await Promise.all([
    look.counters(sum),
    look.counters(count),
    squares === undefined ? undefined : look.counters(squares),
  ]);
  const total = counted(look, all);
  const trouble = all.trouble ?? coverageOf(look, total) ?? sums.trouble ?? squared?.trouble;
  const series = asMoments(look.grid.ticks, {
    n: (tick) => amountAt(look, total, tick),
    sum: scaled(amountsIn(look, sums), scale),
    squares: squared === undefined ? undefined : scaled(amountsIn(look, squared), scale * scale),
  });
  return measuredAs(series, trouble);
}

/** Measures a quantile: its value over a window at each tick, and exact counts above each bound. */
export async function measureQuantile(look: Look, query: QuantileQuery): Promise<Measured> {
  const { series, trouble } = await look.counters(query.histogram);
  const buckets = bucketsOf(series, look.grid, look.grid.origin);
  const ends = buckets.ends.map((end) => end * query.scale);
  const above = new Map<number, readonly CountPoint[]>();
  const unmet: number[] = [];
  for (const bound of query.bounds) {
    const place = placeOfEnd(ends, bound);
    if (place === undefined) unmet.push(bound);
    else above.set(bound, countsAbove(look, buckets, place));
  }
  const coverage = look.coverage((tick) => buckets.isMeasured(look.grid.origin + 1 + tick));
  const found = trouble ?? coverage ?? (unmet.length === 0 ? undefined : noBucket(unmet, ends));
  const points = quantilePoints(look, { ...query, buckets, ends });
  return { series: { kind: 'value', points }, above, trouble: found };
}

function noBucket(unmet: readonly number[], ends: readonly number[]): string {
  const there = ends.filter((end) => Number.isFinite(end)).map((end) => String(Number(end.toPrecision(12))));
  return `no bucket ends at ${unmet.join(' or ')}; buckets end at ${there.join(', ')}`;
}

function countsAbove({ grid }: Look, buckets: Buckets, place: number): readonly CountPoint[] {
  return grid.ticks.flatMap((at, tick): readonly CountPoint[] => {
    const index = grid.origin + 1 + tick;
    if (!buckets.isMeasured(index)) return [];
    const n = Math.round(buckets.counts.at(-1)?.[index] ?? 0);
    return [{ at, n, hits: Math.max(0, n - Math.round(buckets.counts[place]?.[index] ?? 0)) }];
  });
}

function quantilePoints(
  { grid }: Look,
  { buckets, ends, quantile, window }: QuantileQuery & { readonly buckets: Buckets; readonly ends: readonly number[] },
): readonly ValuePoint[] {
  const length = Math.max(1, Math.round(parseDuration(window) / grid.stepMs));
  return grid.ticks.flatMap((at, tick): readonly ValuePoint[] => {
    const index = grid.origin + 1 + tick;
    if (!buckets.isMeasured(index)) return [];
    const counts = countsBetween(buckets, Math.max(grid.origin + 1, index - length + 1), index);
    const value = quantileOf(quantile, ends, counts);
    return value === undefined ? [] : [{ at, value }];
  });
}

/** Requests of the step so far. */
export async function countRequests(
  look: Look,
  selector: string,
): Promise<{ readonly requests: number; readonly trouble: string | undefined }> {
  const found = await look.counters(selector);
  const total = counted(look, found);
  const requests = look.grid.ticks.reduce((sum, _, tick) => sum + (amountAt(look, total, tick) ?? 0), 0);
  return { requests: Math.round(requests), trouble: found.trouble ?? coverageOf(look, total) };
}

function counted({ grid }: Look, { series }: CounterLook): Counted {
  return addUp(
    series.map((each) => [each]),
    grid,
    grid.origin,
  );
}

function amountAt({ grid }: Look, { amounts, isMeasured }: Counted, tick: number): number | undefined {
  const index = grid.origin + 1 + tick;
  return isMeasured(index) ? amounts[index] : undefined;
}

function amountsIn(look: Look, found: CounterLook): (tick: number) => number {
  const { amounts } = counted(look, found);
  return (tick) => amounts[look.grid.origin + 1 + tick] ?? 0;
}

function scaled(amounts: (tick: number) => number, scale: number): (tick: number) => number {
  return (tick) => amounts(tick) * scale;
}

function coverageOf(look: Look, { isMeasured }: Counted): string | undefined {
  return look.coverage((tick) => isMeasured(look.grid.origin + 1 + tick));
}

function measuredAs(series: NonNullable<Measured['series']>, trouble: string | undefined): Measured {
  return { series, above: NOTHING_ABOVE, trouble };
}
