import type { GuardBound } from '../documents/guard-bound.ts';
import type { GuardCase } from './judge-guard.ts';
import type { Statistic, Verdict } from './observation-record.ts';

/** What a test that may be looked at all the time says of harm. */
export interface HarmTest {
  readonly statistic: Statistic;
  readonly verdict: Verdict;
  /** Events of the newcomer that it rests on. */
  readonly n?: number;
}

/** Returns what the test beside the plain rule says; undefined where there is nothing counted to test by. */
export function testForHarm(_given: GuardCase, _bound: GuardBound): HarmTest | undefined {
  return undefined;
}
