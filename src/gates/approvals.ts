import type { ApprovalsGate } from '../documents/kinds/gate.ts';
import { tellMissing } from './missing-approvals.ts';
import { fillRoles } from './role-matching.ts';
import type { Approval, GateInput } from './input.ts';
import type { GateType, Judgement } from './judgement.ts';

/** Passes when enough distinct people with the right roles have approved exactly this promotion. */
export const approvalsGate: GateType<ApprovalsGate> = {
  atTheDoor: true,
  required: requiredText,
  judge: (gate, { input }) => judgeApprovals(gate, input),
};

/** One person who approved, with the roles of every key of theirs that did. */
interface Approver {
  readonly person: string;
  readonly roles: ReadonlySet<string>;
}

function judgeApprovals(gate: ApprovalsGate, input: GateInput): Judgement {
  const { counted, excluded } = sortApprovals(gate, input);
  const places = placesOf(gate);
  const { unfilled } = fillRoles(places, counted);
  const need = Math.max(gate.total, places.length);
  const filled = places.length - unfilled.length;
  const others = Math.min(counted.length - filled, need - places.length);
  const have = filled + others;
  const observed = `${String(have)} of ${String(need)}`;
  const approvals = { missing: need - have, roles: unfilled, counted: tellCounted(counted), excluded };
  const told = [
    ...approvals.counted,
    ...tellMissing(unfilled, approvals.missing),
    ...excluded.map((who) => `not counted: ${who}`),
  ];
  const reason = `approvals: ${[observed, ...told].join('; ')}`;
  if (have >= need) return { verdict: 'pass', observed, reason, approvals };
  const hint = `mreg approve ${input.model} --to ${input.to}`;
  return { verdict: 'fail', observed, reason, hint, waitsFor: 'approvals', approvals };
}

function sortApprovals(gate: ApprovalsGate, input: GateInput) {
  const roles = new Map<string, Set<string>>();
  const excluded = new Set<string>();
  for (const approval of input.approvals) {
    const why = whyNotCounted(gate, input, approval);
    if (why !== undefined) excluded.add(`${approval.principal} (${why})`);
    // Attack: one person approves with two keys, or with a bot of theirs. People are counted, not signatures.
    else roles.set(approval.person, new Set([...(roles.get(approval.person) ?? []), ...approval.roles]));
  }
  const counted: Approver[] = [...roles].sort(byPerson).map(([person, held]) => ({ person, roles: held }));
  return { counted, excluded: [...excluded].sort() };
}

function byPerson([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

/** Returns why this gate does not count an approval, or undefined where it does. */
export function whyNotCounted(
  gate: ApprovalsGate,
  input: Pick<GateInput, 'requester' | 'registrar'>,
  approval: Pick<Approval, 'person' | 'roles'>,
): string | undefined {
  // Attack: self-approval, also by way of a bot; both sides are compared as people.
  if (gate.requesterMayApprove !== true && approval.person === input.requester.person) return 'asked for the promotion';
  if (gate.registrarMayApprove === false && approval.person === input.registrar.person) return 'registered the version';
  if (approval.roles.length === 0) return 'has no role for this model';
  return undefined;
}

/** One entry for each person that a role asks for, roles in alphabetical order. */
function placesOf(gate: ApprovalsGate): string[] {
  const roles = Object.entries(gate.roles ?? {}).sort(byPerson);
  return roles.flatMap(([role, count]) => Array.from({ length: count }, () => role));
}

function tellCounted(counted: readonly Approver[]): string[] {
  return counted.map(({ person, roles }) => `${person} approved (${[...roles].sort().join(', ')})`);
}

/** Returns what a gate asks for, in canonical text: `total 2, owner 1`. */
export function requiredText(gate: ApprovalsGate): string {
  const roles = Object.entries(gate.roles ?? {}).sort(byPerson);
  return [`total ${String(gate.total)}`, ...roles.map(([role, count]) => `${role} ${String(count)}`)].join(', ');
}
