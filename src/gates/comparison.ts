import type { Decimal } from '../documents/decimal.ts';
import type { MetricGate } from '../documents/kinds/gate.ts';
import { Unjudgeable } from './unjudgeable.ts';
import { decimalOf, plain } from './quantity.ts';

/** How a value compares with what one condition asks. `shortBy` is how far it misses, in the metric's unit or in percent. */
export interface Comparison {
  readonly name: ConditionName;
  readonly bound: Decimal;
  readonly met: boolean;
  readonly shortBy: Decimal;
}

interface Condition {
  readonly met: (value: Decimal, bound: Decimal) => boolean;
}

const AT_LEAST: Condition = { met: (value, bound) => value.gte(bound) };
const AT_MOST: Condition = { met: (value, bound) => value.lte(bound) };

/** Conditions on the value itself; their order is the order in which `required` names them. */
const ABSOLUTE = {
  min: AT_LEAST,
  max: AT_MOST,
  above: { met: (value: Decimal, bound: Decimal) => value.gt(bound) },
  below: { met: (value: Decimal, bound: Decimal) => value.lt(bound) },
  equals: { met: (value: Decimal, bound: Decimal) => value.eq(bound) },
} as const;

/** Conditions on the improvement over a baseline. */
const RELATIVE = {
  minDelta: AT_LEAST,
  maxDelta: AT_MOST,
  minDeltaPercent: AT_LEAST,
  maxDeltaPercent: AT_MOST,
} as const;

type AbsoluteName = keyof typeof ABSOLUTE;
type RelativeName = keyof typeof RELATIVE;

/** A bound that a metric gate can set, as the policy spells it. */
type ConditionName = AbsoluteName | RelativeName;

const ABSOLUTE_NAMES = Object.keys(ABSOLUTE) as AbsoluteName[]; // the keys of a literal of this file
const RELATIVE_NAMES = Object.keys(RELATIVE) as RelativeName[]; // the keys of a literal of this file

/** Returns the conditions of a gate as canonical text: `min 0.8, minDelta 0.02`. */
export function conditionsText(gate: MetricGate): string | undefined {
  const texts = [...ABSOLUTE_NAMES, ...RELATIVE_NAMES].flatMap((name) => {
    const bound = gate[name];
    return bound === undefined ? [] : [`${name} ${plain(bound)}`];
  });
  return texts.length === 0 ? undefined : texts.join(', ');
}

/** Tells whether the gate asks for something relative to a baseline. */
export function comparesWithBaseline(gate: MetricGate): boolean {
  return RELATIVE_NAMES.some((name) => gate[name] !== undefined);
}

/** Tells whether the gate asks for something about the value itself. */
export function comparesValue(gate: MetricGate): boolean {
  return ABSOLUTE_NAMES.some((name) => gate[name] !== undefined);
}

/** Judges `value` by the gate's absolute conditions. */
export function compareValue(gate: MetricGate, value: Decimal): Comparison[] {
  return ABSOLUTE_NAMES.flatMap((name) => {
    const bound = gate[name];
    return bound === undefined ? [] : [compare({ name, condition: ABSOLUTE[name], value, bound: decimalOf(bound) })];
  });
}

/** Judges an improvement over `baseline` by the gate's relative conditions; `gain` is positive where the version is better. */
export function compareGain(gate: MetricGate, gain: Decimal, baseline: Decimal): Comparison[] {
  return RELATIVE_NAMES.flatMap((name) => {
    const bound = gate[name];
    if (bound === undefined) return [];
    const condition = RELATIVE[name];
    if (!name.endsWith('Percent')) return [compare({ name, condition, value: gain, bound: decimalOf(bound) })];
    return [comparePercent({ name, condition, value: gain, bound: decimalOf(bound) }, baseline)];
  });
}

interface Question {
  readonly name: ConditionName;
  readonly condition: Condition;
  readonly value: Decimal;
  readonly bound: Decimal;
}

function compare({ name, condition, value, bound }: Question): Comparison {
  return { name, bound, met: condition.met(value, bound), shortBy: value.minus(bound).abs() };
}

function comparePercent({ name, condition, value, bound }: Question, baseline: Decimal): Comparison {
  const size = baseline.abs();
  if (size.eq(0)) {
    throw new Unjudgeable(`the baseline is 0, so a change in percent of it means nothing`, {
      hint: `Ask for ${name.replace('Percent', '')} instead of ${name}`,
    });
  }
  // Multiplied out rather than divided: a quotient such as 1/3 would have to be rounded before it is compared.
  const met = condition.met(value.times(100), bound.times(size));
  return { name, bound, met, shortBy: value.times(100).div(size).minus(bound).abs().round(6) };
}
