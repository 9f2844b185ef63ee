import type { Evaluation, GateResult } from '../gates/verdict.ts';
import type { PromotionFacts } from './facts.ts';
import { inProgress } from './stage-chain.ts';

/**
 * Returns an evaluation that also says what the door asks besides the gates: that the version stands in the stage before,
 * and that no other rollout is under way. Only what refuses is added, and nothing of it is recorded.
 */
export function withStanding(evaluation: Evaluation, facts: PromotionFacts): Evaluation {
  const refusing = [...checkStanding(facts), ...checkRollout(facts)];
  if (refusing.length === 0) return evaluation;
  return { ...evaluation, decision: 'block', gates: [...refusing, ...evaluation.gates] };
}

function checkStanding({ input, candidate }: PromotionFacts): readonly GateResult[] {
  const { model, from, to } = input;
  const standing = input.stages.get(from)?.facts.name;
  if (standing === candidate.name) return [];
  const reason = `${model}@${candidate.name} does not stand in ${from}: ${standing ?? 'nothing'} does, and versions are promoted from where they stand`;
  const hint =
    standing === undefined
      ? `mreg promote ${model}@${candidate.name} --to ${from}`
      : `promote the one that stands there, mreg promote ${model}@${standing} --to ${to}, or bring ${candidate.name} back to ${from} first`;
  return [builtIn({ id: 'in-stage', required: candidate.name, observed: standing ?? 'none', reason, hint })];
}

function checkRollout({ input, current }: PromotionFacts): readonly GateResult[] {
  if (current === undefined || !inProgress(current)) return [];
  const { model, to } = input;
  const { phase, step, steps } = current.stage.spec.rollout;
  const observed = `${phase}, step ${String(step)} of ${String(steps)}`;
  const reason = `a rollout is under way in ${to} (${observed}); a second newcomer would push the first out of its slot`;
  const hint = `mreg rollout advance ${model} --stage ${to}, or mreg rollback ${model} --stage ${to} -m <why>`;
  return [builtIn({ id: 'no-rollout', required: 'no rollout in progress', observed, reason, hint })];
}

function builtIn(said: Pick<GateResult, 'id' | 'required' | 'observed' | 'reason' | 'hint'>): GateResult {
  return { ...said, type: said.id, verdict: 'fail', enforcement: 'refuse', policy: 'built-in', atTheDoor: true };
}
