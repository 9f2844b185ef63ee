import type { Grid, RangeSeries } from './series.ts';

/** Counters whose series fall to zero together: of one pod, the buckets of one histogram. */
export type Group = readonly RangeSeries[];

/**
 * Returns by how much each series of a group grew in the interval that ends at each instant; NaN where it was absent.
 * Instants up to `origin` are only looked at to know where the counting starts.
 *
 * A counter that falls began again at zero, and so did all others of its group: a bucket of a restarted pod may by then
 * be above what it was. One that was never seen up to `origin` is new, and what it says is all of the step. One that was
 * seen earlier but not at `origin` gives no count until it is seen twice: what it grew meanwhile is partly from before.
 */
export function increasesOf(group: Group, origin: number): readonly Float64Array[] {
  const last = group.map(({ values }) => valueAtOrigin(values, origin));
  const increases = group.map(({ values }) => new Float64Array(values.length).fill(Number.NaN));
  const length = group[0]?.values.length ?? 0;
  for (let index = origin + 1; index < length; index += 1) {
    const now = group.map(({ values }) => values[index] ?? Number.NaN);
    const hasBegunAgain = now.some((value, place) => value < (last[place] ?? Number.NaN));
    for (const [place, value] of now.entries()) {
      if (Number.isNaN(value)) continue;
      const before = hasBegunAgain ? 0 : (last[place] ?? Number.NaN);
      const grown = increases[place];
      if (grown !== undefined) grown[index] = Number.isNaN(before) ? 0 : value - before;
      last[place] = value;
    }
  }
  return increases;
}

/** The value to count from: 0 for a series that did not exist yet, NaN for one that existed and was not seen just then. */
function valueAtOrigin(values: Float64Array, origin: number): number {
  const known = values[origin] ?? Number.NaN;
  if (!Number.isNaN(known)) return known;
  return values.subarray(0, origin).some((value) => !Number.isNaN(value)) ? Number.NaN : 0;
}

/** What counters of one version counted together, instant by instant. */
export interface Counted {
  /** In the interval that ends at each instant; 0 where nothing was there. */
  readonly amounts: Float64Array;
  readonly isMeasured: (index: number) => boolean;
}

/** Adds up the increases of groups: pods come and go, and each counts what it counted while it was there. */
export function addUp(groups: readonly Group[], grid: Grid, origin: number): Counted {
  const amounts = new Float64Array(grid.count);
  const isMeasured = new Uint8Array(grid.count);
  for (const group of groups) {
    for (const increase of increasesOf(group, origin)) {
      for (const [index, amount] of increase.entries()) {
        if (Number.isNaN(amount)) continue;
        amounts[index] = (amounts[index] ?? 0) + amount;
        isMeasured[index] = 1;
      }
    }
  }
  return { amounts, isMeasured: (index) => isMeasured[index] === 1 };
}
