/** Anything that was read at an instant (epoch milliseconds). */
export interface Timed {
  readonly at: number;
}

/** A span of time, without its beginning, in epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Readings may be missed now and then; more than this many in a row, and nobody looked. */
const MOST_TICKS_APART = 3;

/** Returns the points inside a span. */
export function pointsIn<T extends Timed>(points: readonly T[], { from, to }: Span): readonly T[] {
  return points.filter(({ at }) => at > from && at <= to);
}

/** Tells whether the points tell of the whole span: at no time longer than three ticks without one. */
export function cover(points: readonly Timed[], { from, to }: Span, tick: number): boolean {
  const marks = [from, ...points.map(({ at }) => at), to];
  return marks.every((at, index) => at - (marks[index - 1] ?? at) <= MOST_TICKS_APART * tick);
}

/** Returns how far apart points usually lie, in milliseconds; undefined for fewer than two. */
export function usualGap(points: readonly Timed[]): number | undefined {
  const gaps = points.slice(1).map(({ at }, index) => at - (points[index]?.at ?? at));
  return gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)];
}
