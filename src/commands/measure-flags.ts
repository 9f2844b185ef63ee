import { InvalidArgumentError } from '@commander-js/extra-typings';

/** Reads a flag's value as a number. */
export function finiteNumber(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new InvalidArgumentError('expected a number');
}

/** Reads a flag's value as a number above 0. */
export function positiveNumber(text: string): number {
  const value = finiteNumber(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('expected a number above 0');
}
