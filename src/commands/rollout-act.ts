import type { ObservationRecord } from '../documents/kinds/decision.ts';
import type { StageDocument } from '../documents/kinds/stage.ts';
import { MregError } from '../documents/error.ts';
import { planRollback } from '../registry/plan-rollback.ts';
import { planRollout, readRollout, type RolloutDecision } from '../registry/plan-rollout.ts';
import { stageStateAt } from '../registry/stage-chain.ts';
import { observationLines } from '../report/rollout-observations.ts';
import { submit } from './carry-out.ts';
import type { Watched } from './rollout-watched.ts';
import { openSession, type Session } from './session.ts';

/** What is to be done to a rollout, and on what it was decided. */
export interface RolloutAct {
  readonly action: RolloutDecision['action'];
  readonly reason: string;
  readonly observations: readonly ObservationRecord[];
  /** The challenger did no harm, it only did not win: the version is not held. */
  readonly dismissed: boolean;
}

/** What became of it. */
export interface Acted {
  /** Undefined in a dry run, and where somebody else was faster. */
  readonly commit: string | undefined;
  readonly pushed: boolean;
  /** Percent of the traffic that the version has after it. */
  readonly weight: number;
  /** The version that serves again, where it went back. */
  readonly backTo?: string;
  /** Somebody else moved the stage meanwhile: what was seen is of the past. */
  readonly superseded: boolean;
}

/** Thrown inside of `submit` when the stage is no longer the one that was observed. */
class Superseded extends Error {
  override readonly name = 'Superseded';
}

/** Carries a decision out by signed commits. A rollback is said first, with its numbers, and then made. */
export async function actOnRollout(session: Session, watched: Watched, act: RolloutAct): Promise<Acted> {
  try {
    if (act.action !== 'roll-back') return await takeStep(session, watched, act);
    return await goBack(session, watched, act);
  } catch (error) {
    if (error instanceof Superseded) {
      return { commit: undefined, pushed: false, weight: watched.state.weight, superseded: true };
    }
    throw error;
  }
}

async function takeStep(session: Session, { at, current }: Watched, act: RolloutAct): Promise<Acted> {
  const done = await submit(session, async (fresh, author) => {
    const rollout = await readRollout(fresh.view, at);
    if (rollout?.current.digest !== current.digest) throw new Superseded();
    const { action, reason, observations } = act;
    const by = author.principal;
    const decision = { at, action, reason, observations, by, now: fresh.outside.now(), dismissed: act.dismissed };
    const planned = planRollout(fresh.view, rollout, decision);
    if (typeof planned === 'string') {
      throw new MregError('refused', `the rollout of ${at.model} in ${at.stage} cannot ${action}: ${planned}`);
    }
    return { plan: planned.plan, result: newcomerWeight(planned.next) };
  });
  return { commit: done.commit, pushed: done.pushed, weight: done.result, superseded: false };
}

/** Percent of the traffic that the last promotion's version has. */
function newcomerWeight({ spec }: StageDocument): number {
  const { champion, rollout, slots } = spec;
  if (rollout.phase === 'complete') return slots[champion].weight;
  return slots[champion === 'blue' ? 'green' : 'blue'].weight;
}

/**
 * A rollback restores earlier files, so what it was decided on goes before it, in a step that stands still. Killed in
 * between, the next controller finds that step and goes on; were it refused, the way back would not wait for it.
 */
async function goBack(session: Session, watched: Watched, act: RolloutAct): Promise<Acted> {
  const isSaid = watched.state.phase === 'complete' || isRollbackSaid(watched);
  if (!isSaid) await takeStep(session, watched, act).catch(unlessRefused);
  const said = isSaid ? watched.current : await stageStateAt((await reread(session)).view.snapshot, watched.at);
  return restore(session, { ...watched, current: said ?? watched.current }, act);
}

/** Tells whether somebody decided to roll back and did not come to do it. */
export function isRollbackSaid({ state, lastDecision }: Watched): boolean {
  return state.phase === 'paused' && lastDecision?.spec.action === 'roll-back';
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof MregError && error.code === 'refused')) throw error;
}

async function restore(session: Session, { at, current }: Watched, act: RolloutAct): Promise<Acted> {
  const done = await submit(await reread(session), async (fresh, author) => {
    const now = await stageStateAt(fresh.view.snapshot, at);
    if (now?.digest !== current.digest) throw new Superseded();
    const planned = await planRollback(fresh.view, fresh.repository, {
      ...at,
      reason: act.reason,
      details: observationLines(act.observations),
      hold: !act.dismissed,
      by: author.principal,
      now: fresh.outside.now(),
    });
    if (typeof planned === 'string') throw nowhere(at);
    return { plan: planned.plan, result: planned.target.stage.spec.version };
  });
  return { commit: done.commit, pushed: done.pushed, weight: 0, backTo: done.result, superseded: false };
}

/** The session at the tip as it is now: a step of ours may have moved it. */
function reread({ outside, flags, repository }: Session): Promise<Session> {
  return openSession(outside, flags, repository);
}

function nowhere({ model, stage }: Watched['at']): MregError {
  const message = `${model} in ${stage} should go back, and there is no earlier stable version: its rollout stands still`;
  return new MregError('refused', message, { hint: `promote a good version of ${model}, or release one that is held` });
}
