import { parseDuration } from '../documents/duration.ts';
import { boundsOf, thresholdInWords, type GuardBound } from '../documents/guard-bound.ts';
import type { Guard } from '../documents/kinds/guard.ts';
import { assert } from '../documents/error.ts';
import { breaches, isWorse, meanOf, totalsOf, valuesOf, type Better, type Pair } from './comparison.ts';
import { testForHarm, type HarmTest } from './harm-test.ts';
import type { MetricObservation, Series } from './observation.ts';
import { recorded, recordedLine, type ObservationRecord, type Verdict } from './observation-record.ts';
import { isFull, judgePlain, windowOf, type Watch } from './plain-rule.ts';
import { pointsIn } from './spans.ts';

/** A guard and what there is to judge it by. */
export interface GuardCase {
  readonly rule: 'guard' | 'trigger';
  readonly guard: Guard;
  readonly seen: MetricObservation | undefined;
  readonly better: Better | undefined;
  readonly since: number;
  readonly now: number;
  readonly everyMs: number | undefined;
  /** How long the step is to be watched, in milliseconds: what a confidence sequence is made tightest at. */
  readonly horizonMs: number;
}

/** Tells whether a guard compares with the champion. */
export function isRelative(guard: Guard): boolean {
  return guard.worseBy !== undefined || guard.worseByPercent !== undefined;
}

/**
 * Returns what a guard says. One with a limit of its own fails by the plain rule or by the test. One that compares with the
 * champion fails by the test alone where events are counted: as seen, one of two equal versions is often the worse by more
 * than a small bound. Until the test tells, that is inconclusive, and nothing advances.
 */
export function judgeGuard(given: GuardCase): ObservationRecord {
  const { guard, rule, seen } = given;
  const head = { metric: guard.metric, rule, threshold: thresholdInWords(guard) };
  if (seen === undefined) return unclear(head, 'nothing observes it');
  const query = { ...head, query: recordedLine(seen.query, 2000) };
  const { series, trouble } = seen.challenger;
  if (series === undefined) return unclear(query, trouble ?? 'nothing was measured');
  return isRelative(guard) ? judgeRelative(given, query, series) : judgeAbsolute(given, query, series);
}

type Head = Pick<ObservationRecord, 'metric' | 'rule' | 'threshold' | 'query'>;

function unclear(head: Head, reason: string): ObservationRecord {
  return { ...head, verdict: 'inconclusive', reason: recordedLine(reason, 1000) };
}

function watchOf({ guard, since, now, everyMs }: GuardCase): Watch {
  return { since, now, everyMs, forMs: guard.for === undefined ? 0 : parseDuration(guard.for) };
}

function testOf({ guard, seen, better, since, now, horizonMs }: GuardCase, bound: GuardBound): HarmTest | undefined {
  if (seen === undefined) return undefined;
  return testForHarm({ guard, bound, seen, better, step: { from: since, to: now }, horizonMs });
}

function boundOf(guard: Guard): GuardBound {
  const [bound] = boundsOf(guard);
  assert(bound !== undefined, 'a guard that was admitted has a bound');
  return bound;
}

function judgeAbsolute(given: GuardCase, head: Head, series: Series): ObservationRecord {
  const bound = boundOf(given.guard);
  const watch = watchOf(given);
  const senseless = senselessShare(bound, series);
  const marks = valuesOf(series).map(({ at, value }) => ({ at, isBreach: breaches(bound, value) }));
  const plain = judgePlain(marks, watch);
  const test = testOf(given, bound);
  const figures = { ...readingOf(series, watch, given.since), ...figuresOf(test, plain) };
  if (plain === 'fail' || test?.verdict === 'fail') {
    return { ...head, ...figures, verdict: 'fail', reason: harmInWords(figures, head) };
  }
  const trouble = given.seen?.challenger.trouble ?? senseless ?? missing(plain, figures);
  return trouble === undefined ? { ...head, ...figures, verdict: 'pass' } : { ...unclear(head, trouble), ...figures };
}

/** A share is between 0 and 1: above 5 it never is, and somebody meant percent. */
function senselessShare({ kind, value }: GuardBound, { kind: read }: Series): string | undefined {
  if (read !== 'counts' || (kind === 'above' ? value >= 0 && value < 1 : value > 0 && value <= 1)) return undefined;
  return `it is counted as a share, between 0 and 1, and can never be ${kind} ${String(value)}`;
}

