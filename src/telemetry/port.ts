import type { Observation } from '../rollout/observation.ts';

/** A version as it serves: by its number, the slot that it stands in, and its artifact. */
export interface PartAddress {
  readonly version: string;
  readonly slot: 'blue' | 'green';
  readonly digest: string;
}

/** A metric to be measured; `bounds` are the thresholds that its events are counted above, in the metric's unit. */
export interface WantedMetric {
  readonly metric: string;
  readonly bounds: readonly number[];
}

/** What is wanted to be known of a rollout: the step so far. */
export interface ObservationRequest {
  readonly model: string;
  readonly stage: string;
  /** The champion is absent where it serves nothing to be measured by. */
  readonly parts: { readonly champion: PartAddress | undefined; readonly challenger: PartAddress };
  /** When the step began. Points lie on the grid of ticks that begins here, so that a later look finds the same ones. */
  readonly since: Date;
  readonly until: Date;
  readonly metrics: readonly WantedMetric[];
}

/** What measures versions while they serve. */
export interface Telemetry {
  /**
   * Returns what can be measured; what cannot, with the trouble that says why. Throws MregError('interrupted') when
   * aborted, and nothing else.
   */
  observe(request: ObservationRequest, signal: AbortSignal): Promise<Observation>;
  close(): Promise<void>;
}
