import { readYaml } from '../documents/strict-yaml.ts';
import { writeYaml } from '../documents/write-yaml.ts';

/** Returns the number that a document can hold for this one: itself, or it to 15 digits; undefined where there is none. */
export function sayableNumber(value: number): number | undefined {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return undefined;
  return [value + 0, Number(value.toPrecision(15))].find(isSayable);
}

function isSayable(value: number): boolean {
  return !Object.is(value, -0) && readYaml(Buffer.from(writeYaml({ value })), 'number').ok;
}
