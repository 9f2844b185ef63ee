import type { SuccessRule } from '../documents/kinds/release-plan.ts';

/** Returns when a registered test is looked at, as epoch milliseconds: equally spaced, the last at the end of the hold. */
export function lookTimes(rule: SuccessRule, since: Date, holdMs: number): readonly number[] {
  const looks = rule.looks ?? 1;
  return Array.from({ length: looks }, (_, index) => since.getTime() + (holdMs * (index + 1)) / looks);
}
