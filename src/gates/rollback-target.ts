import type { RollbackTargetGate } from '../documents/kinds/gate.ts';
import { artifactProblem } from './artifact.ts';
import type { GateInput } from './input.ts';
import type { GateType, Judgement } from './judgement.ts';

/** Passes when there is a stable version to fall back to, not held and with its bytes in place. */
export const rollbackTargetGate: GateType<RollbackTargetGate> = {
  atTheDoor: false,
  required: () => 'a stable version to return to',
  judge: (gate, { input }) => judgeTarget(gate, input),
};

function judgeTarget({ whenFirst }: RollbackTargetGate, { rollbackTarget, model, to }: GateInput): Judgement {
  if (rollbackTarget === undefined) {
    const reason = `${to} has no stable version yet: this is the first promotion`;
    if (whenFirst === 'pass') return { verdict: 'skip', reason };
    return { verdict: 'fail', reason, hint: 'Set whenFirst: pass on the gate to allow a first promotion' };
  }
  const { version: observed, held, artifact } = rollbackTarget;
  const reference = `${model}@${observed}`;
  if (held) {
    const hint = `Free it with mreg release ${reference}, or promote a version that can be returned to first`;
    return { verdict: 'fail', observed, reason: `${reference} is held, so nothing could be rolled back to`, hint };
  }
  const problem = artifactProblem(artifact);
  if (problem === undefined) return { verdict: 'pass', observed, reason: `a rollback returns to ${reference}` };
  const hint = `mreg artifact verify ${reference}, then mreg artifact push`;
  return { verdict: 'fail', observed, reason: `${reference}: ${problem}`, hint };
}
