import type { MetricQuery, TrafficQuery } from '../documents/kinds/telemetry.ts';
import type { Measured } from '../rollout/observation.ts';
import type { Variables } from './variables.ts';

/** What both ways of asking a source are given. */
interface Asking {
  readonly variables: Variables;
  readonly since: Date;
  readonly until: Date;
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** One metric of one version. */
export interface MetricAsk extends Asking {
  readonly metric: string;
  readonly query: MetricQuery;
  readonly bounds: readonly number[];
}

/** The requests that one version answered from `since` on. */
export interface TrafficAsk extends Asking {
  readonly query: TrafficQuery;
}

/** A metric of one version with the query as it was asked. */
export interface MeasuredBy {
  readonly measured: Measured;
  readonly asked: string;
}

/** Requests with the query as it was asked; `trouble` where the number is not to be trusted. */
export interface CountedBy {
  readonly requests: number;
  readonly asked: string;
  readonly trouble: string | undefined;
}

/** One place that measurements come from. Throws Unmeasurable, and MregError('interrupted') when aborted. */
export interface Source {
  measure(ask: MetricAsk): Promise<MeasuredBy>;
  count(ask: TrafficAsk): Promise<CountedBy>;
}
