import type { StandingFreeze } from '../gates/input.ts';

/** Where a stage points; while a rollout runs, `version` is still the champion and `candidate` the one on its way. */
export interface StageState {
  readonly version: string;
  readonly digest: string;
  readonly phase: 'progressing' | 'paused' | 'complete';
  /** Percent of the traffic that `version` gets. */
  readonly weight: number;
  readonly since: string;
  readonly candidate?: { readonly version: string; readonly digest: string; readonly weight: number };
  /** Which step of how many the rollout is in. */
  readonly step?: number;
  readonly steps?: number;
  readonly strategy?: string;
  readonly movedBy?: string;
}

/** A promotion that was asked for and is not decided. */
export interface PendingRequest {
  readonly to: string;
  readonly version: string;
  readonly approvals: { readonly have: number; readonly need: number };
  readonly requestedBy?: string;
  readonly requestedAt?: string;
  readonly expiresAt?: string;
  /** Why it cannot land as it is: what it rests on has changed, or its version is held. Its approvals count no more. */
  readonly outdated?: string;
  /** True where its version is held: asking again would not help. */
  readonly isHeld?: boolean;
}

/** A version as one model's status lists it. */
export interface VersionState {
  readonly version: string;
  readonly digest: string;
  readonly registeredAt: string;
  readonly registeredBy: string;
  readonly evidence: readonly string[];
  readonly held?: { readonly reason: string; readonly by: string };
}

/** Where a model stands. */
export interface ModelState {
  readonly model: string;
  readonly latest: string | undefined;
  /** True where the newest version is held; looked up when one model is shown. */
  readonly isLatestHeld?: boolean;
  /** Stages that point somewhere, by name. */
  readonly stages: ReadonlyMap<string, StageState>;
  readonly pending: readonly PendingRequest[];
  readonly owner?: string;
  readonly description?: string;
  /** Newest first; given when one model is asked for. */
  readonly versions?: readonly VersionState[];
}

/** Where a registry stands, or the part of it that was asked for. */
export interface RegistryStatus {
  readonly registry: string;
  readonly head: string;
  /** All stages in order, the first is where versions enter. */
  readonly stages: readonly string[];
  readonly models: readonly ModelState[];
  /** In force; of one model, those that it is in. */
  readonly freezes?: readonly StandingFreeze[];
}
