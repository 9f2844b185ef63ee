import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideIntoLayers, layoutOf } from '../../../src/artifacts/oci/layout.ts';

const MIB = 1024 * 1024;
const files = (...sizes: number[]) =>
  sizes.map((size, index) => ({ path: `f${String(index).padStart(6, '0')}`, size }));

describe('the division of files into layers', () => {
  it.each([
    ['small files share a layer', files(1, 2, 3), [[0, 2]]],
    [
      'a large file has its own',
      files(1, 8 * MIB, 3),
      [
        [0, 0],
        [1, 1],
        [2, 2],
      ],
    ],
    [
      'a shared layer ends before it has more than 64 MiB',
      files(...Array<number>(20).fill(7 * MIB)),
      [
        [0, 8],
        [9, 17],
        [18, 19],
      ],
    ],
    ['an empty file has a layer', files(0), [[0, 0]]],
  ])('%s', (_what, given, ranges) => {
    expect(divideIntoLayers(given).map(({ first, last }) => [first, last])).toEqual(ranges);
  });

  it('makes no more than 99 layers of any files, none left out, none twice', () => {
    const size = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 2 ** 40 }));
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 400 }), (sizes) => {
        const given = files(...sizes);
        const ranges = divideIntoLayers(given);
        const layout = layoutOf(given, ranges);
        expect(ranges.length).toBeLessThanOrEqual(99);
        expect(layout?.layers).toHaveLength(ranges.length);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [
      'a file is left out',
      [
        { first: 0, last: 0 },
        { first: 2, last: 2 },
      ],
    ],
    [
      'a file is named twice',
      [
        { first: 0, last: 1 },
        { first: 1, last: 2 },
      ],
    ],
    ['the last is missing', [{ first: 0, last: 1 }]],
    ['there is one too many', [{ first: 0, last: 3 }]],
    [
      'a range is backwards',
      [
        { first: 0, last: 2 },
        { first: 3, last: 1 },
      ],
    ],
  ])('is none when %s', (_what, ranges) => {
    expect(layoutOf(files(1, 2, 3), ranges)).toBeUndefined();
  });
});
