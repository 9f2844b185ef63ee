import type { Decimal } from '../documents/decimal.ts';
import type { MetricGate } from '../documents/kinds/gate.ts';
import { requireDefinition, type MetricDefinition } from './catalogue.ts';
import type { VersionFacts } from './input.ts';
import { addEvidence, referenceOf, requireEvidence, type GateContext } from './judgement.ts';
import { Unjudgeable } from './unjudgeable.ts';
import { decimalOf, inCatalogueUnit, plain } from './quantity.ts';

/** A metric's value in the catalogue's unit. `bare` when the evidence gave the number without a unit. */
export interface MeasuredValue {
  readonly value: Decimal;
  readonly bare: boolean;
  readonly source: string;
  readonly definition: MetricDefinition;
}

/** Returns the newest value of the gate's metric about a version; throws Unjudgeable where it is missing or impossible. */
export function measuredValue(gate: MetricGate, facts: VersionFacts, context: GateContext): MeasuredValue {
  const definition = requireDefinition(context.catalogue, gate.metric);
  const evidence = requireEvidence(context, facts, gate.evidence);
  const source = evidence.path;
  const given = evidence.body.spec.metrics?.[gate.metric];
  if (given === undefined) {
    const hint = addEvidence(referenceOf(context.input, facts), gate.evidence);
    throw new Unjudgeable(`${source} does not report ${gate.metric}`, { hint, source });
  }
  const value = inCatalogueUnit(given, definition);
  refuseOutOfRange({ metric: gate.metric, value, definition, source });
  return { value, bare: typeof given === 'number' || given.unit === undefined, source, definition };
}

/** A value in the unit of its definition, and where it was read. */
interface Reported {
  readonly metric: string;
  readonly value: Decimal;
  readonly definition: MetricDefinition;
  readonly source: string;
}

/** Throws Unjudgeable when a value lies outside the range that the catalogue gives its metric. */
export function refuseOutOfRange({ metric, value, definition, source }: Reported): void {
  const { min, max, unit } = definition;
  const tooLow = min !== undefined && value.lt(decimalOf(min));
  const tooHigh = max !== undefined && value.gt(decimalOf(max));
  if (!tooLow && !tooHigh) return;
  const range = `${min === undefined ? '' : plain(min)}..${max === undefined ? '' : plain(max)}`;
  const hint =
    unit === 'ratio' && tooHigh
      ? percentHint(value)
      : `Measure ${metric} again, or correct its range in the metric catalogue`;
  throw new Unjudgeable(`${metric} is ${plain(value)}, outside the catalogue's range ${range}`, { hint, source });
}

/** Says how a percentage is written where a ratio is expected. */
export function percentHint(value: Decimal): string {
  return `${plain(value)} as a percentage is written {value: ${plain(value)}, unit: percent}`;
}
