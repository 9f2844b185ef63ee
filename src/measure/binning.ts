import { inconclusive, measured, type Measured } from './outcome.ts';
import { quantileAt } from './quantile.ts';
import { columnTrouble, type Runs } from './runs.ts';

/**
 * How a numeric column is parted into bins. Computed once, from the reference (or, as evidently does, from both sides);
 * then each side is counted, here or in SQL: a value's bin is the number of edges below it, `sum(v > edge)`, where
 * `closed` is 'right', and `sum(v >= edge)` where it is 'left'.
 */
export interface Binning {
  /** Inner edges, strictly ascending and finite. k edges make k + 1 bins; the first and the last are open-ended. */
  readonly edges: readonly number[];
  /** The side on which a bin holds its own edge: 'right' is (a, b], 'left' is [a, b). */
  readonly closed: 'left' | 'right';
  /** Whether missing values and NaN are a bin of their own, the last, or not counted at all. */
  readonly missing: 'own-bin' | 'left-out';
  /** The lowest share that a bin counts as: 1e-4, or evidently's replacement of zeros. */
  readonly zeros: 'floor' | 'evidently';
}

const DECILES = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenth) => tenth / 10);

/** Up to so many distinct reference values, evidently compares the values themselves and not bins of them. */
export const EVIDENTLY_DISTINCT = 20;

/** Returns bins at the deciles of an ascending reference column, as `binningAtDeciles` does. */
export function decileBinning(reference: Float64Array): Measured<Binning> {
  const trouble = columnTrouble(reference, 'reference');
  if (trouble !== undefined) return trouble;
  const at = (row: number) => reference[row] ?? NaN;
  const deciles = DECILES.map((p) => quantileAt(reference.length, p, at));
  return measured(binningAtDeciles({ deciles, minimum: at(0) }));
}

/**
 * Returns bins between the nine inner deciles of the reference, each (a, b], open at both ends. A value so frequent that
 * several deciles fall on it makes one edge. Where the lowest edge is the minimum itself, what lies below gets a bin too,
 * which the reference leaves empty: else a column that is constant, or mostly its minimum, could fall without notice.
 */
export function binningAtDeciles(facts: { readonly deciles: readonly number[]; readonly minimum: number }): Binning {
  const edges = [...new Set(facts.deciles)].filter((edge) => Number.isFinite(edge)).sort((a, b) => a - b);
  const atMinimum = edges[0] === facts.minimum ? [nextBelow(facts.minimum)] : [];
  return { edges: [...atMinimum, ...edges], closed: 'right', missing: 'own-bin', zeros: 'floor' };
}

/**
 * Returns bins as evidently makes them: of equal width over reference and current together, their number after Sturges,
 * "The choice of a class interval", JASA 21 (1926), in numpy's form. `rows` are those with a value, on both sides. For a
 * reference of `EVIDENTLY_DISTINCT` values or fewer, compare the values as categories instead.
 */
export function evidentlyBinning(facts: {
  readonly minimum: number;
  readonly maximum: number;
  readonly rows: number;
}): Measured<Binning> {
  const { minimum, maximum, rows } = facts;
  if (rows === 0) return inconclusive('neither column has values');
  const range = maximum - minimum;
  if (!Number.isFinite(range)) return inconclusive('bins of equal width cannot hold an infinite value');
  const bins = range === 0 ? 1 : Math.ceil(range / (range / (Math.log2(rows) + 1)));
  const step = range / bins;
  const edges = Array.from({ length: bins - 1 }, (_, index) => (index + 1) * step + minimum);
  return measured({ edges, closed: 'left', missing: 'left-out', zeros: 'evidently' });
}

/** Returns how many values of an ascending column fall into each bin, and the missing ones last where they are a bin. */
export function countSorted(binning: Binning, sorted: Float64Array, missing: number): Float64Array {
  const ends = binning.edges.map((edge) => rowsUpTo(sorted, edge, binning.closed));
  const counts = [...ends, sorted.length].map((end, bin) => end - (ends[bin - 1] ?? 0));
  return withMissing(binning, counts, missing);
}

/** Returns the same of a column told as runs, in any order: chunks of a column can be counted and the counts added. */
export function countRuns(binning: Binning, { values, counts }: Runs, missing: number): Float64Array {
  const edges = Float64Array.from(binning.edges);
  const opposite = binning.closed === 'right' ? 'left' : 'right';
  const binned = new Float64Array(edges.length + 1);
  for (const [index, value] of values.entries()) {
    // A value's bin is the number of edges below it, and, in bins closed to the left, of those that it lies on.
    const bin = rowsUpTo(edges, value, opposite);
    binned[bin] = (binned[bin] ?? 0) + (counts[index] ?? 0);
  }
  return withMissing(binning, binned, missing);
}

/** Returns the cells that counts per bin, however they were counted, make together with the missing values. */
function withMissing(binning: Binning, counts: ArrayLike<number>, missing: number): Float64Array {
  return Float64Array.from([...Array.from(counts), ...(binning.missing === 'own-bin' ? [missing] : [])]);
}

/** Returns what each cell of a binning holds, in words for a report: `≤ 3`, `3 to 5`, `> 5`, `missing`. */
export function binLabels({ edges, closed, missing }: Binning): string[] {
  const [below, above] = closed === 'right' ? ['≤', '>'] : ['<', '≥'];
  const inner = edges.slice(1).map((edge, index) => `${above} ${edges[index] ?? ''}, ${below} ${edge}`);
  const first = edges[0];
  const last = edges.at(-1);
  const ends = first === undefined ? ['any'] : [`${below} ${first}`, ...inner, `${above} ${last ?? ''}`];
  return missing === 'own-bin' ? [...ends, 'missing'] : ends;
}

/** How many of an ascending column are at most (closed 'right') or below (closed 'left') `edge`. */
function rowsUpTo(sorted: Float64Array, edge: number, closed: Binning['closed']): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = sorted[middle] ?? NaN;
    if (closed === 'right' ? value <= edge : value < edge) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The largest double below `value`. */
function nextBelow(value: number): number {
  if (value === 0) return -Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0] = (bits[0] ?? 0n) + (value > 0 ? -1n : 1n);
  return new Float64Array(bits.buffer)[0] ?? NaN;
}
