import { formatDecimal } from '../documents/decimal.ts';
import type { SuccessRule } from '../documents/kinds/release-plan.ts';
import { isBetter, type Better, type Gain } from './comparison.ts';
import { estimateGain, type GainEstimate } from './gain-estimate.ts';
import { winningScores } from './group-sequential.ts';
import { lookTimes } from './looks.ts';
import type { MetricObservation } from './observation.ts';
import { recorded, recordedLine, type ObservationRecord } from './observation-record.ts';

/** A registered test and what there is to judge it by. */
export interface SuccessCase {
  readonly rule: SuccessRule;
  readonly seen: MetricObservation | undefined;
  readonly better: Better | undefined;
  readonly since: Date;
  readonly holdMs: number;
  readonly now: Date;
}

/** How often the test may find a gain, or a loss, where there is none; half of it is on the side of the gain. */
export const SUCCESS_ALPHA = 0.05;

/**
 * Returns what a registered test says at the newest of its looks that is over; before the first it says nothing. What came
 * after that look is left out, so that it says the same until the next.
 */
export function judgeSuccess(given: SuccessCase): ObservationRecord {
  const { rule, seen, better, since, now } = given;
  const head = { metric: rule.metric, rule: 'success', threshold: gainInWords(rule) } as const;
  const unclear = (reason: string) =>
    ({ ...head, verdict: 'inconclusive', reason: recordedLine(reason, 1000) }) as const;
  if (seen === undefined) return unclear('nothing observes it');
  const query = { query: recordedLine(seen.query, 2000) };
  const { challenger, champion } = seen;
  if (better === undefined) return { ...unclear('no metric catalogue says which way it is better'), ...query };
  const trouble = challenger.trouble ?? champion?.trouble;
  if (challenger.series === undefined || champion?.series === undefined) {
    return { ...unclear(trouble ?? 'the two versions were not both measured'), ...query };
  }
  const over = lookTimes(rule, since, given.holdMs).filter((at) => at <= now.getTime());
  const asked = gainOf(rule);
  const [ours, theirs] = [challenger.series, champion.series];
  const estimates = over.map((to) =>
    estimateGain({ asked, better, span: { from: since.getTime(), to } }, ours, theirs),
  );
  const newest = estimates.at(-1);
  if (newest === undefined) return { ...unclear(`first looked at ${firstLook(given)}`), ...query };
  if (typeof newest === 'string') return { ...unclear(newest), ...query };
  const judged = { ...head, ...query, ...judgeEstimate({ rule, better, asked }, estimates, newest) };
  // A gain that rests on readings which are not to be trusted is none; a loss may wait for better ones.
  return trouble === undefined ? judged : { ...judged, verdict: 'inconclusive', reason: recordedLine(trouble, 1000) };
}

function firstLook({ rule, since, holdMs }: SuccessCase): string {
  const [first] = lookTimes(rule, since, holdMs);
  return `at ${new Date(first ?? since.getTime()).toISOString()}`;
}

interface Test {
  readonly rule: SuccessRule;
  readonly better: Better;
  readonly asked: Gain;
}

type Estimates = readonly (GainEstimate | string)[];

/**
 * The test is won by its score at any of its looks, which is what their boundaries are made for. How large the gain is as
 * seen counts at the newest: one that has gone again by the end of the trial is none.
 */
function judgeEstimate({ rule, better, asked }: Test, estimates: Estimates, newest: GainEstimate): Judgement {
  const looks = looksOf(rule, estimates);
  const won = looks.find(({ score, bound }) => score >= bound);
  const { number, score, bound } = won ??
    looks.at(-1) ?? { number: estimates.length, score: newest.score, bound: Infinity };
  const plain = isBetter(asked, newest, better) ? 'pass' : 'fail';
  const statistical = won === undefined ? 'fail' : 'pass';
  const verdict = plain === 'pass' && statistical === 'pass' ? 'pass' : 'fail';
  const name = (rule.looks ?? 1) === 1 ? 'fixed-test' : 'group-sequential-test';
  const statistic = { name, value: recorded(score), bound: recorded(bound) } as const;
  const value = recorded(newest.challenger);
  const champion = recorded(newest.champion);
  const look = `look ${String(number)} of ${String(rule.looks ?? 1)}`;
  const seen = `${String(value)} against ${String(champion)}, asked ${gainInWords(rule)}`;
  const reason = `${seen}; ${name} ${String(statistic.value)}, needs ${String(statistic.bound)} (${look})`;
  const counts = newest.n === undefined ? {} : { n: newest.n.challenger, championN: newest.n.champion };
  return { value, champion, ...counts, plain, statistical, statistic, verdict, reason };
}

type Judgement = Pick<
  ObservationRecord,
  'value' | 'champion' | 'n' | 'championN' | 'plain' | 'statistical' | 'statistic' | 'verdict' | 'reason'
>;

interface Look {
  /** Counted from one. */
  readonly number: number;
  readonly score: number;
  /** The score that wins at this look. */
  readonly bound: number;
}

/** A look at which nothing new could be told spends nothing: what it had to spend is left to the looks after it. */
function looksOf({ looks = 1, alpha = SUCCESS_ALPHA }: SuccessRule, estimates: Estimates): readonly Look[] {
  let most = 0;
  const told = estimates.flatMap((estimate, index) => {
    const information = typeof estimate === 'string' ? 0 : 1 / estimate.variance;
    if (typeof estimate === 'string' || information <= most) return [];
    most = information;
    return [{ number: index + 1, score: estimate.score, time: (index + 1) / looks, information }];
  });
  const bounds = winningScores(told, alpha / 2);
  return told.map(({ number, score }, index) => ({ number, score, bound: bounds[index] ?? Infinity }));
}

/** Returns the gain that a rule asks for. */
export function gainOf({ minDelta, minDeltaPercent }: SuccessRule): Gain {
  return { value: minDelta ?? minDeltaPercent ?? 0, isPercent: minDelta === undefined };
}

/** Returns what a rule asks for: `at least 0.015 better than the champion`. */
export function gainInWords(rule: SuccessRule): string {
  const { value, isPercent } = gainOf(rule);
  const size = `${formatDecimal(Math.abs(value))}${isPercent ? ' %' : ''}`;
  return value < 0 ? `at most ${size} worse than the champion` : `at least ${size} better than the champion`;
}
