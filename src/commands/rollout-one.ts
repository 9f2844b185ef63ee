import { MregError } from '../documents/error.ts';
import { readStandingFreezes } from '../registry/freezes.ts';
import { readPointerStanding } from '../registry/read-status.ts';
import type { StageAddress } from '../registry/stage-chain.ts';
import { requireModel, requireStage } from './references.ts';
import { landingsOf, type Landed } from './rollout-landed.ts';
import { readWatched, type Watched } from './rollout-watched.ts';
import type { Session } from './session.ts';

/** A rollout as a controller would find it, and how its stage came to stand as it does. */
export interface OneRollout {
  readonly watched: Watched;
  readonly landed: Landed;
}

/** Returns the stage that was named, or the only one in which a rollout of the model is under way. Throws MregError for none. */
export async function stageNamed({ view }: Session, model: string, named: string | undefined): Promise<string> {
  if (named !== undefined) return named;
  await requireModel(view, model);
  const stages = view.settings.body.spec.stages.slice(1);
  const standings = await Promise.all(stages.map((stage) => readPointerStanding(view.snapshot, { model, stage })));
  const underWay = stages.filter((_, index) => (standings[index]?.phase ?? 'complete') !== 'complete');
  const [only] = underWay;
  if (only !== undefined && underWay.length === 1) return only;
  const found = underWay.length === 0 ? 'none' : underWay.join(' and ');
  throw new MregError('usage', `expected one stage in which ${model} rolls out, found ${found}`, {
    hint: `name it: --stage ${underWay[0] ?? stages.at(-1) ?? 'prod'}`,
  });
}

/** Returns the rollout of a stage. Throws MregError where there is no such model or stage, or nothing was promoted there. */
export async function requireOneRollout(session: Session, at: StageAddress): Promise<OneRollout> {
  await requireModel(session.view, at.model);
  requireStage(session.view, at.stage);
  const { snapshot } = session.view;
  const standing = await readPointerStanding(snapshot, at);
  if (standing === undefined) throw nothingThere(at);
  const stage = { at, standing };
  const [landings, freezes] = await Promise.all([
    landingsOf(session, [stage], new WeakMap()),
    readStandingFreezes(snapshot),
  ]);
  const landed = landings.get(stage);
  if (landed === undefined) throw nothingThere(at);
  const watched = await readWatched(session, at, { landed, freezes });
  if (watched === undefined) throw nothingThere(at);
  return { watched, landed };
}

/** The error of a stage that nothing was promoted to. */
export function nothingThere({ model, stage }: StageAddress): MregError {
  return new MregError('unknown-request', `nothing was promoted to ${stage} of ${model} yet`, {
    hint: `mreg promote ${model}@<version> --to ${stage}`,
  });
}
