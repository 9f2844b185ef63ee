import type { IntervalRow } from '../interval-rows.ts';

/** What was read in earlier looks at one step, by what was asked. */
export interface Remembered {
  /** Adds a reading unless it is as old as the last one, and returns all of that question, oldest first. */
  add(question: string, reading: IntervalRow): readonly IntervalRow[];
}

/** A week of readings, one a minute. */
const MOST_READINGS = 10_080;
/** A thousand rollouts with a few metrics each; then the oldest questions are forgotten. */
const MOST_QUESTIONS = 10_000;

/** Returns a memory for the life of this process: a source that tells only the present has no other past. */
export function rememberReadings(): Remembered {
  const readings = new Map<string, IntervalRow[]>();
  return {
    add: (question, reading) => {
      const known = readings.get(question) ?? [];
      if (reading.at > (known.at(-1)?.at ?? -Infinity)) known.push(reading);
      if (known.length > MOST_READINGS) known.shift();
      readings.delete(question);
      readings.set(question, known);
      for (const oldest of readings.keys()) {
        if (readings.size <= MOST_QUESTIONS) break;
        readings.delete(oldest);
      }
      return [...known];
    },
  };
}

/**
 * Returns by how much counters grew between readings. The first only tells where the counting starts, unless it counts
 * from `origin` on; a counter that fell began again at zero.
 */
export function growthOf(
  readings: readonly IntervalRow[],
  origin: 'from zero' | 'from the first',
): readonly IntervalRow[] {
  return readings.flatMap(({ at, numbers }, index): readonly IntervalRow[] => {
    const before = readings[index - 1]?.numbers;
    if (before === undefined) return origin === 'from zero' ? [{ at, numbers }] : [];
    const hasBegunAgain = [...numbers].some(([name, value]) => value < (before.get(name) ?? 0));
    return [
      {
        at,
        numbers: hasBegunAgain
          ? numbers
          : new Map([...numbers].map(([name, value]) => [name, value - (before.get(name) ?? 0)])),
      },
    ];
  });
}
