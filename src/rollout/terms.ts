import { parseDuration } from '../documents/duration.ts';
import type { Guard } from '../documents/kinds/guard.ts';
import type { ReleasePlan } from '../documents/kinds/promotion.ts';

/** What a rollout is judged by; none of it changes while it runs, but for the triggers. */
export interface RolloutTerms {
  /** Of promotion.yaml, as it was approved. */
  readonly plan: ReleasePlan;
  /** Of the policies in force; they count like the plan's own guards. */
  readonly triggers: readonly Guard[];
  /** Which way each metric is better, from the metric catalogue. */
  readonly better: ReadonlyMap<string, 'higher' | 'lower'>;
  /** How often is looked, in milliseconds. Absent: as far apart as the readings are. */
  readonly everyMs?: number;
}

/** Where a rollout stands. */
export interface RolloutState {
  readonly phase: 'progressing' | 'paused' | 'complete';
  readonly step: number;
  readonly steps: number;
  /** Since when it has stood like this. */
  readonly since: Date;
  /** Percent of the traffic that the newcomer answers. */
  readonly weight: number;
  /** Percent of the traffic that it is shown without answering. */
  readonly mirror: number;
}

/** How long the guards count after the last step where the plan does not say. */
const WATCH = '24h';

/** How often is looked where nobody says. */
const TICK_MS = 30_000;

/** Returns how often is looked, in milliseconds. */
export function tickMs({ everyMs }: Pick<RolloutTerms, 'everyMs'>): number {
  return everyMs ?? TICK_MS;
}

/** Returns how long the present step is to be held, in milliseconds. */
export function holdMs({ plan }: RolloutTerms, { step }: RolloutState): number {
  return parseDuration(plan.steps?.[step - 1]?.hold ?? '0s');
}

/** Returns for how long the guards count after the last step, in milliseconds. */
export function watchMs({ plan }: RolloutTerms): number {
  return parseDuration(plan.watchFor ?? WATCH);
}

/** Tells whether the step after the present one is the last, or gives the newcomer all traffic, which ends it as well. */
export function endsNext({ plan }: RolloutTerms, { step, steps }: RolloutState): boolean {
  return step >= steps || plan.steps?.[step]?.weight === 100;
}

/** Tells whether the registered tests decide about this step: those of a champion-challenger, at its last split. */
export function isTested(terms: RolloutTerms, state: RolloutState): boolean {
  return terms.plan.strategy === 'champion-challenger' && endsNext(terms, state);
}
