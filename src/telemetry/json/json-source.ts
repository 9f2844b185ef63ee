import { parseDuration } from '../../documents/duration.ts';
import type { MetricQuery, TelemetrySource, TrafficQuery } from '../../documents/kinds/telemetry.ts';
import { askJson, type HttpSource } from '../ask-json.ts';
import { coverageOf, measuredIn, rowsWithin, type IntervalRow } from '../interval-rows.ts';
import type { MetricAsk, Source, TrafficAsk } from '../source.ts';
import { Unmeasurable } from '../unmeasurable.ts';
import { fillIn, inPointer, inUrl } from '../variables.ts';
import type { TelemetryWorld } from '../world.ts';
import { numberAt, timeAt, valueAt } from './pointer.ts';
import { growthOf, rememberReadings, type Remembered } from './remembered.ts';

/** How the server is reached. */
interface Reach {
  readonly world: Pick<TelemetryWorld, 'get' | 'pause' | 'random'>;
  readonly base: URL;
  /** Asked for with each query, so that a missing token is trouble and no end. */
  readonly http: () => HttpSource;
}

/** What stands where in an answer. */
interface Wanted {
  readonly numbers: Readonly<Record<string, string | undefined>>;
  readonly query: MetricQuery | TrafficQuery;
}

const STALE_TICKS = 3;
const MOST_POINTS = 100_000;

/**
 * Measures by what a server tells as JSON: a list of measurements, one an interval, or the present alone, whose past is
 * then what this process has read before.
 */
export function jsonSource(reach: Reach, { staleAfter }: TelemetrySource): Source {
  const remembered = rememberReadings();
  const staleAfterMs = ({ everyMs }: { readonly everyMs: number }): number =>
    staleAfter === undefined ? STALE_TICKS * everyMs : parseDuration(staleAfter);
  return {
    measure: async (ask) => {
      const { value, hits, sum, squares, count: n, scale = 1 } = ask.query;
      const numbers = { value, hits, sum, squares, ...(value === undefined ? { n } : {}) };
      const { rows, asked } = await readRows({ reach, remembered }, ask, { numbers, query: ask.query });
      return { measured: measuredIn(rows, { ...ask, staleAfterMs: staleAfterMs(ask), scale }), asked };
    },
    count: async (ask) => {
      const wanted = { numbers: { n: ask.query.count }, query: ask.query };
      const { rows, asked } = await readRows({ reach, remembered }, ask, wanted);
      const within = rowsWithin(rows, ask);
      const requests = within.reduce((total, { numbers }) => total + (numbers.get('n') ?? 0), 0);
      if (!Number.isFinite(requests)) return { requests: 0, asked, trouble: 'not a number' };
      return { requests, asked, trouble: coverageOf(within, { ...ask, staleAfterMs: staleAfterMs(ask) }) };
    },
  };
}

async function readRows(
  { reach, remembered }: { readonly reach: Reach; readonly remembered: Remembered },
  ask: MetricAsk | TrafficAsk,
  { numbers, query }: Wanted,
): Promise<{ readonly rows: readonly IntervalRow[]; readonly asked: string }> {
  const source = reach.http();
  const path = fillIn(query.path ?? '', ask.variables, inUrl);
  const url = new URL(`${reach.base.href.replace(/\/$/, '')}${/^[/?]/.test(path) ? '' : '/'}${path}`);
  const pointers = pointersIn(numbers, ask);
  const asked = `GET ${url.pathname}${url.search} ${[...pointers.values()].join(' ')}`;
  const { status, body } = await askJson(reach.world, url, { source, signal: ask.signal });
  if (status !== 200) throw new Unmeasurable(`${source.name} answers ${String(status)}`);
  const at = (item: unknown): number => (query.asOf === undefined ? ask.until.getTime() : timeAt(item, query.asOf));
  const rowOf = (item: unknown): IntervalRow => ({
    at: at(item),
    numbers: new Map([...pointers].map(([name, pointer]) => [name, numberAt(item, pointer)])),
  });
  if (query.points !== undefined) {
    const items = listAt(body, fillIn(query.points, ask.variables, inPointer));
    return { rows: items.map(rowOf), asked };
  }
  const readings = remembered.add(`${asked}\n${ask.since.toISOString()}`, rowOf(body));
  const isFromZero = query.path?.includes('{{since}}') === true;
  if (pointers.has('value')) return { rows: readings, asked };
  return { rows: growthOf(readings, isFromZero ? 'from zero' : 'from the first'), asked };
}

function pointersIn(numbers: Wanted['numbers'], { variables }: MetricAsk | TrafficAsk): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(numbers).flatMap(([name, pointer]) =>
      pointer === undefined ? [] : [[name, fillIn(pointer, variables, inPointer)] as const],
    ),
  );
}

function listAt(body: unknown, pointer: string): readonly unknown[] {
  const list = valueAt(body, pointer);
  if (!Array.isArray(list)) throw new Unmeasurable(`no list stands at ${pointer || 'the top'}`);
  if (list.length > MOST_POINTS)
    throw new Unmeasurable(`the list at ${pointer || 'the top'} has ${String(list.length)} measurements`);
  return list;
}
