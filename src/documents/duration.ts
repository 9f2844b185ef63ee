import { assert, MregError } from './error.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Returns the milliseconds that `90s`, `30m`, `2h` or `7d` stand for; throws MregError('usage') on any other text. */
export function parseDuration(text: string): number {
  const [, count, unit] = /^([0-9]{1,6})([smhd])$/.exec(text) ?? [];
  const ms = UNITS.find(([letter]) => letter === unit)?.[1];
  if (count === undefined || ms === undefined) {
    throw new MregError('usage', `expected a duration such as 30m, found ${JSON.stringify(text)}`, {
      hint: 'write a whole number and one of s, m, h, d: 90s, 30m, 2h, 7d',
    });
  }
  return Number(count) * ms;
}

/** Returns the shortest duration of whole milliseconds that documents can hold: in the largest unit that divides it. */
export function formatDuration(milliseconds: number): string {
  assert(milliseconds >= 0 && milliseconds % 1_000 === 0, 'a duration is a whole number of seconds');
  const [letter, ms] = UNITS.find(([, size]) => milliseconds > 0 && milliseconds % size === 0) ?? ['s', 1_000];
  return `${String(milliseconds / ms)}${letter}`;
}
