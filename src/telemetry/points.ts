import type { CountPoint, MomentPoint, Series, ValuePoint } from '../rollout/observation.ts';

/** Events by tick; `n` is undefined where nothing was measured. */
interface Rate {
  readonly n: (tick: number) => number | undefined;
  readonly hits: (tick: number) => number;
}

/** Counts of some ticks, and why they cannot be. */
export interface Counts {
  readonly points: readonly CountPoint[];
  readonly trouble: string | undefined;
}

/**
 * Returns counts by tick. A program counts an event here and its outcome there, and is asked in between: hits that are
 * ahead of their events wait for them in the next tick. What never meets its events counts other events.
 */
export function asCounts(ticks: readonly number[], { n, hits }: Rate): Counts {
  let ahead = 0;
  const points = ticks.flatMap((at, tick): readonly CountPoint[] => {
    ahead += hits(tick);
    const events = n(tick);
    if (events === undefined) return [];
    const counted = Math.min(ahead, events);
    ahead -= counted;
    return [{ at, n: Math.round(events), hits: Math.min(Math.round(events), Math.round(counted)) }];
  });
  const all = points.reduce((sum, point) => sum + point.n, 0);
  const isMore = ahead >= 1 && ahead > all / 100;
  return { points, trouble: isMore ? 'more hits than events: hits and count are not of the same events' : undefined };
}

/** Sums by tick; `n` is undefined where nothing was measured, `squares` where nobody counts them. */
interface Sums {
  readonly n: (tick: number) => number | undefined;
  readonly sum: (tick: number) => number;
  readonly squares: ((tick: number) => number) | undefined;
}

/** Returns moments by tick, or means where there are no squares. */
export function asMoments(ticks: readonly number[], { n, sum, squares }: Sums): Series {
  if (squares === undefined) {
    const points = ticks.flatMap((at, tick): readonly ValuePoint[] => {
      const events = n(tick) ?? 0;
      return events > 0 ? [{ at, value: sum(tick) / events }] : [];
    });
    return { kind: 'value', points };
  }
  const points = ticks.flatMap((at, tick): readonly MomentPoint[] => {
    const events = n(tick);
    return events === undefined ? [] : [{ at, n: Math.round(events), sum: sum(tick), squares: squares(tick) }];
  });
  return { kind: 'moments', points };
}
