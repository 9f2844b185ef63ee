import { parseDuration } from '../documents/duration.ts';
import type { Fault } from '../documents/faults.ts';
import { boundsOf, thresholdInWords } from '../documents/guard-bound.ts';
import type { Guard } from '../documents/kinds/guard.ts';
import type { SuccessRule } from '../documents/kinds/release-plan.ts';
import { normalQuantile } from '../measure/normal-distribution.ts';
import { winningChance, winningScores } from './group-sequential.ts';
import { gainInWords, gainOf, SUCCESS_ALPHA } from './judge-success.ts';
import { noBaseline, noDifference, noSplit, noTest, tooShort } from './plan-size-faults.ts';
import type { RolloutTerms } from './terms.ts';

/** What is known of a metric before a rollout begins. */
export interface Baseline {
  /** The champion's value. */
  readonly value: number;
  /** Standard deviation of one event; absent for a rate, whose value tells it. */
  readonly deviation?: number;
}

/** What is known of the traffic before a rollout begins. */
export interface ExpectedTraffic {
  /** Events a second of both versions together. */
  readonly perSecond: number;
  readonly baselines: ReadonlyMap<string, Baseline>;
}

/** What one rule of a plan needs in order to tell. */
export interface RuleSize {
  readonly metric: string;
  readonly rule: 'success' | 'guard' | 'trigger';
  readonly asked: string;
  /** The difference to be told, in the unit of the metric. */
  readonly difference: number;
  /** Events of the challenger and of the champion. */
  readonly n: number;
  readonly championN: number;
  readonly neededMs: number;
  readonly heldMs: number;
  readonly isEnough: boolean;
  /**
   * For a success rule: the true gain at which the challenger wins with the power asked for, at the end of the hold. It is
   * more than the gain asked for, which a version that is better by just that much is seen below in half of all trials.
   */
  readonly gainToWin?: number;
}

/** What a plan needs, and why it cannot tell what it is to tell. */
export interface PlanSize {
  readonly rules: readonly RuleSize[];
  /** A plan with any of these decides by chance, or never. */
  readonly refusals: readonly Fault[];
  /** Guards that would find harm of the size they name only after the hold. */
  readonly warnings: readonly Fault[];
}

/** What of a rollout's terms its size depends on. */
type PlanTerms = Pick<RolloutTerms, 'plan' | 'triggers'>;

/** Returns how much traffic and time the rules of a plan need that compare with the champion, and what cannot be told. */
export function planSize(terms: PlanTerms, traffic: ExpectedTraffic): PlanSize {
  const { plan } = terms;
  const split = lastSplit(terms);
  const tested = plan.strategy === 'champion-challenger' ? (plan.success ?? []) : [];
  const guards = [
    ...(plan.guards ?? []).map((guard, index) => ({ guard, rule: 'guard' as const, field: `guards.${String(index)}` })),
    ...terms.triggers.map((guard, index) => ({ guard, rule: 'trigger' as const, field: `triggers.${String(index)}` })),
  ].filter(({ guard }) => guard.worseBy !== undefined || guard.worseByPercent !== undefined);
  if (tested.length + guards.length === 0 && plan.strategy !== 'champion-challenger') return NOTHING_TO_TELL;
  if (split === undefined) return { ...NOTHING_TO_TELL, refusals: [noSplit(plan.strategy)] };
  const success = tested.map((rule, index) =>
    sizeOfSuccess(rule, { field: `success.${String(index)}`, split, traffic }),
  );
  const watched = guards.map(({ guard, rule, field }) => sizeOfGuard({ guard, rule }, { field, split, traffic }));
  const untested = plan.strategy === 'champion-challenger' && tested.length === 0 ? [noTest()] : [];
  return {
    rules: [...success, ...watched].flatMap(({ size }) => (size === undefined ? [] : [size])),
    refusals: [...untested, ...success.flatMap(({ faults }) => faults)],
    warnings: watched.flatMap(({ faults }) => faults),
  };
}

const NOTHING_TO_TELL: PlanSize = { rules: [], refusals: [], warnings: [] };

interface Split {
  /** Share of the traffic that the challenger answers, between 0 and 1. */
  readonly share: number;
  readonly heldMs: number;
}

/** The last step that leaves the champion some traffic: what a challenger is tested on. */
function lastSplit({ plan }: PlanTerms): Split | undefined {
  const step = (plan.steps ?? []).filter(({ weight }) => weight > 0 && weight < 100).at(-1);
  return step === undefined ? undefined : { share: step.weight / 100, heldMs: parseDuration(step.hold ?? '0s') };
}

interface Setting {
  readonly field: string;
  readonly split: Split;
  readonly traffic: ExpectedTraffic;
}

interface Sized {
  readonly size?: RuleSize;
  readonly faults: readonly Fault[];
}

