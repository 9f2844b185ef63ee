import type { ApprovalsGate } from '../documents/kinds/gate.ts';
import type { Transition } from '../documents/kinds/policy.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import type { Judgement } from './judgement.ts';
import { questionsOf, type Question } from './index.ts';

type Floor = NonNullable<TrustRootDocument['spec']['floors']>[number];

/** A question and the gate type that it is shown under. */
interface FloorQuestion extends Question {
  readonly type: string;
}

/** Returns what the trust root demands of every promotion into `to`, whatever the policies say. */
export function floorQuestions(trust: TrustRootDocument, to: string, transitions: readonly Transition[]) {
  const floors = (trust.spec.floors ?? []).filter((floor) => floor.to === to);
  return floors.flatMap((floor) => [...approvalsFloor(floor), ...gateFloors(floor, transitions)]);
}

/** Returns the approvals that the trust root demands of every promotion into `to`. */
export function approvalFloors(trust: TrustRootDocument, to: string): readonly ApprovalsGate[] {
  return (trust.spec.floors ?? []).filter((floor) => floor.to === to).flatMap(approvalsOf);
}

function approvalsOf({ approvals, requesterMayApprove = false }: Floor): ApprovalsGate[] {
  return approvals === undefined
    ? []
    : [{ id: 'floor-approvals', type: 'approvals', total: approvals, requesterMayApprove }];
}

function approvalsFloor(floor: Floor): FloorQuestion[] {
  return approvalsOf(floor).flatMap((gate) => questionsOf(gate).map((question) => ({ ...question, type: gate.type })));
}

function gateFloors({ gates = [] }: Floor, transitions: readonly Transition[]): FloorQuestion[] {
  // A gate that only warns is no floor: it would never refuse.
  const refusing = transitions.flatMap((transition) => transition.gates).filter((gate) => gate.enforcement !== 'warn');
  return gates.map((type) => ({
    id: `floor-${type}`,
    type,
    atTheDoor: false,
    required: () => `a refusing ${type} gate`,
    judge: () => judgeFloor(type, refusing.filter((gate) => gate.type === type).length),
  }));
}

function judgeFloor(type: string, count: number): Judgement {
  if (count > 0)
    return { verdict: 'pass', observed: count, reason: `the policies ask for ${String(count)} ${type} gate(s)` };
  const reason = `the trust root demands a ${type} gate for this transition, but no policy has one that refuses`;
  return { verdict: 'error', observed: 0, reason, hint: `Add a gate of type ${type} to the policy` };
}
