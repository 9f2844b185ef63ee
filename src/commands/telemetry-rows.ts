import { findFiles } from '../data/find-files.ts';
import { openData, type Database } from '../data/open-data.ts';
import type { DataTable } from '../data/port.ts';
import { MregError } from '../documents/error.ts';
import type { ReadRows, Rows, RowsRequest } from '../telemetry/world.ts';
import type { Outside } from './outside.ts';

/** A week of seconds; a query that makes more has forgotten to group by interval. */
const MOST_ROWS = 700_000;

/** Returns what reads the rows of a query of telemetry with the data engine. A time without zone is taken as UTC. */
export function rowsReader({ cwd }: Pick<Outside, 'cwd'>): ReadRows {
  return async (request) => {
    const paths = request.files === undefined ? [] : await findFiles(request.files, cwd);
    const databases = request.databases.map((text) => databaseOf(request.what, text));
    const open = (query: string): Promise<DataTable> => openData({ what: request.what, paths, query, databases });
    const query = request.query.replace(/[\s;]+$/, '');
    const columns = await withTable(open(query), async ({ columns: found }) => found);
    const at = columns.find(({ name }) => name === 'at');
    const inMilliseconds = `SELECT * REPLACE (epoch_ms("at") AS "at") FROM (${query})`;
    return withTable(open(at?.kind === 'time' ? inMilliseconds : query), (table) => rowsOf(table, request));
  };
}

async function withTable<T>(opening: Promise<DataTable>, work: (table: DataTable) => Promise<T>): Promise<T> {
  const table = await opening;
  try {
    return await work(table);
  } finally {
    await table.close();
  }
}

async function rowsOf(table: DataTable, { what, signal }: RowsRequest): Promise<Rows> {
  const rows = await table.countRows();
  if (rows > MOST_ROWS) throw new MregError('bad-file', `${what} gives ${String(rows)} rows: group them by interval`);
  const names = table.columns.map(({ name }) => name);
  const read = new Map(names.map((name) => [name, new Float64Array(rows)]));
  let from = 0;
  for await (const batch of table.batches(names.map((column) => ({ as: 'number', column })))) {
    if (signal.aborted) throw new MregError('interrupted', 'reading was interrupted');
    for (const [index, name] of names.entries()) read.get(name)?.set(batch[index] ?? [], from);
    from += batch[0]?.length ?? 0;
  }
  return read;
}

/** A target may hold a password: no message repeats it. */
function databaseOf(what: string, text: string): Database {
  const [, name, kind, target] = /^([A-Za-z_]\w*)=([a-z]+):(.+)$/s.exec(text) ?? [];
  if (name !== undefined && kind !== undefined && target !== undefined) return { name, kind, target };
  throw new MregError('usage', `a variable in databasesEnv of ${what} does not hold <name>=<kind>:<target>`, {
    hint: 'for example wh=postgres:dbname=warehouse',
  });
}
