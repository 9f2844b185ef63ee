/** Sends one GET. The commands bring the real one; its failures are MregError('network') already. */
export type Get = (request: {
  readonly method: 'GET';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}) => Promise<{
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: AsyncIterable<Uint8Array> & { dump(): Promise<void> };
}>;

/** A query of data, and what it may read. */
export interface RowsRequest {
  /** What to call it when it cannot be read. */
  readonly what: string;
  readonly query: string;
  /** Files that the query calls `data`, as a path or a pattern. */
  readonly files: string | undefined;
  /** Databases, each `name=kind:target`. May hold secrets, so they are never told. */
  readonly databases: readonly string[];
  readonly signal: AbortSignal;
}

/** Rows of numbers: each column by its name, a time as epoch milliseconds, a missing value as NaN. */
export type Rows = ReadonlyMap<string, Float64Array>;

/** Reads the rows that a query makes. The commands bring it; what it throws is told as trouble. */
export type ReadRows = (request: RowsRequest) => Promise<Rows>;

/** What measuring needs of the world. */
export interface TelemetryWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly get: Get;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** From 0 to below 1: how long to wait before a query is tried again, so that many controllers do not do it at once. */
  readonly random: () => number;
  /** The address of a source on this machine, in the place of the one in the policy. */
  readonly urlOf?: (source: string) => string | undefined;
  /** Absent where no data can be read; then a source of type sql is trouble. */
  readonly readRows?: ReadRows;
}
