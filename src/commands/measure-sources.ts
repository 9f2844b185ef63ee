import { formatOf } from '../data/format.ts';
import { readInputs, type DataFiles } from '../data/inputs.ts';
import { openData, type Database } from '../data/open-data.ts';
import type { DataTable } from '../data/port.ts';
import { MregError } from '../documents/error.ts';
import type { InputRole, MeasuredInput } from '../measure/measurement.ts';
import type { CommonFlags } from './flags.ts';
import { fetchFromBucket, isInBucket, type Fetched } from './measure-fetch.ts';
import type { Outside } from './outside.ts';
import { withProgress } from './progress.ts';

/** How data is read, beside where it is. */
export interface DataFlags {
  /** A query over the files, which it calls `data`. */
  readonly query?: string | undefined;
  /** `name=kind:target` of each database that a query may name. */
  readonly database?: readonly string[] | undefined;
  /** Extensions of the engine. */
  readonly extension?: readonly string[] | undefined;
}

/** Data that is open: its rows, what to record of it, and the check that must follow the last look at it. */
export interface Source {
  readonly input: MeasuredInput;
  readonly table: DataTable;
  readonly rows: number;
  requireUnchanged(): Promise<void>;
  close(): Promise<void>;
}

/** What is to be opened and for what. */
export interface SourceWish {
  readonly role: InputRole;
  /** A path, a pattern, or `sql:` and a query of databases. */
  readonly source: string;
}

const QUERY = 'sql:';

/** Opens everything that is to be measured, runs `work`, checks that nothing changed meanwhile, and closes it. */
export async function withSources<T>(
  at: { readonly outside: Outside; readonly flags: CommonFlags & DataFlags },
  wishes: readonly SourceWish[],
  work: (sources: readonly Source[]) => Promise<T>,
): Promise<T> {
  const sources: Source[] = [];
  try {
    for (const wish of wishes) sources.push(await openSource(at, wish));
    const result = await work(sources);
    for (const source of sources) await source.requireUnchanged();
    return result;
  } finally {
    for (const source of sources) await source.close();
  }
}

async function openSource(
  at: { readonly outside: Outside; readonly flags: CommonFlags & DataFlags },
  { role, source }: SourceWish,
): Promise<Source> {
  const fetched = isInBucket(source) ? await fetchFromBucket(at.outside, source) : undefined;
  try {
    return await openHere(at, { role, source }, fetched);
  } catch (error) {
    await fetched?.remove();
    throw error;
  }
}

async function openHere(
  at: { readonly outside: Outside; readonly flags: CommonFlags & DataFlags },
  { role, source }: SourceWish,
  fetched: Fetched | undefined,
): Promise<Source> {
  const files = source.startsWith(QUERY) ? undefined : await digestsOf(at, fetched?.pattern ?? source);
  const { query, database = [], extension } = at.flags;
  const table = await openData({
    what: files === undefined ? 'the query' : source,
    paths: files?.paths ?? [],
    query: files === undefined ? source.slice(QUERY.length) : query,
    databases: database.map(databaseOf),
    extensions: extension,
  });
  const rows = await countedRows(table, source);
  return {
    table,
    rows,
    input: { role, source, digest: files?.digest, files: files?.paths.length ?? 0, sizeBytes: files?.size ?? 0, rows },
    requireUnchanged: async () => files?.requireUnchanged(),
    close: async () => {
      await table.close();
      await fetched?.remove();
    },
  };
}

async function countedRows(table: DataTable, source: string): Promise<number> {
  try {
    const rows = await table.countRows();
    if (rows > 0) return rows;
    throw new MregError('bad-file', `${source} holds no rows`, { hint: 'check what wrote it' });
  } catch (error) {
    await table.close();
    throw error;
  }
}

async function digestsOf(
  at: { readonly outside: Outside; readonly flags: CommonFlags },
  source: string,
): Promise<DataFiles> {
  return withProgress(at, `reading ${source}`, ({ signal, onProgress }) =>
    readInputs(source, {
      cwd: at.outside.cwd,
      signal,
      onProgress: (done) => onProgress?.({ ...done, files: 0, totalFiles: 0 }),
      accept: formatOf,
    }),
  );
}

/** A target may hold a password: no message repeats it. */
function databaseOf(text: string): Database {
  const parts = /^([A-Za-z_]\w*)=(duckdb|sqlite|postgres|mysql|iceberg|ducklake):(.+)$/s.exec(text);
  const [, name, kind, target] = parts ?? [];
  if (name !== undefined && kind !== undefined && target !== undefined) return { name, kind, target };
  throw new MregError('usage', 'expected <name>=<kind>:<target> after --database', {
    hint: '--database wh=postgres:dbname=warehouse (kinds: duckdb, sqlite, postgres, mysql, iceberg, ducklake)',
  });
}
