import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plausibleTimes } from '../../src/registry/plausible-times.ts';

describe('the plausible times of commits', () => {
  it.each([
    ['keeps clocks that agree', [10, 20, 20, 30], [10, 20, 20, 30]],
    ['gives a commit of the past the time of the one before it', [10, 20, 1, 30], [10, 20, 20, 30]],
    ['gives a commit of the future the time of the one before it', [10, 99, 20, 30], [10, 10, 20, 30]],
    ['gives a first commit of the future the time of the one after it', [99, 10, 20], [10, 10, 20]],
    ['believes the many, wherever the few are', [90, 10, 91, 11, 12, 92, 13], [10, 10, 10, 11, 12, 12, 13]],
    ['knows nothing of no commits', [], []],
    ['believes a single one', [7], [7]],
  ])('%s', (_, times, expected) => {
    expect(plausibleTimes(times)).toEqual(expected);
  });

  it('never fall, and stay as they are where they never fell', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50)), (times) => {
        const found = plausibleTimes(times);
        const rising = [...found].sort((a, b) => a - b);
        const sorted = [...times].sort((a, b) => a - b);
        return found.join() === rising.join() && plausibleTimes(sorted).join() === sorted.join();
      }),
    );
  });

  it('are moved for no other commit by one wrong clock among many', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 5 }), fc.nat(), fc.integer(), (some, where, wrong) => {
        const times = [...new Set(some)].sort((a, b) => a - b);
        const at = where % times.length;
        const found = plausibleTimes(times.with(at, wrong));
        // With distinct times the true chain is the longest one; a wrong clock may at most join it.
        const others = found.filter((time, index) => index !== at && time !== times[index]);
        return others.length <= 1;
      }),
    );
  });
});
