/** What a column holds, as far as measuring cares; `other` (lists, bytes, intervals) can only be counted. */
export type ColumnKind = 'number' | 'boolean' | 'text' | 'time' | 'other';

/** One column of a table; `type` is the engine's own word for what it holds. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly kind: ColumnKind;
}

/**
 * What is wanted of a column, row by row: its numbers (a missing value is NaN, true is 1 and false 0), or the place of its
 * text in `values` (what is not among them is NaN).
 */
export type Wanted =
  | { readonly as: 'number'; readonly column: string }
  | { readonly as: 'code'; readonly column: string; readonly values: readonly string[] };

/** A value as text and how many rows have it; null stands for the missing ones. */
export interface ValueCount {
  readonly value: string | null;
  readonly count: number;
}

/** The values of a column, the most frequent first and equally frequent ones in the order of their code points. */
export interface ValueCounts {
  readonly values: readonly ValueCount[];
  /** False where there are more values than were asked for. */
  readonly complete: boolean;
}

/** Rows and columns to be measured, wherever they are. Nothing is held in memory but what is asked for. */
export interface DataTable {
  readonly columns: readonly Column[];
  countRows(): Promise<number>;
  /**
   * Yields some rows at a time, one array for each thing wanted, which holds them until the next are asked for. Rows come
   * in the table's own order, or ascending by the first `sortedBy` things wanted, NaN last.
   */
  batches(wanted: readonly Wanted[], sortedBy?: number): AsyncIterable<readonly Float64Array[]>;
  /** Counts at most `most` different values of a column. */
  countValues(column: string, most: number): Promise<ValueCounts>;
  /** Counts the rows that have no value in each of the columns; NaN is a value here. */
  countMissing(columns: readonly string[]): Promise<readonly number[]>;
  close(): Promise<void>;
}
