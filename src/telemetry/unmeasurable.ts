/** Thrown where something cannot be measured; `message` is the trouble, for people. Caught where a metric is put together. */
export class Unmeasurable extends Error {
  override readonly name = 'Unmeasurable';
}

const LONGEST = 300;

/** Returns text of another program as one line that is safe to show: without control characters, and not endless. */
export function sayable(text: string): string {
  const line = text
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST)}…`;
}
