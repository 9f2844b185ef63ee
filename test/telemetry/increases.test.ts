import { describe, expect, it } from 'vitest';
import { bucketsOf, countsBetween, placeOfEnd, quantileOf } from '../../src/telemetry/prometheus/buckets.ts';
import { addUp, increasesOf } from '../../src/telemetry/prometheus/increases.ts';
import type { RangeSeries } from '../../src/telemetry/prometheus/series.ts';

const _ = Number.NaN;

function series(values: readonly number[], labels: Readonly<Record<string, string>> = {}): RangeSeries {
  return { labels, values: Float64Array.from(values), odd: [] };
}

/** The first two instants lie before the step, the third is its beginning. */
const ORIGIN = 2;

describe('the increases of a counter', () => {
  it.each<[string, readonly number[], readonly number[]]>([
    ['are the differences since the beginning', [1, 2, 3, 5, 5, 9], [_, _, _, 2, 0, 4]],
    ['begin at zero again where it falls', [1, 2, 30, 31, 4, 6], [_, _, _, 1, 4, 2]],
    ['are all of what a new one says', [_, _, _, 7, 9, 9], [_, _, _, 7, 2, 0]],
    ['leave out what one grew while it was not seen at the beginning', [1, 2, _, 700, 701, 703], [_, _, _, 0, 1, 2]],
    ['are told at once after a gap', [1, 2, 3, _, _, 9], [_, _, _, _, _, 6]],
    ['are those of the new life after a gap', [1, 2, 3, _, _, 2], [_, _, _, _, _, 2]],
  ])('%s', (_title, values, expected) => {
    expect([...increasesOf([series(values)], ORIGIN)[0]!]).toEqual(expected);
  });

  it('begin again for all buckets of a pod when one of them falls', () => {
    const group = [series([0, 0, 5, 7, 8], { le: '1' }), series([0, 0, 100, 10, 12], { le: '+Inf' })];
    // The bucket rose from 5 to 7, but its pod began again: seven of the ten are new.
    expect(increasesOf(group, ORIGIN).map((each) => [...each].slice(3))).toEqual([
      [7, 1],
      [10, 2],
    ]);
  });

  it('of pods that come and go add up', () => {
    const { amounts, isMeasured } = addUp(
      [[series([1, 1, 1, 3, _, _])], [series([_, _, _, _, 4, _])]],
      { startMs: 0, stepMs: 1000, count: 6 },
      ORIGIN,
    );
    expect([...amounts]).toEqual([0, 0, 0, 2, 4, 0]);
    expect([3, 4, 5].map(isMeasured)).toEqual([true, true, false]);
  });
});

describe('buckets', () => {
  const grid = { startMs: 0, stepMs: 1000, count: 5 };
  const pod = (name: string, ends: readonly string[]) =>
    ends.map((le, index) => series([0, 0, 0, index + 1, 2 * (index + 1)], { le, pod: name }));

  it('of several pods are added up, whichever way their ends are spelt', () => {
    const buckets = bucketsOf([...pod('a', ['0.1', '+Inf']), ...pod('b', ['0.10', '+Inf'])], grid, ORIGIN);
    expect(buckets.ends).toEqual([0.1, Infinity]);
    expect(countsBetween(buckets, 3, 4)).toEqual([4, 8]);
  });

  it.each([
    ['lack the one of all events', pod('a', ['0.1', '1']), /\+Inf/],
    ['differ from pod to pod', [...pod('a', ['0.1', '+Inf']), ...pod('b', ['0.2', '+Inf'])], /different buckets/],
    ['have no end', [series([0, 0, 0, 0, 0])], /lack le/],
  ])('are refused when they %s', (_title, of, message) => {
    expect(() => bucketsOf(of, grid, ORIGIN)).toThrow(message);
  });

  it.each<[number, readonly number[], number | undefined]>([
    [0.5, [10, 10, 10], 0.05],
    [0.95, [0, 100, 100], 0.1 + 0.4 * 0.95],
    [0.95, [90, 90, 100], 0.5],
    [0.5, [0, 0, 0], undefined],
    [0.5, [0, 0, 4], 0.5],
  ])('have the quantile %d of %j at %d', (quantile, counts, expected) => {
    const found = quantileOf(quantile, [0.1, 0.5, Infinity], counts);
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toBeCloseTo(expected, 12);
  });

  it('end at a bound also where the product of two decimals is not quite one', () => {
    expect(placeOfEnd([0.07 * 1000, 80, Infinity], 70)).toBe(0);
    expect(placeOfEnd([0.07 * 1000, 80, Infinity], 75)).toBeUndefined();
  });
});
