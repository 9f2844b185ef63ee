import type { ApprovalCount, GateResult } from './verdict.ts';

/** A gate that refuses until people have approved. */
type WaitingGate = GateResult & { readonly approvals: ApprovalCount };

/**
 * Returns the gates as people are told of them: those that wait for approvals, a floor and a policy's gate say, become one
 * that lists once whom all of them still need. For telling only: each keeps its own verdict.
 */
export function toldOnce(gates: readonly GateResult[]): readonly GateResult[] {
  const waiting = gates.filter(isWaiting);
  const [first, ...others] = waiting;
  if (first === undefined || others.length === 0) return gates;
  const repeated = new Set<GateResult>(others);
  return gates.filter((gate) => !repeated.has(gate)).map((gate) => (gate === first ? together(first, waiting) : gate));
}

function isWaiting(gate: GateResult): gate is WaitingGate {
  return gate.verdict === 'fail' && gate.enforcement === 'refuse' && gate.approvals !== undefined;
}

function together(first: WaitingGate, waiting: readonly WaitingGate[]): GateResult {
  const { observed: _, source: __, ...rest } = first;
  const have = unique(waiting.flatMap(({ observed = [] }) => String(observed))).join(' and ');
  return {
    ...rest,
    id: waiting.map(({ id }) => id).join(' with '),
    required: unique(waiting.flatMap(({ required = [] }) => String(required))).join('; '),
    policy: unique(waiting.map(({ policy }) => policy)).join(' and '),
    reason: `approvals: ${[have, ...missingOf(waiting), ...peopleOf(waiting)].join('; ')}`,
  };
}

/** Returns whom all of the gates need: of each role as many as the strictest, and in all as many as the strictest. */
function missingOf(waiting: readonly WaitingGate[]): string[] {
  const roles = unique(waiting.flatMap(({ approvals }) => approvals.roles)).sort();
  const places = roles.flatMap((role) => {
    const wanted = waiting.map(({ approvals }) => approvals.roles.filter((each) => each === role).length);
    return Array.from({ length: Math.max(...wanted) }, () => role);
  });
  return tellMissing(places, Math.max(places.length, ...waiting.map(({ approvals }) => approvals.missing)));
}

/** Who approved, and whose approval some gate does not count, which names that gate where others do. */
function peopleOf(waiting: readonly WaitingGate[]): string[] {
  const excluded = unique(waiting.flatMap(({ approvals }) => approvals.excluded)).map((who) => {
    const by = waiting.filter(({ approvals }) => approvals.excluded.includes(who)).map(({ id }) => id);
    return by.length === waiting.length ? `not counted: ${who}` : `not counted by ${by.join(', ')}: ${who}`;
  });
  return [...unique(waiting.flatMap(({ approvals }) => approvals.counted)), ...excluded];
}

/** Returns the people who are missing in words: those of a role by the role, then those of any. */
export function tellMissing(places: readonly string[], missing: number): string[] {
  const roles = unique(places).map(
    (role) => `missing ${String(places.filter((each) => each === role).length)} ${role}`,
  );
  const anyone = missing - places.length;
  return anyone > 0 ? [...roles, `missing ${String(anyone)} of any role`] : roles;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
