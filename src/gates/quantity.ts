import { decimal, formatDecimal, multiply, type Decimal } from '../documents/decimal.ts';
import type { MetricValue } from '../documents/kinds/evidence.ts';
import type { MetricDefinition } from './catalogue.ts';
import { Unjudgeable } from './unjudgeable.ts';

/** Exact factors between units of the same thing. */
const FACTORS: Readonly<Record<string, number>> = {
  'percent to ratio': 0.01,
  'ratio to percent': 100,
  's to ms': 1000,
  'ms to s': 0.001,
};

/** Returns `value` in the unit of `definition`, exactly; throws Unjudgeable where no factor leads from one to the other. */
export function inCatalogueUnit(value: MetricValue, definition: MetricDefinition): Decimal {
  if (typeof value === 'number') return decimalOf(value);
  const amount = decimalOf(value.value);
  const wanted = definition.unit ?? 'a plain number';
  if (value.unit === undefined || value.unit === wanted) return amount;
  const factor = FACTORS[`${value.unit} to ${wanted}`];
  if (factor !== undefined) return multiply(amount, factor);
  throw new Unjudgeable(`the value ${plain(amount)} is given in ${value.unit}, but the catalogue says ${wanted}`, {
    hint: `Give the value in the catalogue's unit (${wanted})`,
  });
}

/** Tells whether evidence gives a value without its unit. */
export function isBare(value: MetricValue): boolean {
  return typeof value === 'number' || value.unit === undefined;
}

/** Returns a decimal from a number's shortest decimal spelling; throws Unjudgeable on NaN and infinities. */
export function decimalOf(value: number): Decimal {
  if (!Number.isFinite(value)) throw new Unjudgeable(`the value ${String(value)} is not a finite number`);
  return decimal(value);
}

/** Returns a number as people write it: `0.02`, `80`, never with an exponent. */
export function plain(value: Decimal | number): string {
  return formatDecimal(typeof value === 'number' ? decimalOf(value) : value);
}