function sizeOfSuccess(rule: SuccessRule, { field, split, traffic }: Setting): Sized {
  const baseline = traffic.baselines.get(rule.metric);
  const variance = baseline && varianceOf(baseline);
  if (baseline === undefined || variance === undefined) return { faults: [noBaseline(field, rule.metric)] };
  const { value, isPercent } = gainOf(rule);
  const difference = isPercent ? (Math.abs(baseline.value) * Math.abs(value)) / 100 : Math.abs(value);
  if (!(difference > 0)) return { faults: [noDifference(field, rule.metric)] };
  const { alpha = SUCCESS_ALPHA, power = 0.8, looks = 1 } = rule;
  const drift = driftToWin({ alpha, power, looks });
  const perEvent = variance * (1 + split.share / (1 - split.share));
  const figures = sizeFrom({ n: (drift ** 2 * perEvent) / difference ** 2, split, traffic });
  const held = (traffic.perSecond * split.share * split.heldMs) / 1000;
  const spread = Math.sqrt(perEvent / Math.max(1, held));
  // The gain must be told from none, and be seen as large as it was asked for.
  const gainToWin =
    value > 0 ? Math.max(drift * spread, difference + normalQuantile(1 - power) * spread) : drift * spread - difference;
  const asked = gainInWords(rule);
  const size: RuleSize = { metric: rule.metric, rule: 'success', asked, difference, ...figures, gainToWin };
  return { size, faults: size.isEnough ? [] : [tooShort(field, size)] };
}

/** How many standard errors the true gain has to be away from none, so that the looks find it with the power asked for. */
function driftToWin({ alpha, power, looks }: { alpha: number; power: number; looks: number }): number {
  const fixed = normalQuantile(alpha / 2) + normalQuantile(1 - power);
  if (looks === 1) return fixed;
  const planned = Array.from({ length: looks }, (_, index) => ({
    time: (index + 1) / looks,
    information: (index + 1) / looks,
  }));
  const scores = winningScores(planned, alpha / 2);
  let low = fixed;
  let high = fixed * 1.5;
  for (let step = 0; step < 20; step++) {
    const middle = (low + high) / 2;
    if (winningChance(planned, scores, middle) < power) low = middle;
    else high = middle;
  }
  return high;
}

/** How often a comparison may find harm where there is none, where the guard does not say. */
const GUARD_ALPHA = 0.05;

/**
 * About what the e-process needs for harm as large as the guard names: its logarithm grows by δ²/(2V) an event, and what the
 * rates cost to learn is half the logarithm of the events; Turner, Ly and Grünwald, section 4.
 */
function sizeOfGuard(by: { guard: Guard; rule: 'guard' | 'trigger' }, { field, split, traffic }: Setting): Sized {
  const { guard, rule } = by;
  const baseline = traffic.baselines.get(guard.metric);
  const variance = baseline && varianceOf(baseline);
  if (baseline === undefined || variance === undefined) return { faults: [noBaseline(field, guard.metric)] };
  const [bound] = boundsOf(guard);
  const asked = bound?.value ?? 0;
  const difference = bound?.kind === 'worseByPercent' ? (Math.abs(baseline.value) * asked) / 100 : asked;
  if (!(difference > 0)) return { faults: [] };
  const growth = difference ** 2 / (2 * variance * (1 + split.share / (1 - split.share)));
  const toReach = Math.log(1 / (guard.alpha ?? GUARD_ALPHA));
  let n = toReach / growth;
  // What is learnt depends on n itself; the fixed point is reached in a few rounds.
  for (let round = 0; round < 20; round++) n = (toReach + Math.log(Math.max(2, n)) / 2) / growth;
  const figures = sizeFrom({ n, split, traffic });
  const size: RuleSize = { metric: guard.metric, rule, asked: thresholdInWords(guard), difference, ...figures };
  return { size, faults: size.isEnough ? [] : [tooShort(field, size)] };
}

function sizeFrom({
  n,
  split,
  traffic,
}: {
  readonly n: number;
  readonly split: Split;
  readonly traffic: ExpectedTraffic;
}): Pick<RuleSize, 'n' | 'championN' | 'neededMs' | 'heldMs' | 'isEnough'> {
  const { share, heldMs } = split;
  const neededMs = (1000 * n) / (traffic.perSecond * share);
  const championN = Math.round((n * (1 - share)) / share);
  return { n: Math.round(n), championN, neededMs, heldMs, isEnough: neededMs <= heldMs };
}

function varianceOf({ value, deviation }: Baseline): number | undefined {
  if (deviation !== undefined) return deviation > 0 ? deviation ** 2 : undefined;
  return value > 0 && value < 1 ? value * (1 - value) : undefined;
}
