import type { Decimal } from '../documents/decimal.ts';
import type { MetricGate } from '../documents/kinds/gate.ts';
import { requireDefinition, type MetricDefinition } from './catalogue.ts';
import type { VersionFacts } from './input.ts';
import { addEvidence, referenceOf, requireEvidence, type GateContext } from './judgement.ts';
import { Unjudgeable } from './unjudgeable.ts';
import { decimalOf, inCatalogueUnit, isBare, plain } from './quantity.ts';

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
  const measured = { value: inCatalogueUnit(given, definition), bare: isBare(given), source, definition };
  refuseOutOfRange(gate.metric, measured);
  return measured;
}

/** Throws Unjudgeable when a value lies outside the range that the catalogue gives its metric. */
export function refuseOutOfRange(metric: string, measured: MeasuredValue): void {
  const { value, source, definition } = measured;
  if (isInRange(value, definition)) return;
  const { min, max } = definition;
  const range = `${min === undefined ? '' : plain(min)}..${max === undefined ? '' : plain(max)}`;
  const again = `Measure ${metric} again, or correct its range in the metric catalogue`;
  const hint = otherUnitHint(measured, () => true) ?? again;
  throw new Unjudgeable(`${metric} is ${plain(value)}, outside the catalogue's range ${range}`, { hint, source });
}

function isInRange(value: Decimal, { min, max }: MetricDefinition): boolean {
  return !(min !== undefined && value.lt(decimalOf(min))) && !(max !== undefined && value.gt(decimalOf(max)));
}

/** What a bare number may have been meant as instead, and what it is then worth in the catalogue's unit. */
const MEANT: Readonly<Record<string, { readonly unit: string; readonly factor: string } | undefined>> = {
  ratio: { unit: 'percent', factor: '0.01' },
  percent: { unit: 'ratio', factor: '100' },
};

/**
 * Says how a bare number is written that was meant as a percentage where the catalogue has a ratio, or the other way round.
 * Undefined where it cannot have been meant so: it names its unit, or read so it is still impossible or does not `fit`.
 */
export function otherUnitHint(
  { value, bare, definition }: MeasuredValue,
  fits: (value: Decimal) => boolean,
): string | undefined {
  const meant = MEANT[definition.unit ?? ''];
  if (meant === undefined || !bare) return undefined;
  const read = value.times(meant.factor);
  if (!isInRange(read, definition) || !fits(read)) return undefined;
  return `If ${plain(value)} is a ${meant.unit === 'percent' ? 'percentage' : 'ratio'}, write {value: ${plain(value)}, unit: ${meant.unit}}`;
}
