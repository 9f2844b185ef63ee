import type { Decimal } from '../documents/decimal.ts';
import type { MetricGate } from '../documents/kinds/gate.ts';
import { findBaseline, type Baseline } from './baseline.ts';
import {
  compareGain,
  comparesValue,
  compareValue,
  comparesWithBaseline,
  conditionsText,
  type Comparison,
} from './comparison.ts';
import { addEvidence, referenceOf, type GateContext, type GateType, type Judgement } from './judgement.ts';
import { Unjudgeable } from './unjudgeable.ts';
import { measuredValue, otherUnitHint, type MeasuredValue } from './measured-value.ts';
import { plain } from './quantity.ts';

/** Passes when a measured value meets every bound of the gate, its improvement over a baseline included. */
export const metricGate: GateType<MetricGate> = {
  atTheDoor: false,
  required: conditionsText,
  judge: judgeMetric,
};

function judgeMetric(gate: MetricGate, context: GateContext): Judgement {
  refuseWithoutQuestion(gate);
  const measured = measuredValue(gate, context.input.candidate, context);
  const baseline = comparesWithBaseline(gate) ? findBaseline(gate, context) : undefined;
  const facts = { gate, measured, context };
  if (baseline?.found === false) return judgeWithoutBaseline(facts, baseline.reason);
  const absolute = compareValue(gate, measured.value).map((comparison) => absoluteOutcome(facts, comparison));
  const relative = baseline === undefined ? [] : relativeOutcomes(facts, baseline);
  const judgement = conclude(facts, [...absolute, ...relative]);
  return baseline === undefined ? judgement : { ...judgement, baseline: baseline.value.toNumber() };
}

function refuseWithoutQuestion(gate: MetricGate): void {
  if (!comparesValue(gate) && !comparesWithBaseline(gate)) {
    throw new Unjudgeable(`the gate sets no bound for ${gate.metric}`, {
      hint: `Give ${gate.id} one of min, max, above, below, equals, or a baseline with minDelta`,
    });
  }
  if (gate.baseline !== undefined && !comparesWithBaseline(gate)) {
    throw new Unjudgeable(`the gate names a baseline but no change that it asks for`, {
      hint: `Give ${gate.id} a minDelta, maxDelta, minDeltaPercent or maxDeltaPercent`,
    });
  }
}

interface Facts {
  readonly gate: MetricGate;
  readonly measured: MeasuredValue;
  readonly context: GateContext;
}

interface Outcome {
  readonly met: boolean;
  readonly reason: string;
}

function judgeWithoutBaseline(facts: Facts, why: string): Judgement {
  const { gate, measured } = facts;
  const absolute = compareValue(gate, measured.value).map((comparison) => absoluteOutcome(facts, comparison));
  const allowed = gate.whenNoBaseline === 'pass';
  const judgement = conclude(facts, [...absolute, { met: allowed, reason: why }]);
  // Only a gate that asks for nothing but a change has nothing left to say.
  return judgement.verdict === 'pass' && absolute.length === 0 ? { ...judgement, verdict: 'skip' } : judgement;
}

function absoluteOutcome({ gate, measured }: Facts, { name, bound, met, shortBy }: Comparison): Outcome {
  const is = `${gate.metric} is ${plain(measured.value)}`;
  if (met) return { met, reason: `${is}, ${PHRASE[name]} ${plain(bound)} as asked` };
  const miss = shortBy.eq(0) ? '' : ` (off by ${plain(shortBy)})`;
  return { met, reason: `${is}, needs ${PHRASE[name]} ${plain(bound)}${miss}` };
}

const PHRASE: Readonly<Record<Comparison['name'], string>> = {
  min: 'at least',
  max: 'at most',
  above: 'above',
  below: 'below',
  equals: 'exactly',
  minDelta: 'at least',
  maxDelta: 'at most',
  minDeltaPercent: 'at least',
  maxDeltaPercent: 'at most',
};

function relativeOutcomes({ gate, measured }: Facts, baseline: Extract<Baseline, { found: true }>): Outcome[] {
  const change = measured.value.minus(baseline.value);
  const gain = measured.definition.better === 'higher' ? change : change.times(-1);
  const is = `${gate.metric} is ${plain(measured.value)}, ${changeText(change, gain)} the baseline ${plain(baseline.value)} (${baseline.label})`;
  return compareGain(gate, gain, baseline.value).map((comparison) => ({
    met: comparison.met,
    reason: `${is}: ${shortfallText(comparison)}`,
  }));
}

function changeText(change: Decimal, gain: Decimal): string {
  if (change.eq(0)) return 'equal to';
  const side = change.gt(0) ? 'over' : 'under';
  return `${plain(change.abs())} ${gain.gt(0) ? '' : '(worse) '}${side}`;
}

function shortfallText({ name, bound, met, shortBy }: Comparison): string {
  const asked = `${plain(bound)}${name.endsWith('Percent') ? ' %' : ''}`;
  if (met) return `meets ${name} ${asked}`;
  const miss = `${plain(shortBy)}${name.endsWith('Percent') ? ' %' : ''}`;
  return name.startsWith('min')
    ? `${miss} short of the ${asked} that is asked`
    : `${miss} more than the ${asked} that is allowed`;
}

function conclude({ gate, measured, context }: Facts, outcomes: readonly Outcome[]): Judgement {
  const failed = outcomes.filter(({ met }) => !met);
  const told = failed.length > 0 ? failed : outcomes;
  const common = {
    observed: measured.value.toNumber(),
    source: measured.source,
    reason: told.map(({ reason }) => reason).join('; '),
  };
  if (failed.length === 0) return { ...common, verdict: 'pass' };
  return { ...common, verdict: 'fail', hint: hintFor(gate, measured, context) };
}

function hintFor(gate: MetricGate, measured: MeasuredValue, { input }: GateContext): string {
  const again = `Choose a better version, or attach a newer measurement: ${addEvidence(referenceOf(input, input.candidate), gate.evidence)}`;
  const meant = otherUnitHint(measured, (read) => isLikelier(gate, measured.value, read));
  return meant === undefined ? again : `${meant}. ${again}`;
}

/** A near miss is a worse version, no slip: another unit is likely only where the value misses by more than ten times. */
function isLikelier(gate: MetricGate, value: Decimal, read: Decimal): boolean {
  const meets = (other: Decimal): boolean => compareValue(gate, other).every(({ met }) => met);
  const between = value.times(read.gt(value) ? '10' : '0.1');
  return !meets(value) && !meets(between) && meets(read);
}
