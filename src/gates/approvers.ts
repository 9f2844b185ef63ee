import type { ApprovalsGate } from '../documents/kinds/gate.ts';
import type { Transition } from '../documents/kinds/policy.ts';
import { whyNotCounted } from './approvals.ts';
import { approvalFloors } from './floors.ts';
import type { Approval, GateInput } from './input.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';

/** Somebody who could approve, or has; of a bot, `person` is its owner. */
export type Candidate = Pick<Approval, 'principal' | 'person' | 'roles'>;

/** Returns the gates that count people before a stage: the floors of the trust root, and what the policies ask for. */
export function approvalGates(
  trust: TrustRootDocument,
  to: string,
  transitions: readonly Transition[],
): readonly ApprovalsGate[] {
  const asked = transitions.flatMap(({ gates }) => gates.filter((gate) => gate.type === 'approvals'));
  return [...approvalFloors(trust, to), ...asked];
}

/** Returns why no gate would count an approval by `candidate`, or undefined where one would. */
export function whyExcluded(
  gates: readonly ApprovalsGate[],
  facts: Pick<GateInput, 'requester' | 'registrar'>,
  candidate: Candidate,
): string | undefined {
  const reasons = gates.map((gate) => whyNotCounted(gate, facts, candidate));
  return reasons.includes(undefined) ? undefined : reasons[0];
}
