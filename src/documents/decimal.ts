import Big from 'big.js';

/** An exact decimal; arithmetic on it never rounds, except division, which this module does not offer. */
export type Decimal = Big;

/** Returns the decimal that people mean by a double: the shortest one that reads back as it. */
export function decimal(value: number | Decimal): Decimal {
  return new Big(value);
}

/** Returns -1, 0 or 1. */
export function compareDecimals(a: number | Decimal, b: number | Decimal): -1 | 0 | 1 {
  return decimal(a).cmp(decimal(b));
}

/** Returns a + b, exactly. */
export function add(a: number | Decimal, b: number | Decimal): Decimal {
  return decimal(a).plus(decimal(b));
}

/** Returns a - b, exactly: 0.57 - 0.55 is 0.02. */
export function subtract(a: number | Decimal, b: number | Decimal): Decimal {
  return decimal(a).minus(decimal(b));
}

/** Returns a × b, exactly. */
export function multiply(a: number | Decimal, b: number | Decimal): Decimal {
  return decimal(a).times(decimal(b));
}

/** Returns `percent` % of `base`, exactly. */
export function percentOf(base: number | Decimal, percent: number | Decimal): Decimal {
  // Times 0.01 and not divided by 100: big.js rounds quotients to 20 places, products never.
  return multiply(multiply(base, percent), 0.01);
}

/** Compares (a - b) with `percent` % of |b|, without division; against a baseline of 0 only the sign of a - b counts. */
export function comparePercentDelta(a: number, b: number, percent: number): -1 | 0 | 1 {
  return compareDecimals(subtract(a, b), percentOf(decimal(b).abs(), percent));
}

/** Returns the one plain spelling of a number: no exponent, no trailing zero, never `-0`. */
export function formatDecimal(value: number | Decimal): string {
  const exact = decimal(value);
  return exact.eq(0) ? '0' : exact.toFixed();
}

/**
 * Returns the number that a plain decimal says, or undefined when a double would say another: other readers may keep
 * more digits than we do, and then both sides of a comparison are not the same everywhere.
 */
export function parseDecimal(text: string): number | undefined {
  const value = Number(text);
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) return undefined;
  return new Big(text).eq(new Big(value)) ? value : undefined;
}
