import type { GateInput } from './input.ts';
import type { Question } from './index.ts';
import type { Judgement } from './judgement.ts';

/** Who answers for a model at night. */
const ROLES: readonly string[] = ['oncall', 'owner'];
const NEEDED = 2;

/** Returns what a broken glass costs: two people who answer for the model say so. None where nobody breaks it. */
export function breakGlassQuestions({ breakGlass }: GateInput): (Question & { readonly type: string })[] {
  if (breakGlass === undefined) return [];
  return [
    {
      id: 'break-glass',
      type: 'break-glass',
      atTheDoor: true,
      required: () => `total ${String(NEEDED)}, each ${ROLES.join(' or ')}`,
      judge: ({ input }) => judgeBreakGlass(input, breakGlass.reason),
    },
  ];
}

function judgeBreakGlass({ approvals, model, to }: GateInput, why: string): Judgement {
  const able = approvals.filter(({ roles }) => roles.some((role) => ROLES.includes(role)));
  // Attack: one person alone, with two keys or a bot of theirs. The requester may be one of the two, never both.
  const people = [...new Set(able.map(({ person }) => person))].sort();
  const observed = `${String(Math.min(people.length, NEEDED))} of ${String(NEEDED)}`;
  const approved = people.map((person) => `; ${person} approved`).join('');
  const told = `the glass is broken (${why}): approvals: ${observed}${approved}`;
  if (people.length >= NEEDED) return { verdict: 'pass', observed, reason: told };
  const reason = `${told}; missing ${String(NEEDED - people.length)} ${ROLES.join(' or ')}`;
  return { verdict: 'fail', observed, reason, hint: `mreg approve ${model} --to ${to}`, waitsFor: 'approvals' };
}
