import type { TrafficObservation } from './observation.ts';
import { recorded, recordedLine, type ObservationRecord } from './observation-record.ts';
import { SAMPLE_RATIO_ALARM, sampleRatioEvidence } from './sample-ratio.ts';
import type { RolloutState } from './terms.ts';

/**
 * Returns whether the traffic is split as declared; undefined where it is not split, or nobody counts it. Another split means
 * that the commit is not live yet, or that one version loses requests: then no comparison of the two means anything.
 */
export function judgeShare(
  state: RolloutState,
  traffic: TrafficObservation | undefined,
): ObservationRecord | undefined {
  const { weight } = state;
  if (traffic === undefined || weight <= 0 || weight >= 100) return undefined;
  const head = {
    metric: 'traffic',
    rule: 'sample-ratio',
    query: recordedLine(traffic.query, 2000),
    threshold: `${String(weight)} % of the requests`,
  } as const;
  const { champion, challenger } = traffic;
  const all = champion + challenger;
  const trouble = traffic.trouble ?? (all > 0 ? undefined : 'no request was counted');
  if (trouble !== undefined) return { ...head, verdict: 'inconclusive', reason: recordedLine(trouble, 1000) };
  const share = weight / 100;
  const evidence = sampleRatioEvidence([challenger, champion], [share, 1 - share]);
  const figures = {
    value: recorded((100 * challenger) / all),
    n: Math.round(challenger),
    championN: Math.round(champion),
    statistic: { name: 'bayes-factor', value: recorded(Math.exp(evidence)), bound: SAMPLE_RATIO_ALARM },
  } as const;
  if (evidence < Math.log(SAMPLE_RATIO_ALARM)) return { ...head, ...figures, verdict: 'pass' };
  const reason = `the newcomer answers ${String(figures.value)} % of the requests, not ${String(weight)} %: is the commit live?`;
  return { ...head, ...figures, verdict: 'inconclusive', reason };
}
