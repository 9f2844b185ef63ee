import type { Verdict } from './observation-record.ts';
import { cover, pointsIn, usualGap, type Span, type Timed } from './spans.ts';

/** A reading, and whether it breaches its bound. */
export interface Mark extends Timed {
  readonly isBreach: boolean;
}

/** When a plain rule is read. Times are epoch milliseconds. */
export interface Watch {
  readonly since: number;
  readonly now: number;
  /** How long it must last; 0 where the newest reading alone decides. */
  readonly forMs: number;
  /** How often is looked; absent: as far apart as the readings lie. */
  readonly everyMs: number | undefined;
}

/** Readings that a rule with a duration needs at least: one is no duration. */
const LEAST_READINGS = 2;
/** Where there are too few readings to tell how far apart they lie. */
const TICK_MS = 30_000;

/**
 * Returns what the rule `above X for D` says: fail where every reading of the last D breaches, pass where one does not, and
 * inconclusive where readings are missing, stale, or not yet there for as long as D.
 */
export function judgePlain(marks: readonly Mark[], watch: Watch): Verdict {
  const tick = watch.everyMs ?? usualGap(marks) ?? TICK_MS;
  if (watch.forMs === 0) return judgeNewest(marks, watch, tick);
  const span = windowOf(watch);
  const inside = pointsIn(marks, span);
  if (inside.length < LEAST_READINGS || !cover(inside, span, tick)) return 'inconclusive';
  if (!inside.every(({ isBreach }) => isBreach)) return 'pass';
  return isFull(watch) ? 'fail' : 'inconclusive';
}

/** Returns the span that a rule is about: the last D, or less where the step is younger. */
export function windowOf({ since, now, forMs }: Watch): Span {
  return { from: Math.max(since, forMs === 0 ? since : now - forMs), to: now };
}

/** Tells whether the step is as old as the rule asks for. */
export function isFull({ since, now, forMs }: Watch): boolean {
  return now - forMs >= since;
}

function judgeNewest(marks: readonly Mark[], { since, now }: Watch, tick: number): Verdict {
  const newest = pointsIn(marks, { from: since, to: now }).at(-1);
  if (newest === undefined || !cover([], { from: newest.at, to: now }, tick)) return 'inconclusive';
  return newest.isBreach ? 'fail' : 'pass';
}
