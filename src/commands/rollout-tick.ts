import { assertNever, MregError } from '../documents/error.ts';
import { findStandingStages, type FoundStages, type StandingStage } from '../registry/find-rollouts.ts';
import { inChunks } from '../registry/in-chunks.ts';
import { judgeRollout, type Judged } from '../rollout/judge-rollout.ts';
import type { Observation } from '../rollout/observation.ts';
import type { Telemetry } from '../telemetry/port.ts';
import { actOnRollout, isRollbackSaid, type Acted, type RolloutAct } from './rollout-act.ts';
import { observationRequest, readWatched, wantedMetrics, type Watched } from './rollout-watched.ts';
import type { Session } from './session.ts';

/** What a controller keeps between two looks; all of it can be lost. */
export interface ControllerMemory {
  readonly found: FoundStages;
}

/** Which rollouts a controller looks after, and how it measures them. */
export interface Watch {
  readonly wants: (at: StandingStage['at']) => boolean;
  /** How long a finished rollout is still watched for the policy's triggers. */
  readonly afterMs: number;
  readonly telemetryFor: (session: Session, model: string) => Telemetry | undefined;
  readonly signal: AbortSignal;
}

/** One rollout as a tick found and left it. */
export interface Sight {
  readonly watched: Watched;
  readonly judged: Judged;
  readonly acted: Acted | undefined;
  /** Why what was decided could not be done; the next tick tries again. */
  readonly trouble: MregError | undefined;
}

/** A rollout that could not even be read or measured. */
export interface Unseen {
  readonly at: StandingStage['at'];
  readonly trouble: MregError;
}

/** One look at every rollout: observe, decide, and carry out what is to be done, one commit after the other. */
export async function tick(
  session: Session,
  watch: Watch,
  memory: ControllerMemory,
): Promise<readonly (Sight | Unseen)[]> {
  const now = session.outside.now();
  const stages = await findStandingStages(session.view.snapshot, session.view.settings.body.spec.stages, memory.found);
  const due = stages.filter((stage) => watch.wants(stage.at) && isWatched(stage, now, watch.afterMs));
  const seen = await inChunks(due, ({ at }) => look(session, watch, at));
  const sights = seen.filter((sight) => sight !== undefined);
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

function isWatched({ standing }: StandingStage, now: Date, afterMs: number): boolean {
  if (standing.phase !== 'complete') return true;
  return now.getTime() - new Date(standing.since).getTime() <= afterMs;
}

async function look(session: Session, watch: Watch, at: StandingStage['at']): Promise<Sight | Unseen | undefined> {
  try {
    const watched = await readWatched(session, at);
    if (watched === undefined || !isOfInterest(watched)) return undefined;
    return { watched, judged: await judge(session, watch, watched), acted: undefined, trouble: undefined };
  } catch (error) {
    if (error instanceof MregError && error.code !== 'interrupted') return { at, trouble: error };
    throw error;
  }
}

/** A finished rollout without triggers has nothing left to be decided. */
function isOfInterest({ state, terms }: Watched): boolean {
  return state.phase !== 'complete' || (terms.triggers.length > 0 && terms.plan.strategy !== 'immediate');
}

async function judge(session: Session, watch: Watch, watched: Watched): Promise<Judged> {
  const now = session.outside.now();
  const { lastDecision } = watched;
  // Said by a controller that did not come to do it: there is nothing more to ask.
  if (isRollbackSaid(watched) && lastDecision !== undefined) {
    const { reason, observations = [], dismissed } = lastDecision.spec;
    const decision = { action: 'roll-back' as const, reason, ...(dismissed === true ? { dismissed } : {}) };
    return { decision, observations };
  }
  const telemetry = watch.telemetryFor(session, watched.at.model);
  const seen =
    telemetry === undefined
      ? unmeasured(watched)
      : await telemetry.observe(observationRequest(watched, now), watch.signal);
  return judgeRollout(watched.terms, watched.state, seen, now);
}

/** Nothing measures this model: every metric is asked for and none is told, which is never healthy. */
function unmeasured({ terms }: Watched): Observation {
  const trouble = 'no policy of this model says how it is measured (spec.telemetry)';
  return {
    metrics: wantedMetrics(terms).map(({ metric }) => ({
      ...{ metric, query: '', quantile: undefined, champion: undefined },
      challenger: { series: undefined, above: new Map(), trouble },
    })),
    traffic: undefined,
  };
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

/** What is to be committed; nothing where a rollout only goes on being watched, or its version is held. */
function actOf({ watched, judged }: Sight): RolloutAct | undefined {
  const { action, reason, dismissed } = judged.decision;
  const act = { reason, observations: judged.observations, dismissed: dismissed === true };
  switch (action) {
    case 'hold':
    case 'inconclusive':
      return undefined;
    case 'advance':
    case 'complete':
      return watched.held ? undefined : { ...act, action: 'advance' };
    case 'pause':
    case 'roll-back':
      return { ...act, action };
    default:
      return assertNever(action);
  }
}
