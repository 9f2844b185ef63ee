import { MregError } from '../documents/error.ts';
import { loadLibrary, startEngine, type LoadLibrary } from './duckdb/engine.ts';
import { identifier, literal, reader } from './duckdb/sql.ts';
import { openTable } from './duckdb/table.ts';
import { formatOf } from './format.ts';
import type { DataTable } from './port.ts';

/** A database that a query may name. */
export interface Database {
  readonly name: string;
  /** Where it is: a file, or what its kind takes to connect. May hold a secret, so it is never told. */
  readonly target: string;
  /** `duckdb`, `sqlite`, `postgres`, `mysql` …; each but the first needs its extension. */
  readonly kind: string;
}

/** What is measured: files, or what a query makes of files (which it calls `data`) and databases. */
export interface DataRequest {
  /** What to call it when it cannot be read. */
  readonly what: string;
  readonly paths: readonly string[];
  readonly query?: string | undefined;
  readonly databases?: readonly Database[] | undefined;
  /** Extensions of the engine to load, fetched when they are not on this machine. */
  readonly extensions?: readonly string[] | undefined;
}

/** Opens data with the engine; nothing but the named files and databases can be reached from it. */
export async function openData(request: DataRequest, load: LoadLibrary = loadLibrary): Promise<DataTable> {
  const { what, paths, query, databases = [], extensions = [] } = request;
  const prepare = [...extensions.flatMap(loading), ...databases.map(attaching)];
  const engine = await startEngine(load, { files: paths, prepare, what });
  try {
    if (query === undefined) return await openTable(engine, `SELECT * FROM ${filesOf(paths)}`);
    if (paths.length > 0) await engine.rows(`CREATE TEMP VIEW data AS SELECT * FROM ${filesOf(paths)}`);
    return await openTable(engine, query);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

function filesOf(paths: readonly string[]): string {
  const formats = [...new Set(paths.map(formatOf))];
  const [format] = formats;
  if (format === undefined || formats.length > 1)
    throw new MregError('usage', `the files are of several formats: ${formats.join(', ')}`, {
      hint: 'measure files of one format at a time',
    });
  return reader(format, paths);
}

function loading(extension: string): readonly string[] {
  const name = identifier(extension);
  return [`INSTALL ${name}`, `LOAD ${name}`];
}

function attaching({ name, target, kind }: Database): string {
  return `ATTACH ${literal(target)} AS ${identifier(name)} (TYPE ${identifier(kind)}, READ_ONLY)`;
}
