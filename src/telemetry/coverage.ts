/** The instants at which something was looked for, and whether anything was there. */
export interface Coverage {
  /** Epoch milliseconds, ascending, one tick apart. */
  readonly ticks: readonly number[];
  readonly isMeasured: (index: number) => boolean;
  readonly everyMs: number;
  readonly staleAfterMs: number;
  readonly until: Date;
}

/** More ticks than this without a measurement are a gap. */
const GAP_TICKS = 3;
/** A gap longer ago than this no longer stands against what was measured since. */
const GAP_COUNTS_MS = 15 * 60_000;
/** Below this share of ticks, nothing that was measured speaks for the step. */
const LEAST_SHARE = 0.5;
/** Fewer ticks than this say nothing about the share. */
const ENOUGH_TICKS = 6;

/** Returns why measurements at these ticks are not to be trusted, or undefined when they are. */
export function coverageTrouble(coverage: Coverage): string | undefined {
  const { ticks, isMeasured, until, staleAfterMs } = coverage;
  if (ticks.length === 0) return 'empty: the step has not lasted a tick yet';
  const measured = ticks.filter((_, index) => isMeasured(index));
  const last = measured.at(-1);
  if (last === undefined) return 'empty: nothing was measured';
  if (until.getTime() - last > staleAfterMs) return `stale: nothing was measured since ${instant(last)}`;
  return gapIn(measured, coverage) ?? tooFew(measured.length, ticks.length);
}

function gapIn(measured: readonly number[], { everyMs, until }: Coverage): string | undefined {
  const after = measured.findIndex((at, index) => {
    const before = measured[index - 1];
    return before !== undefined && at - before > GAP_TICKS * everyMs && until.getTime() - at < GAP_COUNTS_MS;
  });
  const [from, to] = [measured[after - 1], measured[after]];
  if (from === undefined || to === undefined) return undefined;
  return `partial: nothing was measured between ${instant(from)} and ${instant(to)}`;
}

function tooFew(measured: number, all: number): string | undefined {
  if (all < ENOUGH_TICKS || measured >= LEAST_SHARE * all) return undefined;
  return `partial: measured at ${String(measured)} of ${String(all)} ticks`;
}

function instant(at: number): string {
  return new Date(at).toISOString().replace(/\.000Z$/, 'Z');
}

/** Returns the ticks of a step: the first ends one interval after its beginning, the last at or before `until`. */
export function ticksOf(since: Date, until: Date, everyMs: number): readonly number[] {
  const count = Math.max(0, Math.floor((until.getTime() - since.getTime()) / everyMs));
  return Array.from({ length: count }, (_, index) => since.getTime() + (index + 1) * everyMs);
}
