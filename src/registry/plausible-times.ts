/**
 * Returns the times of commits, oldest first, as they must have been: never falling. The most commits whose clocks agree
 * with each other are believed; any other gets the time of the one before it (or after it, where none is), because it was
 * made in between. So one machine with a wrong clock moves neither what was before its commit nor what came after.
 */
export function plausibleTimes(times: readonly number[]): readonly number[] {
  const believed = longestRising(times);
  let last = times[times.findIndex((_, index) => believed.has(index))] ?? 0;
  return times.map((time, index) => {
    if (believed.has(index)) last = time;
    return last;
  });
}

/** Indexes of a longest subsequence that never falls; patience sorting (Fredman, 1975). */
function longestRising(times: readonly number[]): ReadonlySet<number> {
  const tops: number[] = [];
  const before: (number | undefined)[] = [];
  times.forEach((time, index) => {
    const pile = firstAbove(tops, times, time);
    before[index] = tops[pile - 1];
    tops[pile] = index;
  });
  const chosen = new Set<number>();
  for (let index = tops.at(-1); index !== undefined; index = before[index]) chosen.add(index);
  return chosen;
}

function firstAbove(tops: readonly number[], times: readonly number[], time: number): number {
  let [low, high] = [0, tops.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[tops[middle] ?? 0] ?? 0) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}
