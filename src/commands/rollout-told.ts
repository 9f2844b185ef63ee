import type { ToldSight, ToldTick } from '../report/rollout-tick.ts';
import type { Sight, Unseen } from './rollout-tick.ts';

/** Returns a controller's look as reports take it. */
export function toldTick(
  sights: readonly (Sight | Unseen)[],
  about: Pick<ToldTick, 'at' | 'head' | 'dryRun'>,
): ToldTick {
  return {
    ...about,
    sights: sights.flatMap((sight) => ('judged' in sight ? [toldSight(sight)] : [])),
    unseen: sights.flatMap((sight) => ('judged' in sight ? [] : [{ ...sight.at, trouble: sight.trouble.message }])),
  };
}

function toldSight({ watched, judged, acted, trouble }: Sight): ToldSight {
  const { action, reason, next } = judged.decision;
  const { phase, step, steps, weight } = watched.state;
  return {
    ...watched.at,
    ...{ version: watched.version, phase, step, steps, weight, action, reason, next },
    observations: judged.observations,
    commit: acted?.commit,
    pushed: acted?.pushed ?? false,
    superseded: acted?.superseded ?? false,
    trouble: trouble?.message,
  };
}
