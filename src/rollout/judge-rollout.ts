import { guardInWords } from '../documents/guard-bound.ts';
import type { Guard } from '../documents/kinds/guard.ts';
import { decide, type Decision } from './decide.ts';
import { isRelative, judgeGuard, type GuardCase } from './judge-guard.ts';
import { judgeShare } from './judge-share.ts';
import { judgeSuccess } from './judge-success.ts';
import type { Observation } from './observation.ts';
import { withinLimits, type ObservationRecord } from './observation-record.ts';
import { holdMs, isTested, watchMs, type RolloutState, type RolloutTerms } from './terms.ts';

export type { ObservationRecord } from './observation-record.ts';
export type { RolloutState, RolloutTerms } from './terms.ts';

/** A decision, and what each rule saw for it. */
export interface Judged {
  readonly decision: Decision;
  readonly observations: readonly ObservationRecord[];
  /** It would go on, but for a bar that has nothing to do with what was measured. */
  readonly isHeldBack?: true;
}

/** Returns a judgement under a bar: what would give the version more traffic waits until the bar is gone. */
export function heldBack(judged: Judged, bar: string | undefined): Judged {
  const { action, reason } = judged.decision;
  if (bar === undefined || (action !== 'advance' && action !== 'complete')) return judged;
  const decision = { action: 'hold', reason: `${bar}; but for that it would go on (${reason})` } as const;
  return { ...judged, decision, isHeldBack: true };
}

/** Returns what to do about a rollout, and what that rests on. The decision follows from the observations alone. */
export function judgeRollout(terms: RolloutTerms, state: RolloutState, seen: Observation, now: Date): Judged {
  const observations = withinLimits(readAll(terms, state, { seen, now }));
  return { decision: decide(terms, state, observations, now), observations };
}

interface Look {
  readonly seen: Observation;
  readonly now: Date;
}

function readAll(terms: RolloutTerms, state: RolloutState, look: Look): readonly ObservationRecord[] {
  const guards = guardsOf(terms, state).map((rule) => judgeGuard(caseOf(rule, { terms, state }, look)));
  // Once complete the newcomer has all the traffic: there is no split, and nobody to compare with.
  if (state.phase === 'complete') return guards;
  const share = judgeShare(state, look.seen.traffic);
  const tests = isTested(terms, state) ? (terms.plan.success ?? []) : [];
  const success = tests.map((rule) =>
    judgeSuccess({
      rule,
      seen: look.seen.metrics.find(({ metric }) => metric === rule.metric),
      better: terms.better.get(rule.metric),
      since: state.since,
      holdMs: holdMs(terms, state),
      now: look.now,
    }),
  );
  return [...(share === undefined ? [] : [share]), ...guards, ...success];
}

type Rule = Pick<GuardCase, 'rule' | 'guard'>;

/** The plan's guards and the policies' triggers, each once. */
function guardsOf({ plan, triggers }: RolloutTerms, { phase }: RolloutState): readonly Rule[] {
  const all: Rule[] = [
    ...(plan.guards ?? []).map((guard): Rule => ({ rule: 'guard', guard })),
    ...triggers.map((guard): Rule => ({ rule: 'trigger', guard })),
  ];
  const counting = all.filter(({ guard }) => phase !== 'complete' || !isRelative(guard));
  return [...new Map(counting.toReversed().map((rule) => [sameness(rule.guard), rule])).values()].toReversed();
}

function sameness(guard: Guard): string {
  return `${guardInWords(guard)} ${String(guard.alpha ?? '')}`;
}

function caseOf(
  { rule, guard }: Rule,
  { terms, state }: { readonly terms: RolloutTerms; readonly state: RolloutState },
  { seen, now }: Look,
): GuardCase {
  const hold = holdMs(terms, state);
  return {
    rule,
    guard,
    seen: seen.metrics.find(({ metric }) => metric === guard.metric),
    better: terms.better.get(guard.metric),
    since: state.since.getTime(),
    now: now.getTime(),
    everyMs: terms.everyMs,
    horizonMs: hold > 0 && state.phase !== 'complete' ? hold : watchMs(terms),
  };
}

/** Tells whether a rollout that is complete is still judged by anything: a rule with a limit of its own, for `watchFor`. */
export function isStillJudged(terms: RolloutTerms, state: RolloutState, now: Date): boolean {
  const isOver = now.getTime() >= state.since.getTime() + watchMs(terms);
  return !isOver && guardsOf(terms, state).length > 0;
}
