import type * as DuckDB from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MregError } from '../../documents/error.ts';
import { literal } from './sql.ts';

/** The library that reads data. It is optional: who attaches numbers of their own need not install it. */
export type Library = typeof DuckDB;

/** What a test may replace. */
export type LoadLibrary = () => Promise<Library>;

/** Loads the library; it stays beside the program. */
export const loadLibrary: LoadLibrary = () => import('@duckdb/node-api');

/** What the engine may hold beside what measuring holds itself; beyond it, it writes to the temporary folder. */
const MEMORY_MIB = 384;

/** An engine that runs, with a temporary folder of its own. */
export interface Engine {
  /** Runs statements; returns the rows of the last one, each value as text or null. */
  rows(sql: string): Promise<readonly (readonly (string | null)[])[]>;
  /** Runs one statement and yields its rows, which must all be doubles, some at a time; arrays hold until the next. */
  doubles(sql: string, columns: number): AsyncIterable<readonly Float64Array[]>;
  close(): Promise<void>;
}

/** What the engine may reach besides the files that it is told of. */
export interface Reach {
  /** Files that may be read; nothing else of this machine, once they are set. */
  readonly files: readonly string[];
  /** Statements to run before the doors are shut: extensions to load, databases to attach. */
  readonly prepare?: readonly string[];
  /** What the user is told to be at fault when a statement fails. */
  readonly what: string;
}

/** Starts an engine in this process that can reach what it is told and nothing else. */
export async function startEngine(load: LoadLibrary, reach: Reach): Promise<Engine> {
  const library = await loadOrTell(load);
  const temporary = await mkdtemp(join(tmpdir(), 'mreg-data-'));
  const opened: { instance?: DuckDB.DuckDBInstance; connection?: DuckDB.DuckDBConnection } = {};
  const close = async (): Promise<void> => {
    opened.connection?.closeSync();
    opened.instance?.closeSync();
    await rm(temporary, { recursive: true, force: true });
  };
  try {
    opened.instance = await library.DuckDBInstance.create(':memory:', settingsIn(temporary));
    opened.connection = await opened.instance.connect();
    const engine = engineOn(opened.connection, reach.what, close);
    for (const statement of [...(reach.prepare ?? []), ...shutDoors(reach.files)]) await engine.rows(statement);
    return engine;
  } catch (error) {
    await close();
    throw error;
  }
}

async function loadOrTell(load: LoadLibrary): Promise<Library> {
  try {
    return await load();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new MregError('unreadable', 'measuring needs the package @duckdb/node-api, which is not installed', {
      hint: 'npm install @duckdb/node-api (where mreg is installed; with -g when mreg is global)',
      cause: error,
    });
  }
}

function settingsIn(temporary: string): Record<string, string> {
  return {
    threads: String(Math.min(availableParallelism(), 8)),
    memory_limit: `${String(MEMORY_MIB)}MiB`,
    temp_directory: temporary,
    // A word in a query must not make the engine fetch and run code from the network.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  };
}

/** Attack: a query that was recorded by somebody else, and is measured again here, reads or writes files of this machine. */
function shutDoors(files: readonly string[]): readonly string[] {
  return [
    `SET allowed_paths = [${files.map(literal).join(', ')}]`,
    'SET enable_external_access = false',
    'SET lock_configuration = true',
  ];
}

function engineOn(connection: DuckDB.DuckDBConnection, what: string, close: () => Promise<void>): Engine {
  return {
    rows: (sql) =>
      told(what, async () => {
        const reader = await connection.runAndReadAll(sql);
        return reader.getRowsJson().map((row) => row.map((value) => (value === null ? null : wordOf(value))));
      }),
    async *doubles(sql, columns) {
      const result = await told(what, () => connection.stream(sql));
      for (;;) {
        const chunk = await told(what, () => result.fetchChunk());
        if (chunk === null || chunk.rowCount === 0) return;
        yield Array.from({ length: columns }, (_, index) => doublesOf(chunk, index));
      }
    },
    close,
  };
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The engine tells its kinds of errors by their first words only. */
const ENVIRONMENT = /^(?:Out of Memory|IO|HTTP|Permission|Connection) Error/;
const LONGEST_MESSAGE = 400;

/** Runs something of the engine; what it refuses is the data's, the query's or the machine's fault, and told as such. */
async function told<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    const { message } = error;
    const says = (message.split('\n\n')[0] ?? message).replace(/\s+/g, ' ').slice(0, LONGEST_MESSAGE);
    throw new MregError(ENVIRONMENT.test(message) ? 'unreadable' : 'bad-file', `${what} cannot be read: ${says}`, {
      hint: 'correct the file, its name or the query, and run the command again',
      cause: error,
    });
  }
}

/** Returns a column as it lies in the engine's memory, which is freed with the chunk. */
function doublesOf(chunk: DuckDB.DuckDBDataChunk, index: number): Float64Array {
  const vector = chunk.getColumnVector(index);
  // The field is private by its type only; reading it at once saves a call for each of millions of values.
  const items: unknown = Reflect.get(vector, 'items');
  if (items instanceof Float64Array && items.length >= chunk.rowCount) return items.subarray(0, chunk.rowCount);
  return Float64Array.from({ length: chunk.rowCount }, (_, row) => Number(vector.getItem(row) ?? Number.NaN));
}
