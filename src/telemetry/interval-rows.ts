import type { Measured, Series } from '../rollout/observation.ts';
import { coverageTrouble, ticksOf } from './coverage.ts';
import { asCounts, asMoments } from './points.ts';
import { Unmeasurable } from './unmeasurable.ts';

/** What was measured in the interval that ends at `at` (epoch milliseconds); NaN for what was not. */
export interface IntervalRow {
  readonly at: number;
  readonly numbers: ReadonlyMap<string, number>;
}

/** What intervals are measured against. */
export interface IntervalOptions {
  readonly since: Date;
  readonly until: Date;
  readonly everyMs: number;
  readonly staleAfterMs: number;
  readonly scale: number;
}

/** Returns the rows of a step, oldest first. Two of one instant would count twice. */
export function rowsWithin(
  rows: readonly IntervalRow[],
  { since, until }: { since: Date; until: Date },
): readonly IntervalRow[] {
  if (rows.some(({ at }) => !Number.isFinite(at))) throw new Unmeasurable('a measurement has no time');
  const within = rows.filter(({ at }) => at > since.getTime() && at <= until.getTime()).sort((a, b) => a.at - b.at);
  const twice = within.find(({ at }, index) => within[index - 1]?.at === at);
  if (twice === undefined) return within;
  throw new Unmeasurable(
    `ambiguous: two measurements of ${new Date(twice.at).toISOString()}; one for each instant is needed`,
  );
}

/** Returns what rows say that another program has put together, with why it is not to be trusted. */
export function measuredIn(rows: readonly IntervalRow[], options: IntervalOptions): Measured {
  const within = rowsWithin(rows, options);
  const { series, trouble } = seriesOf(within, options.scale);
  const isOdd = within.some(({ numbers }) => [...numbers.values()].some((value) => !Number.isFinite(value)));
  const odd = isOdd ? 'not a number: a measurement is missing, NaN or infinite' : undefined;
  return { series, above: new Map(), trouble: odd ?? coverageOf(within, options) ?? trouble };
}

/** Returns why rows do not speak for a step: none, old, or with gaps. */
export function coverageOf(rows: readonly IntervalRow[], options: Omit<IntervalOptions, 'scale'>): string | undefined {
  const { since, until, everyMs, staleAfterMs } = options;
  const ticks = ticksOf(since, until, everyMs);
  const measured = new Set(rows.map(({ at }) => Math.ceil((at - since.getTime()) / everyMs) - 1));
  return coverageTrouble({ ticks, isMeasured: (tick) => measured.has(tick), everyMs, staleAfterMs, until });
}

function seriesOf(
  rows: readonly IntervalRow[],
  scale: number,
): { readonly series: Series; readonly trouble: string | undefined } {
  const finite = rows.filter(({ numbers }) => [...numbers.values()].every(Number.isFinite));
  const names = new Set(finite.flatMap(({ numbers }) => [...numbers.keys()]));
  const read = (index: number, name: string): number => finite[index]?.numbers.get(name) ?? 0;
  const ticks = finite.map(({ at }) => at);
  const n = (index: number): number => read(index, 'n');
  if (names.has('hits')) {
    const { points, trouble } = asCounts(ticks, { n, hits: (index) => read(index, 'hits') });
    return { series: { kind: 'counts', points }, trouble };
  }
  if (names.has('sum')) {
    const sum = (index: number): number => read(index, 'sum') * scale;
    const squares = names.has('squares')
      ? (index: number): number => read(index, 'squares') * scale * scale
      : undefined;
    return { series: asMoments(ticks, { n, sum, squares }), trouble: undefined };
  }
  const points = finite.map(({ at }, index) => ({ at, value: read(index, 'value') * scale }));
  return { series: { kind: 'value', points }, trouble: undefined };
}
