import { globMatches } from '../documents/glob.ts';
import type { GateInput, StandingFreeze } from './input.ts';
import type { Judgement } from './judgement.ts';
import type { Question } from './index.ts';

/** Returns the freezes that keep a model from moving forward in a stage at a moment. */
export function freezesOn(
  freezes: readonly StandingFreeze[],
  at: { readonly model: string; readonly stage: string; readonly now: Date },
): readonly StandingFreeze[] {
  return freezes.filter(
    (freeze) =>
      !hasEnded(freeze, at.now) &&
      freeze.stages.includes(at.stage) &&
      freeze.models.some((glob) => globMatches(glob, at.model)),
  );
}

/** Tells whether the time of a freeze is over. */
export function hasEnded({ until }: Pick<StandingFreeze, 'until'>, now: Date): boolean {
  return until !== undefined && new Date(until) <= now;
}

/** Returns who froze until when and why, as a sentence goes on: `frozen by olga until 2026-12-27T00:00:00Z: holidays`. */
export function freezeText({ by, until, reason, path }: StandingFreeze): string {
  return `frozen by ${by} ${until === undefined ? 'until somebody lifts it' : `until ${until}`}: ${reason} (${path})`;
}

/** Returns the one question that freezes ask of a promotion: none where nothing is frozen, so that nothing is told of it. */
export function freezeQuestions({ freezes, model, to, now }: GateInput): (Question & { readonly type: string })[] {
  const frozen = freezesOn(freezes, { model, stage: to, now });
  if (frozen.length === 0) return [];
  return [
    {
      id: 'freeze',
      type: 'freeze',
      atTheDoor: true,
      required: () => 'no freeze',
      judge: ({ input }) => judgeFreeze(input, frozen),
    },
  ];
}

function judgeFreeze({ model, candidate, to, breakGlass }: GateInput, frozen: readonly StandingFreeze[]): Judgement {
  const told = `${to} is ${frozen.map(freezeText).join('; ')}`;
  const source = frozen.map(({ path }) => path).join(', ');
  const common = { observed: 'frozen', source };
  if (breakGlass !== undefined) {
    return { ...common, verdict: 'pass', reason: `the glass is broken (${breakGlass.reason}), though ${told}` };
  }
  const lift = frozen.map(({ number }) => `mreg unfreeze ${String(number)} -m <why>`).join(' and ');
  const anyway = `mreg promote ${model}@${candidate.name} --to ${to} --break-glass <why>`;
  const hint = `${lift}; where it cannot wait: ${anyway}`;
  return { ...common, verdict: 'fail', reason: told, hint, waitsFor: 'time' };
}
