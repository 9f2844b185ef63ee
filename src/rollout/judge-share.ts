import type { TrafficObservation } from './observation.ts';
import { recorded, recordedLine, type ObservationRecord } from './observation-record.ts';
import type { RolloutState } from './terms.ts';

/** Returns whether the traffic is split as declared; undefined where it is not, or nobody counts it. */
export function judgeShare(
  { weight }: RolloutState,
  traffic: TrafficObservation | undefined,
  _now: Date,
): ObservationRecord | undefined {
  if (traffic === undefined || weight <= 0 || weight >= 100) return undefined;
  const { champion, challenger, trouble, query } = traffic;
  const all = champion + challenger;
  const head = {
    metric: 'traffic',
    rule: 'sample-ratio',
    query: recordedLine(query, 2000),
    threshold: `${String(weight)} % of the requests`,
  } as const;
  if (trouble !== undefined || all === 0) {
    return { ...head, verdict: 'inconclusive', reason: recordedLine(trouble ?? 'no request was counted', 1000) };
  }
  const value = recorded((100 * challenger) / all);
  return { ...head, value, n: Math.round(challenger), championN: Math.round(champion), verdict: 'pass' };
}
