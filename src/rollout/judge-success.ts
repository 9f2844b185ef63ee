import type { SuccessRule } from '../documents/kinds/release-plan.ts';
import type { Better } from './comparison.ts';
import type { MetricObservation } from './observation.ts';
import type { ObservationRecord } from './observation-record.ts';

/** A registered test and what there is to judge it by. */
export interface SuccessCase {
  readonly rule: SuccessRule;
  readonly seen: MetricObservation | undefined;
  readonly better: Better | undefined;
  readonly since: Date;
  readonly holdMs: number;
  readonly now: Date;
}

/** Returns what a registered test says at the newest of its looks. */
export function judgeSuccess({ rule }: SuccessCase): ObservationRecord {
  return { metric: rule.metric, rule: 'success', verdict: 'inconclusive', reason: 'not looked at yet' };
}
