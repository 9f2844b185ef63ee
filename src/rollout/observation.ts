/** The two versions of a rollout, named by the part they play, not by the slot they stand in. */
export type Part = 'champion' | 'challenger';

/** Events counted in the interval that ends at `at` (epoch milliseconds) and begins at the point before: `hits` of `n`. */
export interface CountPoint {
  readonly at: number;
  readonly n: number;
  readonly hits: number;
}

/** A value as a metrics server tells it at `at` (epoch milliseconds), in the metric's unit. */
export interface ValuePoint {
  readonly at: number;
  readonly value: number;
}

/** Sums over the `n` events of the interval that ends at `at` (epoch milliseconds): of their values and of the squares. */
export interface MomentPoint {
  readonly at: number;
  readonly n: number;
  readonly sum: number;
  readonly squares: number;
}

/** What was measured of one version, oldest first, from the beginning of the step on. Nothing is interpolated. */
export type Series =
  | { readonly kind: 'value'; readonly points: readonly ValuePoint[] }
  | { readonly kind: 'counts'; readonly points: readonly CountPoint[] }
  | { readonly kind: 'moments'; readonly points: readonly MomentPoint[] };

/** One version's measurements of a metric. */
export interface Measured {
  /** Absent where nothing could be measured; `trouble` says why. */
  readonly series: Series | undefined;
  /**
   * For a metric that is a quantile: events above a guard's bound, by the bound. A histogram counts them exactly where one
   * of its buckets ends at the bound.
   */
  readonly above: ReadonlyMap<number, readonly CountPoint[]>;
  /** Why the measurement is not to be trusted: empty, stale, partial, not a number, timed out. */
  readonly trouble: string | undefined;
}

/** A metric measured of both versions. The champion is absent where it has no traffic to be measured by. */
export interface MetricObservation {
  readonly metric: string;
  /** As it was asked, both versions' queries where they differ, so that a person can ask again. */
  readonly query: string;
  readonly champion: Measured | undefined;
  readonly challenger: Measured;
  /** For a quantile: the share of events at or below it, 0.95 for a p95. */
  readonly quantile: number | undefined;
}

/** Requests that each version really answered since the step began, or since its weight can have been live. */
export interface TrafficObservation {
  readonly query: string;
  readonly champion: number;
  readonly challenger: number;
  readonly trouble: string | undefined;
}

/** Everything that was seen of a rollout at one instant; a decision asks for nothing else. */
export interface Observation {
  readonly metrics: readonly MetricObservation[];
  /** Absent where the policy names no query for it. */
  readonly traffic: TrafficObservation | undefined;
}
