import { parseDuration } from '../../documents/duration.ts';
import { MregError } from '../../documents/error.ts';
import type { TelemetrySource } from '../../documents/kinds/telemetry.ts';
import { coverageOf, measuredIn, rowsWithin, type IntervalRow } from '../interval-rows.ts';
import type { Source } from '../source.ts';
import { sayable, Unmeasurable } from '../unmeasurable.ts';
import { fillIn, inSql, type Variables } from '../variables.ts';
import type { Rows, TelemetryWorld } from '../world.ts';

const DEFAULT_TIMEOUT = '1m';
const STALE_TICKS = 3;
/** What a query may measure, by the names of its columns; each beside `at`, the end of an interval. */
const SHAPES: readonly (readonly string[])[] = [['value'], ['n', 'hits'], ['n', 'sum'], ['n', 'sum', 'squares']];

/** Measures by queries of files and databases: one row for each interval. */
export function sqlSource(name: string, source: TelemetrySource, world: TelemetryWorld): Source {
  const staleAfter = (everyMs: number): number =>
    source.staleAfter === undefined ? STALE_TICKS * everyMs : parseDuration(source.staleAfter);
  const rowsOf = async (query: string, shapes: typeof SHAPES, signal: AbortSignal): Promise<readonly IntervalRow[]> => {
    const timeout = AbortSignal.timeout(parseDuration(source.timeout ?? DEFAULT_TIMEOUT));
    return intervals(await read({ name, source, world }, query, { signal, timeout }), shapes);
  };
  return {
    measure: async ({ query, variables, signal, ...step }) => {
      const asked = textOf(query.rows, variables);
      const rows = await rowsOf(asked, SHAPES, signal);
      const options = { ...step, staleAfterMs: staleAfter(step.everyMs), scale: query.scale ?? 1 };
      return { measured: measuredIn(rows, options), asked };
    },
    count: async ({ query, variables, signal, ...step }) => {
      const asked = textOf(query.rows, variables);
      const rows = rowsWithin(await rowsOf(asked, [['n']], signal), step);
      const requests = rows.reduce((sum, { numbers }) => sum + (numbers.get('n') ?? 0), 0);
      const isNumber = Number.isFinite(requests);
      const trouble = isNumber ? coverageOf(rows, { ...step, staleAfterMs: staleAfter(step.everyMs) }) : 'not a number';
      return { requests: isNumber ? Math.round(requests) : 0, asked, trouble };
    },
  };
}

function textOf(rows: string | undefined, variables: Variables): string {
  if (rows === undefined) throw new Unmeasurable('a source of type sql needs rows');
  return fillIn(rows, variables, inSql);
}

async function read(
  { name, source, world }: { readonly name: string; readonly source: TelemetrySource; readonly world: TelemetryWorld },
  query: string,
  { signal, timeout }: { readonly signal: AbortSignal; readonly timeout: AbortSignal },
): Promise<Rows> {
  if (world.readRows === undefined) throw new Unmeasurable('no data can be read here');
  const databases = (source.databasesEnv ?? []).map((variable) => {
    const database = world.env[variable];
    if (database === undefined || database === '') throw new Unmeasurable(`the variable ${variable} names no database`);
    return database;
  });
  const request = { what: name, query, files: source.files, databases, signal: AbortSignal.any([signal, timeout]) };
  try {
    return await raced(world.readRows(request), request.signal);
  } catch (error) {
    if (signal.aborted)
      throw new MregError('interrupted', 'measuring was interrupted', { hint: 'run the command again' });
    if (timeout.aborted) throw new Unmeasurable(`${name} timed out`);
    if (error instanceof MregError) throw new Unmeasurable(sayable(error.message));
    throw error;
  }
}

/** An engine may not be able to stop; then it is no longer waited for. */
async function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, fail) => {
    stop = () => {
      fail(new Error('aborted'));
    };
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function intervals(rows: Rows, shapes: typeof SHAPES): readonly IntervalRow[] {
  const at = rows.get('at');
  const shape = shapes.find((names) => names.length + 1 === rows.size && names.every((name) => rows.has(name)));
  if (at === undefined || shape === undefined) {
    const expected = shapes.map((names) => ['at', ...names].join(', ')).join('; or ');
    throw new Unmeasurable(
      `the query must have the columns ${expected}; it has ${[...rows.keys()].map(sayable).join(', ')}`,
    );
  }
  return Array.from(at, (instant, index) => ({
    at: instant,
    numbers: new Map(shape.map((name) => [name, rows.get(name)?.[index] ?? Number.NaN])),
  }));
}
