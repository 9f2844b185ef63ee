import { parseDuration } from '../documents/duration.ts';
import { MregError } from '../documents/error.ts';
import type { MetricQuery, TelemetrySource, TrafficQuery } from '../documents/kinds/telemetry.ts';
import { sourceUrlFaults } from '../documents/telemetry-rules.ts';
import type { Measured, MetricObservation, TrafficObservation } from '../rollout/observation.ts';
import type { HttpSource } from './ask-json.ts';
import { jsonSource } from './json/json-source.ts';
import type { ObservationRequest, PartAddress, Telemetry, WantedMetric } from './port.ts';
import { prometheusClient } from './prometheus/client.ts';
import { prometheusSource } from './prometheus/prometheus-source.ts';
import type { CountedBy, MeasuredBy, Source } from './source.ts';
import { sqlSource } from './sql/sql-source.ts';
import type { TelemetryConfig } from './telemetry-config.ts';
import { Unmeasurable } from './unmeasurable.ts';
import { variablesOf } from './variables.ts';
import type { TelemetryWorld } from './world.ts';

const DEFAULT_TIMEOUT = '10s';
const DEFAULT_RETRIES = 2;
const DEFAULT_SETTLE = '2m';

/**
 * Opens the sources that the policies name; touches none of them yet. Throws MregError('usage') for a source without an
 * address.
 */
export function openTelemetry(config: TelemetryConfig, world: TelemetryWorld): Telemetry {
  const opened = [...config.sources].map(([name, source]) => [name, openSource(name, source, world)] as const);
  const sources: ReadonlyMap<string, Source> = new Map(opened);
  return {
    observe: async (request, signal) => {
      const at = { request, signal, config, sources };
      const [metrics, traffic] = await Promise.all([
        Promise.all(request.metrics.map((wanted) => observeMetric(at, wanted))),
        config.traffic === undefined ? undefined : observeTraffic(at, config.traffic),
      ]);
      return { metrics, traffic };
    },
    close: () => Promise.resolve(),
  };
}

function openSource(name: string, source: TelemetrySource, world: TelemetryWorld): Source {
  if (source.type === 'sql') return sqlSource(name, source, world);
  const base = addressOf(name, source, world);
  const http = (): HttpSource => ({
    name,
    timeoutMs: parseDuration(source.timeout ?? DEFAULT_TIMEOUT),
    retries: source.retries ?? DEFAULT_RETRIES,
    token: source.tokenEnv === undefined ? undefined : tokenIn(world, source.tokenEnv),
  });
  return source.type === 'prometheus'
    ? prometheusSource(prometheusClient(world, base, http), source)
    : jsonSource({ world, base, http }, source);
}

function addressOf(name: string, { url, tokenEnv }: TelemetrySource, { urlOf }: TelemetryWorld): URL {
  const text = urlOf?.(name) ?? url;
  const hint = `--source ${name}=http://127.0.0.1:9090, or url in the policy`;
  if (text === undefined) throw new MregError('usage', `the source ${name} has no address`, { hint });
  const [wrong] = sourceUrlFaults(text, tokenEnv);
  if (wrong === undefined) return new URL(text);
  throw new MregError('usage', `the source ${name} needs ${wrong.expected}; found ${wrong.found}`, {
    hint: wrong.hint,
  });
}

function tokenIn({ env }: TelemetryWorld, variable: string): string {
  const token = env[variable]?.trim();
  if (token === undefined || token === '') throw new Unmeasurable(`the variable ${variable} holds no token`);
  return token;
}

interface At {
  readonly request: ObservationRequest;
  readonly signal: AbortSignal;
  readonly config: TelemetryConfig;
  readonly sources: ReadonlyMap<string, Source>;
}

async function observeMetric(at: At, { metric, bounds }: WantedMetric): Promise<MetricObservation> {
  const query = at.config.metrics.get(metric);
  const { champion, challenger } = at.request.parts;
  const measure = (part: PartAddress): Promise<MeasuredBy> => measurePart(at, part, { metric, query, bounds });
  const [first, second] = await Promise.all([
    champion === undefined ? undefined : measure(champion),
    measure(challenger),
  ]);
  return {
    metric,
    query: together(first?.asked, second.asked),
    champion: first?.measured,
    challenger: second.measured,
    quantile: query?.quantile,
  };
}

async function measurePart(
  { request, signal, config, sources }: At,
  part: PartAddress,
  { metric, query, bounds }: WantedMetric & { readonly query: MetricQuery | undefined },
): Promise<MeasuredBy> {
  if (query === undefined) return unmeasured(`no policy says how ${metric} is measured`);
  try {
    const source = requireSource(sources, query.source);
    const variables = variablesOf(request, part);
    const { since, until } = request;
    return await source.measure({ metric, query, bounds, variables, since, until, everyMs: config.everyMs, signal });
  } catch (error) {
    if (error instanceof Unmeasurable) return unmeasured(error.message);
    throw error;
  }
}

function requireSource(sources: ReadonlyMap<string, Source>, name: string): Source {
  const source = sources.get(name);
  if (source === undefined) throw new Unmeasurable(`no policy defines the source ${name}`);
  return source;
}

function unmeasured(trouble: string): MeasuredBy {
  const measured: Measured = { series: undefined, above: new Map(), trouble };
  return { measured, asked: '' };
}

async function observeTraffic(at: At, query: TrafficQuery): Promise<TrafficObservation> {
  const { champion, challenger } = at.request.parts;
  const count = (part: PartAddress): Promise<CountedBy> => countPart(at, part, query);
  const [first, second] = await Promise.all([champion === undefined ? undefined : count(champion), count(challenger)]);
  return {
    query: together(first?.asked, second.asked),
    champion: first?.requests ?? 0,
    challenger: second.requests,
    trouble: first?.trouble ?? second.trouble,
  };
}

async function countPart(
  { request, signal, config, sources }: At,
  part: PartAddress,
  query: TrafficQuery,
): Promise<CountedBy> {
  // Until the commit is live, requests follow the weights of the step before and would speak against this one.
  const since = new Date(request.since.getTime() + parseDuration(query.settle ?? DEFAULT_SETTLE));
  const { until } = request;
  const trouble = `counting begins at ${since.toISOString()}, when the step has settled`;
  if (until <= since) return { requests: 0, asked: '', trouble };
  try {
    const variables = variablesOf(request, part);
    const source = requireSource(sources, query.source);
    return await source.count({ query, variables, since, until, everyMs: config.everyMs, signal });
  } catch (error) {
    if (error instanceof Unmeasurable) return { requests: 0, asked: '', trouble: error.message };
    throw error;
  }
}

/** Both versions' queries, where they differ. */
function together(champion: string | undefined, challenger: string): string {
  if (champion === undefined || champion === challenger || champion === '') return challenger;
  return challenger === '' ? champion : `challenger: ${challenger}; champion: ${champion}`;
}
