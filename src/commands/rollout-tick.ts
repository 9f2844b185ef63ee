import type { Digest } from '../documents/digest.ts';
import { assertNever, MregError } from '../documents/error.ts';
import type { StandingFreeze } from '../gates/input.ts';
import {
  findStandingStages,
  NOTHING_FOUND,
  standingIn,
  type FoundStages,
  type StandingStage,
} from '../registry/find-rollouts.ts';
import { readStandingFreezes } from '../registry/freezes.ts';
import { inChunks } from '../registry/in-chunks.ts';
import { isStillJudged } from '../rollout/judge-rollout.ts';
import { actOnRollout, type RolloutAct } from './rollout-act.ts';
import { landingsOf, type KnownLandings, type Landed } from './rollout-landed.ts';
import { measured, type Sight, type Unseen, type Watch } from './rollout-look.ts';
import { readWatched, type Watched } from './rollout-watched.ts';
import type { Session } from './session.ts';

/** What a controller keeps between two looks; all of it can be lost. */
export interface ControllerMemory {
  found: FoundStages;
  readonly landed: KnownLandings;
  /** Finished rollouts that nothing can be decided about any more, with the policies under which that is so. */
  readonly over: WeakMap<StandingStage, Digest>;
}

/** Returns the memory of a controller that has seen nothing yet. */
export function newMemory(): ControllerMemory {
  return { found: NOTHING_FOUND, landed: new WeakMap(), over: new WeakMap() };
}

/** One look at every rollout: observe, decide, and carry out what is to be done, one commit after the other. */
export async function tick(
  session: Session,
  watch: Watch,
  memory: ControllerMemory,
): Promise<readonly (Sight | Unseen)[]> {
  const sights = await lookAtAll(session, watch, memory);
  const done: (Sight | Unseen)[] = [];
  // A rollback waits for nobody else's next step.
  for (const sight of [...sights.filter(goesBack), ...sights.filter((sight) => !goesBack(sight))]) {
    done.push('watched' in sight ? await carriedOut(session, sight) : sight);
  }
  return done;
}

function goesBack(sight: Sight | Unseen): boolean {
  return 'judged' in sight && sight.judged.decision.action === 'roll-back';
}

async function lookAtAll(
  session: Session,
  watch: Watch,
  memory: ControllerMemory,
): Promise<readonly (Sight | Unseen)[]> {
  const { snapshot, settings, policySet } = session.view;
  const now = session.outside.now();
  memory.found = await findStandingStages(snapshot, settings.body.spec.stages, memory.found);
  const isDue = (stage: StandingStage): boolean =>
    watch.wants(stage.at) && memory.over.get(stage) !== policySet && mayBeDecided(stage, now);
  const due = standingIn(memory.found).filter(isDue);
  if (due.length === 0) return [];
  const [landings, freezes] = await Promise.all([
    landingsOf(session, due, memory.landed),
    readStandingFreezes(snapshot),
  ]);
  const seen = await inChunks(due, (stage) => look(session, watch, { stage, landed: landings.get(stage), freezes }));
  // Nothing but a new policy or a new promotion brings anything to be decided about what is over.
  for (const [index, stage] of due.entries()) if (seen[index] === undefined) memory.over.set(stage, policySet);
  return seen.filter((sight) => sight !== undefined);
}

/** No plan watches longer; it keeps thousands of promotions of long ago from being read at every start. */
const LONGEST_WATCH_MS = 90 * 24 * 3_600_000;

function mayBeDecided({ standing }: StandingStage, now: Date): boolean {
  return standing.phase !== 'complete' || now.getTime() - new Date(standing.since).getTime() <= LONGEST_WATCH_MS;
}

async function look(
  session: Session,
  watch: Watch,
  { stage: { at }, landed, freezes }: LookedAt,
): Promise<Sight | Unseen | undefined> {
  try {
    const watched = landed && (await readWatched(session, at, { landed, freezes }));
    if (watched === undefined || !isOfInterest(watched, session.outside.now())) return undefined;
    return { ...(await measured(session, watch, watched)), acted: undefined, trouble: undefined };
  } catch (error) {
    if (error instanceof MregError && error.code !== 'interrupted') return { at, trouble: error };
    throw error;
  }
}

interface LookedAt {
  readonly stage: StandingStage;
  readonly landed: Landed | undefined;
  readonly freezes: readonly StandingFreeze[];
}

/** A finished rollout is watched as long as a rule counts, and there is somewhere to go back to. */
function isOfInterest({ state, terms, isSettled }: Watched, now: Date): boolean {
  return state.phase !== 'complete' || (!isSettled && isStillJudged(terms, state, now));
}

async function carriedOut(session: Session, sight: Sight): Promise<Sight> {
  const act = actOf(sight);
  if (act === undefined) return sight;
  try {
    return { ...sight, acted: await actOnRollout(session, sight.watched, act) };
  } catch (error) {
    if (error instanceof MregError && error.code !== 'interrupted') return { ...sight, trouble: error };
    throw error;
  }
}

/** What is to be committed; nothing where a rollout only goes on being watched. */
function actOf({ judged }: Sight): RolloutAct | undefined {
  const { action, reason, dismissed } = judged.decision;
  const act = { reason, observations: judged.observations, dismissed: dismissed === true };
  switch (action) {
    case 'hold':
    case 'inconclusive':
      return undefined;
    case 'advance':
    case 'complete':
      return { ...act, action: 'advance' };
    case 'pause':
    case 'roll-back':
      return { ...act, action };
    default:
      return assertNever(action);
  }
}
