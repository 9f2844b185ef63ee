import { Unmeasurable } from '../unmeasurable.ts';

/** Instants at equal distances: `startMs`, `startMs + stepMs`, … in epoch milliseconds. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** One series on a grid of instants. */
export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** At each instant; NaN where the series was absent, or said something that is no number. */
  readonly values: Float64Array;
  /** The instants at which it was there and no finite number. */
  readonly odd: readonly number[];
}

/** A map of which nothing is known but that it is one. */
export type Fields = Readonly<Record<string, unknown>>;

/** Returns a value as a map; an empty one where it is none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}; // a plain map has text for keys
}

/** Returns a value as a list; an empty one where it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Returns the series of several answers of the range API, each value at its place on the grid. */
export function seriesIn(answers: readonly Fields[], grid: Grid): readonly RangeSeries[] {
  const found = new Map<string, { labels: Readonly<Record<string, string>>; values: Float64Array; odd: number[] }>();
  for (const { resultType, result } of answers) {
    if (resultType !== 'matrix') throw new Unmeasurable('the answer is no range of values');
    for (const { metric, values, histograms } of listOf(result).map(fieldsOf)) {
      if (values === undefined && histograms !== undefined)
        throw new Unmeasurable('there is a native histogram: the buckets of a classic one are needed');
      const labels = labelsOf(metric);
      const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
      const known = found.get(key) ?? { labels, values: new Float64Array(grid.count).fill(Number.NaN), odd: [] };
      found.set(key, known);
      for (const sample of listOf(values)) place(listOf(sample), known, grid);
    }
  }
  return [...found.values()];
}

function place(
  [at, text]: readonly unknown[],
  { values, odd }: { values: Float64Array; odd: number[] },
  { startMs, stepMs, count }: Grid,
): void {
  const index = Math.round((Number(at) * 1000 - startMs) / stepMs);
  if (!(index >= 0 && index < count)) throw new Unmeasurable('the answer has a time that was not asked for');
  // Values are text, because JSON has no NaN and no infinity; `+Inf` is no spelling that Number knows.
  const value = typeof text === 'string' && text !== '' ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) values[index] = value;
  else odd.push(index);
}

function labelsOf(metric: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(fieldsOf(metric)).map(([name, value]) => [name, String(value)]));
}
