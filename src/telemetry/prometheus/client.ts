import { askJson, type HttpSource } from '../ask-json.ts';
import { sayable, Unmeasurable } from '../unmeasurable.ts';
import type { TelemetryWorld } from '../world.ts';
import { fieldsOf, listOf, seriesIn, type Fields, type Grid, type RangeSeries } from './series.ts';

/** What a query found on a grid; `warnings` are the server's own: part of the data may be missing. */
export interface RangeAnswer {
  readonly series: readonly RangeSeries[];
  readonly warnings: readonly string[];
}

/** The HTTP API of a Prometheus server, https://prometheus.io/docs/prometheus/latest/querying/api/ . */
export interface PrometheusClient {
  /** Returns the value of every series of a query at each instant of the grid. */
  range(query: string, grid: Grid, signal: AbortSignal): Promise<RangeAnswer>;
  /** Returns the one number that a query has at an instant, or undefined where it has none. */
  number(query: string, at: Date, signal: AbortSignal): Promise<number | undefined>;
}

/** The server refuses a range of more than 11,000 points a series (web/api/v1/api.go). */
const MOST_POINTS = 11_000;

/** Returns a client of the server at `base`; `http` is asked with each query, so that a missing token is trouble and no end. */
export function prometheusClient(
  world: Pick<TelemetryWorld, 'get' | 'pause' | 'random'>,
  base: URL,
  http: () => HttpSource,
): PrometheusClient {
  const ask = async (path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<Success> => {
    const url = new URL(`${base.href.replace(/\/$/, '')}/api/v1/${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const source = http();
    const { status, body } = await askJson(world, url, { source, signal });
    return successIn(status, fieldsOf(body), source.name);
  };
  return {
    range: async (query, grid, signal) => {
      const answers: Success[] = [];
      for (const part of split(grid)) answers.push(await ask('query_range', { query, ...windowOf(part) }, signal));
      const data = answers.map((answer) => answer.data);
      return { series: seriesIn(data, grid), warnings: [...new Set(answers.flatMap(({ warnings }) => warnings))] };
    },
    number: async (query, at, signal) => {
      const { data } = await ask('query', { query, time: seconds(at.getTime()) }, signal);
      const sample = listOf(fieldsOf(listOf(data['result'])[0])['value']);
      const value = typeof sample[1] === 'string' ? Number(sample[1]) : Number.NaN;
      return Number.isFinite(value) ? value : undefined;
    },
  };
}

function split({ startMs, stepMs, count }: Grid): readonly Grid[] {
  const parts: Grid[] = [];
  for (let from = 0; from < count; from += MOST_POINTS) {
    parts.push({ startMs: startMs + from * stepMs, stepMs, count: Math.min(MOST_POINTS, count - from) });
  }
  return parts;
}

function windowOf({ startMs, stepMs, count }: Grid): Readonly<Record<'start' | 'end' | 'step', string>> {
  return { start: seconds(startMs), end: seconds(startMs + (count - 1) * stepMs), step: seconds(stepMs) };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

interface Success {
  readonly data: Fields;
  readonly warnings: readonly string[];
}

function successIn(status: number, { status: outcome, data, error, warnings }: Fields, name: string): Success {
  if (status === 200 && outcome === 'success') {
    return { data: fieldsOf(data), warnings: listOf(warnings).map((each) => sayable(String(each))) };
  }
  if (status === 401 || status === 403)
    throw new Unmeasurable(`${name} does not let us in (${String(status)}): check what its tokenEnv names`);
  throw new Unmeasurable(`${name} answers ${String(status)}${typeof error === 'string' ? `: ${sayable(error)}` : ''}`);
}
