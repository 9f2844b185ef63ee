import type { MregError } from '../documents/error.ts';
import type { StandingStage } from '../registry/find-rollouts.ts';
import { heldBack, judgeRollout, type Judged } from '../rollout/judge-rollout.ts';
import type { Observation } from '../rollout/observation.ts';
import { isRollbackSaid, type Acted } from './rollout-act.ts';
import type { OpenTelemetry } from './rollout-telemetry.ts';
import { observationRequest, wantedMetrics, type Watched } from './rollout-watched.ts';
import type { Session } from './session.ts';

/** Which rollouts a controller looks after, and how it measures them. */
export interface Watch {
  readonly wants: (at: StandingStage['at']) => boolean;
  readonly telemetryFor: (session: Session, model: string) => OpenTelemetry | undefined;
  readonly signal: AbortSignal;
}

/** One rollout as a tick found and left it. */
export interface Sight {
  readonly watched: Watched;
  readonly judged: Judged;
  /** What it was judged by; undefined where nothing had to be asked. */
  readonly seen: Observation | undefined;
  readonly acted: Acted | undefined;
  /** Why what was decided could not be done; the next tick tries again. */
  readonly trouble: MregError | undefined;
}

/** A rollout that could not even be read or measured. */
export interface Unseen {
  readonly at: StandingStage['at'];
  readonly trouble: MregError;
}

/** Returns what is measured of a rollout and what is to be done about it; nothing is done. */
export async function measured(
  session: Session,
  watch: Pick<Watch, 'telemetryFor' | 'signal'>,
  found: Watched,
): Promise<Pick<Sight, 'watched' | 'judged' | 'seen'>> {
  const now = session.outside.now();
  const open = watch.telemetryFor(session, found.at.model);
  const watched = open === undefined ? found : { ...found, terms: { ...found.terms, everyMs: open.everyMs } };
  const said = saidBefore(watched);
  if (said !== undefined) return { watched, judged: said, seen: undefined };
  const seen =
    open === undefined
      ? unmeasured(watched)
      : await open.telemetry.observe(observationRequest(watched, now), watch.signal);
  const judged = heldBack(judgeRollout(watched.terms, watched.state, seen, now), watched.barredBy);
  return { watched, judged, seen };
}

/** A way back that a controller said and did not come to make: there is nothing more to ask. */
function saidBefore(watched: Watched): Judged | undefined {
  const { lastDecision } = watched;
  if (!isRollbackSaid(watched) || lastDecision === undefined) return undefined;
  const { reason, observations = [], dismissed } = lastDecision.spec;
  const decision = { action: 'roll-back' as const, reason, ...(dismissed === true ? { dismissed } : {}) };
  return { decision, observations };
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
