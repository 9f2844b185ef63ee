import { coverageTrouble } from '../coverage.ts';
import type { PrometheusClient } from './client.ts';
import type { RangeSeries } from './series.ts';
import { stepGrid, type StepGrid } from './step-grid.ts';

/** What one look at a server is about. */
export interface LookOptions {
  readonly since: Date;
  readonly until: Date;
  readonly everyMs: number;
  /** How old the newest measurement may be. */
  readonly staleAfterMs: number;
  readonly signal: AbortSignal;
}

/** Counters as they were read, all series of a selector. */
export interface CounterLook {
  readonly series: readonly RangeSeries[];
  /** Why they are not to be trusted as far as the server can tell: old, part of them missing, no numbers. */
  readonly trouble: string | undefined;
}

/** Reads what a server knows of one step. */
export interface Look {
  readonly grid: StepGrid;
  counters(selector: string): Promise<CounterLook>;
  /** Reads an expression at the ticks of the step; the places of its series count from the first tick. */
  expression(query: string): Promise<CounterLook>;
  /** Returns why what was measured at some of the ticks is not to be trusted; places count from the first tick. */
  coverage(isMeasured: (tick: number) => boolean): string | undefined;
}

/** Opens a look at a server. */
export function openLook(client: PrometheusClient, options: LookOptions): Look {
  const { since, until, everyMs, staleAfterMs, signal } = options;
  const grid = stepGrid(since, until, everyMs);
  const lastTicks = Math.max(0, grid.ticks.length - 3);
  return {
    grid,
    counters: async (selector) => {
      const [{ series, warnings }, newest] = await Promise.all([
        client.range(selector, grid, signal),
        // A server that scrapes nothing any more goes on telling the last value for five minutes, as if it were new.
        client.number(`max(timestamp(${selector}))`, until, signal),
      ]);
      const isOdd = series.some(({ odd }) => odd.some((index) => index >= grid.origin));
      const trouble =
        warned(warnings) ??
        (isOdd ? ODD : undefined) ??
        (series.length === 0 ? undefined : stale(newest, { until, staleAfterMs }));
      return { series, trouble };
    },
    expression: async (query) => {
      if (grid.ticks.length === 0) return { series: [], trouble: undefined };
      const ticks = { startMs: since.getTime() + everyMs, stepMs: everyMs, count: grid.ticks.length };
      const { series, warnings } = await client.range(query, ticks, signal);
      // Before the first request a rate is 0/0; that is no trouble once there is one.
      const isOdd = series.some(({ odd }) => odd.some((index) => index >= lastTicks));
      return { series, trouble: warned(warnings) ?? (isOdd ? ODD : undefined) };
    },
    coverage: (isMeasured) => coverageTrouble({ ticks: grid.ticks, isMeasured, everyMs, staleAfterMs, until }),
  };
}

const ODD = 'not a number: the server says NaN or infinity';

function warned(warnings: readonly string[]): string | undefined {
  return warnings.length === 0 ? undefined : `partial: ${warnings.join('; ')}`;
}

/** How far back a server looks for the last sample of a series, unless its flag query.lookback-delta says otherwise. */
const LOOK_BACK_MS = 5 * 60_000;

/** `newest` in seconds; absent where the server finds none any more. */
function stale(
  newest: number | undefined,
  { until, staleAfterMs }: { readonly until: Date; readonly staleAfterMs: number },
): string | undefined {
  if (newest === undefined) return staleAfterMs <= LOOK_BACK_MS ? 'stale: the series are there no more' : undefined;
  if (until.getTime() - newest * 1000 <= staleAfterMs) return undefined;
  return `stale: the newest sample is of ${new Date(newest * 1000).toISOString()}`;
}
