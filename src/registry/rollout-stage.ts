import type { Digest } from '../documents/digest.ts';
import type { DecisionDocument } from '../documents/kinds/decision.ts';
import type { ReleasePlan } from '../documents/kinds/promotion.ts';
import type { StageDocument } from '../documents/kinds/stage.ts';
import { restOf } from './next-stage.ts';

/** A rollout decision applied to the pointer in force. */
export interface RolloutMove {
  readonly current: StageDocument;
  readonly plan: ReleasePlan;
  readonly action: DecisionDocument['spec']['action'];
  readonly previous: Digest;
  readonly base: string;
  readonly movedBy: string;
  readonly movedAt: string;
}

type Rollout = StageDocument['spec']['rollout'];

/** Returns the pointer after a rollout decision, or the reason why the plan does not allow it. */
export function stageAfterStep(move: RolloutMove): StageDocument | string {
  const { rollout } = move.current.spec;
  if (rollout.phase === 'complete') return 'the rollout is complete';
  switch (move.action) {
    case 'pause':
      return rollout.phase === 'paused' ? 'it is paused already' : withRollout(move, { ...rollout, phase: 'paused' });
    case 'resume':
      if (rollout.phase !== 'paused') return 'it is not paused';
      // The hold starts anew: what happened during the pause was not watched.
      return withRollout(move, { ...rollout, phase: 'progressing', since: move.movedAt });
    case 'advance':
    case 'complete':
      return rollout.phase === 'paused' ? 'it is paused: resume it first' : afterAdvance(move);
    case 'roll-back':
      // Says why before the rollback itself, which restores earlier files and so has no room for it. Until then it stands still.
      return withRollout(move, { ...rollout, phase: 'paused' });
  }
}

function withRollout(move: RolloutMove, rollout: Rollout): StageDocument {
  const { previous, base, movedBy, movedAt } = move;
  const spec = { ...move.current.spec, rollout, previous, base, movedBy, movedAt };
  return { ...move.current, spec };
}

/** The next step's weights; at the last one the newcomer becomes the champion and the old champion stays warm at 0. */
function afterAdvance(move: RolloutMove): StageDocument | string {
  const { rollout, champion, slots } = move.current.spec;
  const isLast = rollout.step >= rollout.steps;
  if ((move.action === 'complete') !== (isLast || nextWeight(move) === 100)) {
    return move.action === 'advance' ? 'the next step is the last: complete it' : 'it is not the last step: advance it';
  }
  const step = move.plan.steps?.[rollout.step];
  const weight = isLast ? 100 : (step?.weight ?? 100);
  const idle: typeof champion = champion === 'blue' ? 'green' : 'blue';
  const ends = move.action === 'complete';
  const mirror = ends ? 0 : (step?.mirror ?? 0);
  const moved = withRollout(move, {
    ...rollout,
    phase: ends ? 'complete' : 'progressing',
    step: Math.min(rollout.step + 1, rollout.steps),
    since: move.movedAt,
  });
  const next = {
    [champion]: { ...slots[champion], weight: restOf(weight), mirror: 0 },
    [idle]: { ...slots[idle], weight, mirror },
  } as typeof slots; // both names are written: one is the champion, the other the idle slot
  const head = ends
    ? { champion: idle, version: slots[idle].version, digest: slots[idle].digest, uri: slots[idle].uri }
    : {};
  return { ...moved, spec: { ...moved.spec, ...head, slots: { blue: next.blue, green: next.green } } };
}

function nextWeight({ current, plan }: RolloutMove): number | undefined {
  return plan.steps?.[current.spec.rollout.step]?.weight;
}
