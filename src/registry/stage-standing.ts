import type { Slot, StageDocument } from '../documents/kinds/stage.ts';

/** Where a stage points. While a rollout runs, `version` is the champion and `candidate` the version on trial. */
export interface StageStanding {
  readonly version: string;
  readonly digest: string;
  readonly phase: 'progressing' | 'paused' | 'complete';
  /** Percent of the traffic that `version` gets. */
  readonly weight: number;
  readonly since: string;
  readonly candidate?: { readonly version: string; readonly digest: string; readonly weight: number };
  readonly step: number;
  readonly steps: number;
  readonly strategy: string;
  readonly movedBy: string;
}

/** Returns what a stage file says of where the stage stands. */
export function standingOf({ spec }: StageDocument): StageStanding {
  const { version, digest, rollout, slots, champion, movedBy } = spec;
  const { phase, step, steps, strategy, since } = rollout;
  const candidate = phase === 'complete' ? undefined : candidateIn(champion === 'blue' ? slots.green : slots.blue);
  const weight = slots[champion].weight;
  const facts = { version, digest, phase, weight, since, step, steps, strategy, movedBy };
  return candidate === undefined ? facts : { ...facts, candidate };
}

function candidateIn({ version, digest, weight }: Slot): StageStanding['candidate'] {
  return { version, digest, weight };
}
