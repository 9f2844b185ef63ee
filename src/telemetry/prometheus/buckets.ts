import { Unmeasurable } from '../unmeasurable.ts';
import { increasesOf, type Group } from './increases.ts';
import type { Grid, RangeSeries } from './series.ts';

/** What a histogram of one version counted, added up over its pods. */
export interface Buckets {
  /** Upper ends, ascending, the last is infinite; in the unit of the series. */
  readonly ends: readonly number[];
  /** For each end, the events at or below it in the interval that ends at each instant. */
  readonly counts: readonly Float64Array[];
  readonly isMeasured: (index: number) => boolean;
}

/** Returns the buckets of the series of a `…_bucket` selector. */
export function bucketsOf(series: readonly RangeSeries[], grid: Grid, origin: number): Buckets {
  const ends = [...new Set(series.map(endOf))].sort((a, b) => a - b);
  if (series.length > 0 && ends.at(-1) !== Infinity)
    throw new Unmeasurable('the histogram has no bucket le="+Inf", which counts all events');
  const counts = ends.map(() => new Float64Array(grid.count));
  const measured = new Uint8Array(grid.count);
  for (const group of groupsOf(series)) {
    requireEnds(group, ends);
    for (const [place, increase] of increasesOf(group, origin).entries()) {
      const of = counts[place];
      for (const [index, amount] of increase.entries()) {
        if (of === undefined || Number.isNaN(amount)) continue;
        of[index] = (of[index] ?? 0) + amount;
        measured[index] = 1;
      }
    }
  }
  return { ends, counts, isMeasured: (index) => measured[index] === 1 };
}

/** One group a pod: what has the same labels but for the end of the bucket, ascending by it. */
function groupsOf(series: readonly RangeSeries[]): readonly Group[] {
  const groups = new Map<string, RangeSeries[]>();
  for (const each of series) {
    const others = Object.entries(each.labels).filter(([name]) => name !== 'le');
    const key = JSON.stringify(others.sort(([a], [b]) => (a < b ? -1 : 1)));
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  return [...groups.values()].map((group) => group.sort((a, b) => endOf(a) - endOf(b)));
}

/** Pods with other buckets, as after a change of the code, cannot be added up exactly. */
function requireEnds(group: Group, ends: readonly number[]): void {
  if (group.length === ends.length && group.every((each, index) => endOf(each) === ends[index])) return;
  throw new Unmeasurable('the pods have different buckets, which cannot be added up');
}

function endOf({ labels }: RangeSeries): number {
  const { le } = labels;
  const end = le === '+Inf' ? Infinity : Number(le);
  if (le === undefined || le === '' || Number.isNaN(end))
    throw new Unmeasurable('the series are no buckets: they lack le');
  return end;
}

/** Events of some intervals, by the upper ends of their buckets. */
export function countsBetween({ counts }: Buckets, first: number, last: number): readonly number[] {
  return counts.map((of) => of.subarray(first, last + 1).reduce((sum, amount) => sum + amount, 0));
}

/**
 * Returns the quantile of counted events, or undefined where there are none. Within a bucket, events are taken to be
 * evenly spread, from 0 in the lowest one; beyond the highest finite end it is that end, as histogram_quantile() does
 * (https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile).
 */
export function quantileOf(quantile: number, ends: readonly number[], counts: readonly number[]): number | undefined {
  const total = counts.at(-1) ?? 0;
  if (total <= 0) return undefined;
  const rank = quantile * total;
  const place = Math.max(
    0,
    counts.findIndex((count) => count >= rank),
  );
  const end = ends[place] ?? Infinity;
  if (end === Infinity) return ends.at(-2);
  const below = counts[place - 1] ?? 0;
  const start = place === 0 ? Math.min(0, end) : (ends[place - 1] ?? 0);
  const within = (counts[place] ?? 0) - below;
  return within === 0 ? end : start + (end - start) * ((rank - below) / within);
}

/** Returns which bucket ends at `bound`, or undefined. Both come from decimals that were multiplied: 0.07 × 1000 is 70.00000000000001. */
export function placeOfEnd(ends: readonly number[], bound: number): number | undefined {
  const place = ends.findIndex((end) => Number.isFinite(end) && Math.abs(end - bound) <= 1e-9 * Math.abs(bound));
  return place < 0 ? undefined : place;
}
