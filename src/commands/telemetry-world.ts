import { openHttp } from '../artifacts/oci/http.ts';
import { findFiles } from '../data/find-files.ts';
import { openData, type Database } from '../data/open-data.ts';
import type { DataTable } from '../data/port.ts';
import { MregError } from '../documents/error.ts';
import type { Rows, RowsRequest, TelemetryWorld } from '../telemetry/world.ts';
import type { Outside } from './outside.ts';

/** Returns the world as telemetry meets it; `urls` are addresses of sources as this machine sees them. */
export function telemetryWorld(outside: Outside, urls: ReadonlyMap<string, string>): TelemetryWorld {
  const { env, pause } = outside;
  return {
    env,
    pause,
    get: openHttp(outside),
    random: Math.random,
    urlOf: (source) => urls.get(source),
    readRows: (request) => readRows(outside, request),
  };
}

async function readRows(outside: Outside, request: RowsRequest): Promise<Rows> {
  const { what, query, files, databases } = request;
  const paths = files === undefined ? [] : await findFiles(files, outside.cwd);
  const table = await openData({ what, paths, query, databases: databases.map(parseDatabase) });
  try {
    return await columnsOf(table);
  } finally {
    await table.close();
  }
}

/** More rows than this are no measurements of a rollout, but the requests themselves. */
const MOST_ROWS = 1_000_000;

async function columnsOf(table: DataTable): Promise<Rows> {
  const names = table.columns.map(({ name }) => name);
  const rows = await table.countRows();
  if (rows > MOST_ROWS) throw new MregError('bad-file', `the query makes ${String(rows)} rows: let it count them`);
  const columns = names.map(() => new Float64Array(rows));
  let at = 0;
  for await (const batch of table.batches(names.map((column) => ({ as: 'number', column })))) {
    columns.forEach((column, index) => {
      column.set(batch[index] ?? [], at);
    });
    at += batch[0]?.length ?? 0;
  }
  return new Map(names.map((name, index) => [name, columns[index] ?? new Float64Array(0)]));
}

function parseDatabase(text: string): Database {
  const [, name, kind, target] = /^([A-Za-z_][A-Za-z0-9_]*)=([a-z]+):(.+)$/s.exec(text) ?? [];
  if (name !== undefined && kind !== undefined && target !== undefined) return { name, kind, target };
  // What was found may hold a password.
  throw new MregError('usage', 'a variable of databasesEnv does not hold <name>=<kind>:<target>');
}
