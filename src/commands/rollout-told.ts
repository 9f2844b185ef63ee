import type { ToldSight, ToldTick } from '../report/rollout-tick.ts';
import type { Sight, Unseen } from './rollout-look.ts';

/** Returns a controller's look as reports take it. */
export function toldTick(
  sights: readonly (Sight | Unseen)[],
  about: Pick<ToldTick, 'at' | 'head' | 'dryRun'> & { readonly begun: ReadonlySet<Sight> },
): ToldTick {
  const { begun, ...rest } = about;
  return {
    ...rest,
    sights: sights.flatMap((sight) => ('judged' in sight ? [toldSight(sight, begun.has(sight))] : [])),
    unseen: sights.flatMap((sight) => ('judged' in sight ? [] : [{ ...sight.at, trouble: sight.trouble.message }])),
  };
}

function toldSight({ watched, judged, acted, trouble }: Sight, begins: boolean): ToldSight {
  const { action, reason, next } = judged.decision;
  const { phase, step, steps, weight } = watched.state;
  return {
    ...watched.at,
    ...{ version: watched.version, phase, step, steps, weight, action, reason, next },
    ...{ observations: judged.observations, begins },
    commit: acted?.commit,
    pushed: acted?.pushed ?? false,
    superseded: acted?.superseded ?? false,
    trouble: trouble?.message,
  };
}
