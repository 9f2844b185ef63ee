import { MregError } from '../documents/error.ts';
import type { CountPoint, Measured, MetricObservation } from '../rollout/observation.ts';
import { coverageTrouble, ticksOf } from './coverage.ts';
import { asCounts, asMoments } from './points.ts';
import type { ObservationRequest, PartAddress, Telemetry, WantedMetric } from './port.ts';

/** A request that a version answered, with what was measured of it by metric; a truth is 1 or 0. */
export interface ServedRequest {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly version: string;
  readonly values: Readonly<Record<string, number>>;
}

/** How a metric is made of requests. */
export type MemoryMetric =
  | { readonly kind: 'rate' }
  | { readonly kind: 'mean' }
  | { readonly kind: 'quantile'; readonly quantile: number; readonly windowMs: number };

/** What is measured, and what was served. */
export interface MemoryTelemetryOptions {
  readonly everyMs: number;
  readonly settleMs: number;
  readonly metrics: Readonly<Record<string, MemoryMetric>>;
  /** Asked anew at each look: a test may add to it. */
  readonly served: () => readonly ServedRequest[];
  /** Whether a version was measured at an instant at all. */
  readonly isMeasured: (version: string, at: number) => boolean;
}

const STALE_TICKS = 3;

/** Measures requests that are in memory, by the rules of every telemetry. */
export function openMemoryTelemetry(options: MemoryTelemetryOptions): Telemetry {
  return {
    observe: async (request, signal) => {
      if (signal.aborted)
        throw new MregError('interrupted', 'measuring was interrupted', { hint: 'run the command again' });
      return {
        metrics: request.metrics.map((wanted) => observeMetric(options, request, wanted)),
        traffic: countTraffic(options, request),
      };
    },
    close: () => Promise.resolve(),
  };
}

function observeMetric(
  options: MemoryTelemetryOptions,
  request: ObservationRequest,
  wanted: WantedMetric,
): MetricObservation {
  const metric = options.metrics[wanted.metric];
  const { champion, challenger } = request.parts;
  const measure = (part: PartAddress): Measured =>
    metric === undefined
      ? { series: undefined, above: new Map(), trouble: `nobody measures ${wanted.metric}` }
      : measured(lookOf(options, request, part), { ...wanted, is: metric });
  return {
    metric: wanted.metric,
    query: `memory ${wanted.metric}`,
    champion: champion === undefined ? undefined : measure(champion),
    challenger: measure(challenger),
    quantile: metric?.kind === 'quantile' ? metric.quantile : undefined,
  };
}

interface Look {
  readonly ticks: readonly number[];
  readonly trouble: string | undefined;
  /** The values of a metric in the interval of so many milliseconds that ends at a tick; undefined where nothing was measured. */
  readonly within: (tick: number, metric: string, lengthMs?: number) => readonly number[] | undefined;
}

function lookOf(options: MemoryTelemetryOptions, { since, until }: ObservationRequest, part: PartAddress): Look {
  const { everyMs, served, isMeasured } = options;
  const ticks = ticksOf(since, until, everyMs);
  const own = served().filter(({ version, at }) => version === part.version && at > since.getTime());
  const isThere = (tick: number): boolean => isMeasured(part.version, ticks[tick] ?? 0);
  const staleAfterMs = STALE_TICKS * everyMs;
  return {
    ticks,
    trouble: coverageTrouble({ ticks, isMeasured: isThere, everyMs, staleAfterMs, until }),
    within: (tick, metric, lengthMs = everyMs) => {
      const end = ticks[tick] ?? 0;
      if (!isThere(tick)) return undefined;
      return own.flatMap(({ at, values }) => (at > end - lengthMs && at <= end ? (values[metric] ?? []) : []));
    },
  };
}

function measured(look: Look, { metric, bounds, is }: WantedMetric & { readonly is: MemoryMetric }): Measured {
  const { ticks, trouble, within } = look;
  const n = (tick: number): number | undefined => within(tick, metric)?.length;
  const sum = (tick: number, power: number): number =>
    (within(tick, metric) ?? []).reduce((total, value) => total + value ** power, 0);
  if (is.kind === 'rate') {
    const counts = asCounts(ticks, { n, hits: (tick) => sum(tick, 1) });
    return { series: { kind: 'counts', points: counts.points }, above: new Map(), trouble: trouble ?? counts.trouble };
  }
  if (is.kind === 'mean') {
    const series = asMoments(ticks, { n, sum: (tick) => sum(tick, 1), squares: (tick) => sum(tick, 2) });
    return { series, above: new Map(), trouble };
  }
  const points = ticks.flatMap((at, tick) => {
    const values = (within(tick, metric, is.windowMs) ?? []).toSorted((a, b) => a - b);
    const value = values[Math.ceil(is.quantile * values.length) - 1];
    return value === undefined ? [] : [{ at, value }];
  });
  const above = new Map(bounds.map((bound) => [bound, countsAbove(look, metric, bound)]));
  return { series: { kind: 'value', points }, above, trouble };
}

function countsAbove({ ticks, within }: Look, metric: string, bound: number): readonly CountPoint[] {
  return ticks.flatMap((at, tick): readonly CountPoint[] => {
    const values = within(tick, metric);
    return values === undefined ? [] : [{ at, n: values.length, hits: values.filter((value) => value > bound).length }];
  });
}

function countTraffic(options: MemoryTelemetryOptions, request: ObservationRequest) {
  const since = new Date(request.since.getTime() + options.settleMs);
  const [metric = ''] = Object.keys(options.metrics);
  const count = (
    part: PartAddress | undefined,
  ): { readonly requests: number; readonly trouble: string | undefined } => {
    if (part === undefined) return { requests: 0, trouble: undefined };
    const look = lookOf(options, { ...request, since }, part);
    const requests = look.ticks.reduce((sum, _, tick) => sum + (look.within(tick, metric)?.length ?? 0), 0);
    return { requests, trouble: look.trouble };
  };
  const [champion, challenger] = [count(request.parts.champion), count(request.parts.challenger)];
  return {
    query: 'memory requests',
    champion: champion.requests,
    challenger: challenger.requests,
    trouble: champion.trouble ?? challenger.trouble,
  };
}
