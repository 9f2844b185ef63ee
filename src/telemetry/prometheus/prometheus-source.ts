import { parseDuration } from '../../documents/duration.ts';
import type { MetricQuery, TelemetrySource } from '../../documents/kinds/telemetry.ts';
import type { Measured } from '../../rollout/observation.ts';
import type { MetricAsk, Source } from '../source.ts';
import { expandMetric, expandTraffic } from '../templates.ts';
import { Unmeasurable } from '../unmeasurable.ts';
import { fillIn, inPromql } from '../variables.ts';
import type { PrometheusClient } from './client.ts';
import { openLook, type Look } from './look.ts';
import { countRequests, measureMean, measureQuantile, measureRate, measureValue } from './measure-metric.ts';

const DEFAULT_WINDOW = '1m';
const STALE_TICKS = 3;

/** Measures by queries of a Prometheus server. Counters are read as they are, each pod's, and counted exactly. */
export function prometheusSource(client: PrometheusClient, { staleAfter }: TelemetrySource): Source {
  const lookAt = (ask: Omit<MetricAsk, 'metric' | 'query' | 'bounds'>): Look =>
    openLook(client, {
      ...ask,
      staleAfterMs: staleAfter === undefined ? STALE_TICKS * ask.everyMs : parseDuration(staleAfter),
    });
  return {
    measure: async (ask) => {
      const query = filled(expandMetric(ask.query, ask.variables), ask);
      return { measured: await measured(lookAt(ask), query, ask.bounds), asked: askedBy(query) };
    },
    count: async (ask) => {
      const { count } = expandTraffic(ask.query, ask.variables);
      if (count === undefined) throw new Unmeasurable('a source of type prometheus needs count');
      const selector = fillIn(count, ask.variables, inPromql);
      return { ...(await countRequests(lookAt(ask), selector)), asked: selector };
    },
  };
}

const TEXTS = ['value', 'hits', 'count', 'histogram', 'sum', 'squares'] as const;

function filled(query: MetricQuery, { variables }: MetricAsk): MetricQuery {
  const texts = TEXTS.flatMap((name) => {
    const text = query[name];
    return text === undefined ? [] : [[name, fillIn(text, variables, inPromql)] as const];
  });
  return { ...query, ...Object.fromEntries(texts) };
}

function measured(look: Look, query: MetricQuery, bounds: readonly number[]): Promise<Measured> {
  const { value, hits, count, histogram, quantile, sum, squares, scale = 1, window = DEFAULT_WINDOW } = query;
  if (histogram !== undefined && quantile !== undefined)
    return measureQuantile(look, { histogram, quantile, scale, window, bounds });
  if (hits !== undefined && count !== undefined)
    return measureRate(look, { hits, count, mayBeAbsent: query.absent === 'zero' || nameIn(hits) === nameIn(count) });
  if (sum !== undefined && count !== undefined) return measureMean(look, { sum, count, squares, scale });
  if (value !== undefined) return measureValue(look, value, scale);
  throw new Unmeasurable('a source of type prometheus needs value, hits and count, sum and count, or histogram');
}

/** Some series of one counter may not exist yet, while others show that it is counted at all. */
function nameIn(selector: string): string | undefined {
  return /^\s*([a-zA-Z_:][\w:]*)/.exec(selector)?.[1];
}

function askedBy(query: MetricQuery): string {
  const [text = '', ...others] = TEXTS.flatMap((name) => query[name] ?? []);
  return [text, ...others].join(' / ');
}
