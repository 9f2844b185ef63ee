import type { MetricGate } from '../documents/kinds/gate.ts';
import { addEvidence, referenceOf, requireEvidence, type GateContext, type GateType } from './judgement.ts';
import { Unjudgeable } from './unjudgeable.ts';
import type { Judgement } from './judgement.ts';

const DAY_MS = 86_400_000;
/** How far the clock of whoever measured may run ahead of the judge's. */
const CLOCK_SLACK_MS = 5 * 60_000;

/**
 * Passes when the evidence that a metric gate reads is no older than `maxAgeDays`. A check of its own, because it depends
 * on the clock: what a promotion records must stay the same while the request waits for approvals.
 */
export const metricAgeGate: GateType<MetricGate> = {
  atTheDoor: true,
  required: (gate) => `at most ${String(gate.maxAgeDays)} days old`,
  judge: judgeAge,
};

function judgeAge(gate: MetricGate, context: GateContext): Judgement {
  const { input } = context;
  const evidence = requireEvidence(context, input.candidate, gate.evidence);
  const { producedAt } = evidence.body.spec;
  const ageMs = input.now.getTime() - Date.parse(producedAt);
  if (!Number.isFinite(ageMs) || ageMs < -CLOCK_SLACK_MS) {
    throw new Unjudgeable(`${evidence.path} says it was produced at ${producedAt}, which is in the future`, {
      hint: 'Check the clock of the machine that measured, and of this one',
      source: evidence.path,
    });
  }
  const days = Math.max(0, Math.floor((ageMs / DAY_MS) * 10) / 10);
  const reason = `the measurement was produced at ${producedAt}, ${String(days)} days ago`;
  const facts = { observed: producedAt, source: evidence.path, reason };
  if (ageMs <= (gate.maxAgeDays ?? Infinity) * DAY_MS) return { ...facts, verdict: 'pass' };
  const hint = addEvidence(referenceOf(input, input.candidate), gate.evidence);
  return {
    ...facts,
    verdict: 'fail',
    reason: `${reason}; it must be at most ${String(gate.maxAgeDays)} days old`,
    hint,
  };
}
