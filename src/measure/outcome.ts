import { assert } from '../documents/error.ts';

/** Why a number could not be measured. Never a pass: nothing may read a value out of it. */
export interface Inconclusive {
  readonly kind: 'inconclusive';
  /** One sentence for people, with the counts that it rests on. */
  readonly reason: string;
}

/** A value that was measured. Its numbers are finite. */
export interface Conclusive<T> {
  readonly kind: 'measured';
  readonly value: T;
}

/** What measuring gives: a value, or why there is none. A caller that wants the number has to look at `kind`. */
export type Measured<T = number> = Conclusive<T> | Inconclusive;

/** Returns a measured value; a number that is NaN or infinite is a bug of the caller. */
export function measured<T>(value: T): Conclusive<T> {
  assert(typeof value !== 'number' || Number.isFinite(value), 'a measured number is finite');
  return { kind: 'measured', value };
}

/** Returns that nothing could be measured, and why. */
export function inconclusive(reason: string): Inconclusive {
  return { kind: 'inconclusive', reason };
}

/** Returns `part / whole`, or that it is inconclusive where the whole is 0 (and then `reason` says why). */
export function share(part: number, whole: number, reason: string): Measured {
  return whole > 0 ? measured(part / whole) : inconclusive(reason);
}

/** Returns `number` as a measurement, or that it is inconclusive where it overflowed or is no number. */
export function finite(number: number, reason: string): Measured {
  return Number.isFinite(number) ? measured(number) : inconclusive(reason);
}

/** Returns what `change` makes of a measured value; what is inconclusive stays so. */
export function mapMeasured<T, U>(outcome: Measured<T>, change: (value: T) => Measured<U>): Measured<U> {
  return outcome.kind === 'measured' ? change(outcome.value) : outcome;
}
