import { ticksOf } from '../coverage.ts';
import type { Grid } from './series.ts';

/** The instants that a step is measured at, with some before it, by which a counter that existed is told from a new one. */
export interface StepGrid extends Grid {
  /** The place of the step's beginning. */
  readonly origin: number;
  /** Those after the beginning, as epoch milliseconds. */
  readonly ticks: readonly number[];
}

/** A scrape that fails for so long just as a step begins is rare; what is older need not be read again at every look. */
const LOOK_BACK_MS = 15 * 60_000;

/** Returns the instants of the step from `since` to `until`; always the same ones, however often one looks. */
export function stepGrid(since: Date, until: Date, everyMs: number): StepGrid {
  const origin = Math.ceil(LOOK_BACK_MS / everyMs);
  const ticks = ticksOf(since, until, everyMs);
  return {
    startMs: since.getTime() - origin * everyMs,
    stepMs: everyMs,
    count: origin + 1 + ticks.length,
    origin,
    ticks,
  };
}