function judgeRelative(given: GuardCase, head: Head, series: Series): ObservationRecord {
  const champion = given.seen?.champion;
  if (given.better === undefined) return unclear(head, 'no metric catalogue says which way it is better');
  if (champion?.series === undefined) return unclear(head, champion?.trouble ?? 'the champion was not measured');
  const bound = boundOf(given.guard);
  const watch = watchOf(given);
  const plain = judgePlainly({ bound, better: given.better, watch }, series, champion.series);
  const test = testOf(given, bound);
  const figures = {
    ...readingOf(series, watch, given.since),
    ...championOf(champion.series, watch, given.since),
    ...figuresOf(test, plain),
  };
  if (test?.verdict === 'fail' || (test === undefined && plain === 'fail')) {
    return { ...head, ...figures, verdict: 'fail', reason: harmInWords(figures, head) };
  }
  const trouble = given.seen?.challenger.trouble ?? champion.trouble ?? missing(plain, figures);
  return trouble === undefined ? { ...head, ...figures, verdict: 'pass' } : { ...unclear(head, trouble), ...figures };
}

/** Values are compared one by one; what is counted is compared over the whole span, which is what noise is least in. */
function judgePlainly(
  by: { readonly bound: GuardBound; readonly better: Better; readonly watch: Watch },
  challenger: Series,
  champion: Series,
): Verdict {
  const { bound, better, watch } = by;
  const span = windowOf(watch);
  const [ours, theirs] = [totalsOf(challenger, span), totalsOf(champion, span)].map((sums) => sums && meanOf(sums));
  if (challenger.kind === 'value' || champion.kind === 'value') {
    const marks = pairsOf(challenger, champion).map(({ at, pair }) => ({ at, isBreach: isWorse(bound, pair, better) }));
    return judgePlain(marks, watch);
  }
  if (ours === undefined || theirs === undefined) return 'inconclusive';
  const isBreach = isWorse(bound, { challenger: ours, champion: theirs }, better);
  const read = judgePlain(
    valuesOf(challenger).map(({ at }) => ({ at, isBreach })),
    watch,
  );
  return read === 'fail' && !isFull(watch) ? 'inconclusive' : read;
}

function pairsOf(challenger: Series, champion: Series): readonly { readonly at: number; readonly pair: Pair }[] {
  const theirs = new Map(valuesOf(champion).map(({ at, value }) => [at, value]));
  return valuesOf(challenger).flatMap(({ at, value }) => {
    const other = theirs.get(at);
    return other === undefined ? [] : [{ at, pair: { challenger: value, champion: other } }];
  });
}

type Figures = Pick<
  ObservationRecord,
  'value' | 'n' | 'champion' | 'championN' | 'plain' | 'statistical' | 'statistic' | 'verdict'
>;

/** The newest value, or the rate or mean over the span of the rule; of the whole step where the span has none. */
function readingOf(series: Series, watch: Watch, since: number): Pick<Figures, 'value' | 'n'> {
  const step = { from: since, to: watch.now };
  const all = totalsOf(series, step);
  if (all === undefined) {
    const value = pointsIn(valuesOf(series), step).at(-1)?.value;
    return value === undefined ? {} : { value: recorded(value) };
  }
  const inside = totalsOf(series, windowOf(watch));
  const value = (inside && meanOf(inside)) ?? meanOf(all);
  return { ...(value === undefined ? {} : { value: recorded(value) }), n: Math.round(all.n) };
}

function championOf(series: Series, watch: Watch, since: number): Pick<Figures, 'champion' | 'championN'> {
  const { value, n } = readingOf(series, watch, since);
  return { ...(value === undefined ? {} : { champion: value }), ...(n === undefined ? {} : { championN: n }) };
}

function figuresOf(
  test: HarmTest | undefined,
  plain: Verdict,
): Pick<Figures, 'n' | 'plain' | 'statistical' | 'statistic'> {
  if (test === undefined) return { plain };
  const { name, value, bound } = test.statistic;
  const statistic = { name, value: recorded(value), bound: recorded(bound) };
  return { plain, statistical: test.verdict, statistic, n: Math.round(test.n) };
}

/** What keeps a guard that does not fail from passing; undefined where nothing does. */
function missing(plain: Verdict, { value, champion, statistical }: Omit<Figures, 'verdict'>): string | undefined {
  if (value === undefined) return 'nothing was measured since the step began';
  if (plain === 'fail')
    return `as seen it is worse (${String(value)} against ${String(champion)}), which may be chance`;
  if (plain === 'inconclusive') return 'readings are missing, stale, or not there for long enough yet';
  return statistical === 'inconclusive' ? 'the test has nothing to go by yet' : undefined;
}

function harmInWords({ value, champion, statistical, statistic, plain }: Omit<Figures, 'verdict'>, head: Head): string {
  const seen = `${value === undefined ? 'counted' : String(value)}${champion === undefined ? '' : ` against ${String(champion)}`}`;
  const by = [
    ...(plain === 'fail' ? ['by the plain rule'] : []),
    ...(statistical === 'fail' && statistic !== undefined
      ? [`by the ${statistic.name}, ${String(statistic.value)} at a bound of ${String(statistic.bound)}`]
      : []),
  ];
  return `${seen}; ${head.threshold ?? ''} ${by.join(' and ')}`;
}
