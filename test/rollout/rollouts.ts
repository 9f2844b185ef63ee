import type { ReleasePlan } from '../../src/documents/kinds/promotion.ts';
import type { RolloutState, RolloutTerms } from '../../src/rollout/judge-rollout.ts';
import type { CountPoint, Measured, MetricObservation, Observation, Series } from '../../src/rollout/observation.ts';

export const SINCE = new Date('2026-01-04T10:00:00Z');
export const TICK_MS = 30_000;

/** The instant `minutes` after the step began. */
export function after(minutes: number): Date {
  return new Date(SINCE.getTime() + minutes * 60_000);
}

export const CANARY: ReleasePlan = {
  strategy: 'canary',
  steps: [{ weight: 10, hold: '30m' }, { weight: 50, hold: '2h' }, { weight: 100 }],
  guards: [{ metric: 'latency_p95_ms', above: 80, for: '5m' }],
};

export const TRIAL: ReleasePlan = {
  strategy: 'champion-challenger',
  steps: [{ weight: 10, hold: '24h' }],
  success: [{ metric: 'ctr', minDelta: 0.015 }],
};

export function termsOf(plan: ReleasePlan, more: Partial<RolloutTerms> = {}): RolloutTerms {
  const better = new Map([
    ['ctr', 'higher'],
    ['latency_p95_ms', 'lower'],
    ['error_rate', 'lower'],
    ['basket', 'higher'],
  ] as const);
  return { plan, triggers: [], better, ...more };
}

export function stateOf(more: Partial<RolloutState> = {}): RolloutState {
  return { phase: 'progressing', step: 1, steps: 3, since: SINCE, weight: 10, mirror: 0, ...more };
}

/** A point at each tick of the first `minutes` of the step. */
export function ticks<T>(minutes: number, make: (at: number, index: number) => T): T[] {
  const count = Math.floor((minutes * 60_000) / TICK_MS);
  return Array.from({ length: count }, (_, index) => make(SINCE.getTime() + (index + 1) * TICK_MS, index));
}

export function values(minutes: number, value: (index: number) => number): Series {
  return { kind: 'value', points: ticks(minutes, (at, index) => ({ at, value: value(index) })) };
}

export function countPoints(minutes: number, n: number, hits: (index: number) => number): CountPoint[] {
  return ticks(minutes, (at, index) => ({ at, n, hits: hits(index) }));
}

export function counts(minutes: number, n: number, hits: (index: number) => number): Series {
  return { kind: 'counts', points: countPoints(minutes, n, hits) };
}

export function measured(series: Series | undefined, more: Partial<Measured> = {}): Measured {
  return { series, above: new Map(), trouble: undefined, ...more };
}

export function metric(name: string, challenger: Measured, more: Partial<MetricObservation> = {}): MetricObservation {
  return { metric: name, query: `query of ${name}`, champion: undefined, quantile: undefined, challenger, ...more };
}

export function seen(...metrics: MetricObservation[]): Observation {
  return { metrics, traffic: undefined };
}

/** A p95 that reads the same at each tick of the first `minutes`. */
export function latency(minutes: number, value: number | ((index: number) => number)): Observation {
  const read = typeof value === 'number' ? () => value : value;
  return seen(metric('latency_p95_ms', measured(values(minutes, read))));
}
