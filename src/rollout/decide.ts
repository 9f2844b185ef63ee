import { parseDuration } from '../documents/duration.ts';
import { lookTimes } from './looks.ts';
import type { Readings } from './observation-record.ts';
import { endsNext, holdMs, isTested, tickMs, watchMs, type RolloutState, type RolloutTerms } from './terms.ts';

/** What is to be done about a rollout now. */
export interface Decision {
  readonly action: 'hold' | 'advance' | 'pause' | 'complete' | 'roll-back' | 'inconclusive';
  /** One or a few sentences for people, with the numbers. */
  readonly reason: string;
  /** The challenger lost its test: nothing was harmed, so the version is not held. */
  readonly dismissed?: true;
  /** When the next thing is due, where time alone decides it. */
  readonly next?: Date;
}

/** Looks in a row, after the hold, at which nothing was there. */
const GONE_TICKS = 3;

/** The most that is waited after a hold for readings that say nothing yet. */
const GRACE_MS = 15 * 60_000;

/**
 * Returns what to do about a rollout, from what its rules said and nothing else: the same readings give the same decision
 * again. Harm rolls back in every phase. What could not be read never lets a rollout go on.
 */
export function decide(terms: RolloutTerms, state: RolloutState, readings: Readings, now: Date): Decision {
  const watchEnds = later(state.since, watchMs(terms));
  if (state.phase === 'complete' && now >= watchEnds) return { action: 'hold', reason: 'it is complete' };
  const harm = readings.filter((reading) => isGuard(reading) && reading.verdict === 'fail');
  if (harm.length > 0) return { action: 'roll-back', reason: told(harm) };
  if (state.phase === 'complete')
    return { action: 'hold', reason: 'complete, its guards still count', next: watchEnds };
  if (state.phase === 'paused') return { action: 'hold', reason: 'it is paused; a person resumes it' };
  const due = later(state.since, holdMs(terms, state));
  const unclear = unclearReadings(readings, isTested(terms, state));
  if (unclear.length > 0) return whenUnclear({ terms, state, now, due }, unclear);
  if (isTested(terms, state)) return whenTested({ terms, state, now, due }, readings);
  if (now < due) return { action: 'hold', reason: 'every guard passes; the step is to be held', next: due };
  const action = endsNext(terms, state) ? 'complete' : 'advance';
  return { action, reason: `held for ${terms.plan.steps?.[state.step - 1]?.hold ?? 'no time'}; every guard passes` };
}

interface Moment {
  readonly terms: RolloutTerms;
  readonly state: RolloutState;
  readonly now: Date;
  /** When the hold of the step is over. */
  readonly due: Date;
}

type Reading = Readings[number];

function isGuard({ rule }: Reading): boolean {
  return rule === 'guard' || rule === 'trigger';
}

/** What has to be clear before anything is judged healthy: the split of the traffic, and every guard. */
function unclearReadings(readings: Readings, isOnTrial: boolean): Readings {
  const judged = readings.filter(({ rule }) => rule !== 'success');
  const unclear = judged.filter(({ verdict }) => verdict !== 'pass');
  // A trial that names a test has its data; where it names none, `untested` says so.
  const isWatched = isOnTrial || readings.some(isGuard);
  return unclear.length > 0 || isWatched ? unclear : [NOTHING_WATCHED];
}

/** Time alone proves nothing: without a single rule, no data would advance a rollout. */
const NOTHING_WATCHED: Reading = {
  metric: 'guards',
  rule: 'guard',
  verdict: 'inconclusive',
  reason: 'neither the plan nor a policy names a guard, so nothing says that the version is healthy',
};

function whenUnclear({ terms, state, now, due }: Moment, unclear: Readings): Decision {
  const reason = told(unclear);
  if (now < due) return { action: 'inconclusive', reason, next: due };
  // Where nothing was measured in the whole hold, waiting tells no more; but one query that failed just now is no hold.
  const isGone = unclear.some(({ rule, value }) => rule !== 'sample-ratio' && value === undefined);
  const grace = graceMs(terms, state);
  const end = later(due, isGone ? Math.min(grace, GONE_TICKS * tickMs(terms)) : grace);
  return now < end ? { action: 'inconclusive', reason, next: end } : { action: 'pause', reason };
}

/** Returns how long what is unclear is waited for: a quarter of an hour at most, but as long as the longest rule needs to be read. */
export function graceMs(terms: RolloutTerms, state: RolloutState): number {
  const hold = holdMs(terms, state);
  const spans = [...(terms.plan.guards ?? []), ...terms.triggers].map((guard) => parseDuration(guard.for ?? '0s'));
  return Math.max(hold === 0 ? GRACE_MS : Math.min(hold, GRACE_MS), ...spans);
}

/** The registered tests decide, at the registered looks: seen at any other time, luck would pass for a gain. */
function whenTested(moment: Moment, readings: Readings): Decision {
  const { terms, now, due } = moment;
  const tests = readings.filter(({ rule }) => rule === 'success');
  const isWon = tests.length > 0 && tests.every(({ verdict }) => verdict === 'pass');
  // Won early, the split is still held: harm that takes a day to show has the day that was approved.
  if (now < due && isWon) return { action: 'hold', reason: `${told(tests)}; the split is to be held`, next: due };
  if (now < due) return { action: 'hold', reason: 'the challenger is on trial', next: nextLook(moment) };
  if (isWon) return { action: 'complete', reason: told(tests) };
  const lost = tests.filter(({ verdict }) => verdict === 'fail');
  if (lost.length > 0) return { action: 'roll-back', reason: told(lost), dismissed: true };
  const untold = tests.filter(({ verdict }) => verdict === 'inconclusive');
  return whenUnclear(moment, tests.length > 0 ? untold : [untested(terms)]);
}

function untested({ plan }: RolloutTerms): Reading {
  const reason = `the ${plan.strategy} names no test that the challenger could win`;
  return { metric: 'success', rule: 'success', verdict: 'inconclusive', reason };
}

function nextLook({ terms, state, now, due }: Moment): Date {
  const times = (terms.plan.success ?? []).flatMap((rule) => lookTimes(rule, state.since, holdMs(terms, state)));
  return new Date(Math.min(due.getTime(), ...times.filter((at) => at > now.getTime())));
}

/** As many as a person reads; the rest stands in the observations. */
const MOST_TOLD = 3;

function told(readings: Readings): string {
  const rest = readings.length - MOST_TOLD;
  const sentences = readings.slice(0, MOST_TOLD).map(sentenceOf);
  return [...sentences, ...(rest > 0 ? [`and ${String(rest)} more`] : [])].join('; ');
}

function sentenceOf({ metric, verdict, reason, threshold }: Reading): string {
  return `${metric}: ${reason ?? [verdict, threshold].filter(Boolean).join(', ')}`;
}

function later(from: Date, ms: number): Date {
  return new Date(from.getTime() + ms);
}
