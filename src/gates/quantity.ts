import Big from 'big.js';
import type { MetricValue } from '../documents/kinds/evidence.ts';
import type { MetricDefinition } from './catalogue.ts';
import { Unjudgeable } from './judgement.ts';

export type Unit = NonNullable<MetricDefinition['unit']>;

/** Units that measure the same thing, with the exact factor to the first of them. */
const SCALES: readonly Readonly<Partial<Record<Unit, string>>>[] = [
  { ratio: '1', percent: '0.01' },
  { ms: '1', s: '1000' },
];

/** Returns `value` in the unit of `definition`, exactly; throws Unjudgeable where no factor leads from one to the other. */
export function inCatalogueUnit(value: MetricValue, definition: MetricDefinition): Big {
  if (typeof value === 'number') return decimalOf(value);
  const amount = decimalOf(value.value);
  if (value.unit === undefined || value.unit === definition.unit) return amount;
  const factor = factorBetween(value.unit, definition.unit);
  if (factor !== undefined) return amount.times(factor);
  const wanted = definition.unit ?? 'a plain number';
  throw new Unjudgeable(`the value ${plain(amount)} is given in ${value.unit}, but the catalogue says ${wanted}`, {
    hint: `Give the value in the catalogue's unit (${wanted})`,
  });
}

/** Returns a decimal from a number's shortest decimal spelling; throws Unjudgeable on NaN and infinities. */
export function decimalOf(value: number): Big {
  if (!Number.isFinite(value)) throw new Unjudgeable(`the value ${String(value)} is not a finite number`);
  return new Big(value);
}

/** Returns a decimal without an exponent: `0.02`, `80`. */
export function plain(value: Big | number): string {
  return (typeof value === 'number' ? decimalOf(value) : value).toFixed();
}

function factorBetween(from: Unit, to: Unit | undefined): Big | undefined {
  if (to === undefined) return undefined;
  const scale = SCALES.find((units) => units[from] !== undefined && units[to] !== undefined);
  const [a, b] = [scale?.[from], scale?.[to]];
  // Every factor is a power of ten, so the division is exact within Big's 20 decimal places.
  return a === undefined || b === undefined ? undefined : new Big(a).div(b);
}
