import type { ObservationRecord } from '../documents/kinds/decision.ts';

export type { ObservationRecord } from '../documents/kinds/decision.ts';

/** What every rule said; a decision rests on this alone, and it is what decision.yaml holds. */
export type Readings = readonly ObservationRecord[];

/** What a rule says of what it read. */
export type Verdict = ObservationRecord['verdict'];

/** What a test gave, and the bound at which it decides. */
export type Statistic = NonNullable<ObservationRecord['statistic']>;

/** Values in one document: strict YAML allows 1,000, and a decision says about 20 besides. */
const MOST_NODES = 850;
/** Characters of the observations: strict YAML allows 64 KiB, and what is quoted grows. */
const MOST_CHARACTERS = 40_000;

const URGENCY: Readonly<Record<Verdict, number>> = { fail: 0, inconclusive: 1, pass: 2 };

/** Returns the readings that one document can hold, those first that a decision turns on. */
export function withinLimits(readings: Readings): Readings {
  const kept: ObservationRecord[] = [];
  let nodes = 0;
  let characters = 0;
  for (const reading of readings.toSorted((a, b) => URGENCY[a.verdict] - URGENCY[b.verdict])) {
    nodes += 1 + Object.keys(reading).length + (reading.statistic === undefined ? 0 : 3);
    characters += JSON.stringify(reading).length;
    if (nodes > MOST_NODES || characters > MOST_CHARACTERS) break;
    kept.push(reading);
  }
  return kept;
}

/** Digits of a recorded number; what is beyond them is noise of the arithmetic. */
const DIGITS = 12;
/** Documents hold plain decimals, and an e-process passes any power of ten: beyond this it says no more. */
const LARGEST = 1e12;

/** Returns a number as documents hold it: finite, a plain decimal of at most 12 digits. */
export function recorded(value: number): number {
  const within = Math.min(LARGEST, Math.max(-LARGEST, value));
  const rounded = Number(within.toPrecision(DIGITS));
  return Math.abs(rounded) < 1 / LARGEST ? 0 : rounded;
}

/**
 * Returns text from outside as one line that every document can hold. Attack: an answer of the metrics server with control
 * or bidi characters in it, which no document may hold, would keep a rollback from being written down.
 */
export function recordedLine(text: string, most: number): string {
  const line = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return line.length > most
    ? `${Array.from(line)
        .slice(0, most / 2)
        .join('')}…`
    : line;
}
