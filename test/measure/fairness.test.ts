import { describe, expect, it } from 'vitest';
import { fairnessOf, type SegmentCounts } from '../../src/measure/fairness.ts';
import { expectNear, golden, reasonOf, uniform, valueOf } from './columns.ts';

interface Case {
  readonly seed: number;
  readonly n: number;
  readonly segments: number;
  readonly rates: { readonly tpr: number[]; readonly fpr: number[]; readonly selected: number[] };
  readonly equalOpportunity: number;
  readonly equalisedOdds: number;
  readonly demographicParity: number;
}

function counted({ seed, n, segments }: Case): SegmentCounts[] {
  const [score, draw, place] = [0, 1, 2].map((next) => uniform(seed + next, n)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  return Array.from({ length: segments }, (_, segment) => {
    const count = (positive: boolean, selected: boolean) =>
      score.filter(
        (s, row) =>
          Math.floor(place[row]! * segments) === segment && draw[row]! < s * s === positive && s >= 0.5 === selected,
      ).length;
    return {
      name: String(segment),
      truePositives: count(true, true),
      falsePositives: count(false, true),
      falseNegatives: count(true, false),
      trueNegatives: count(false, false),
    };
  });
}

const segment = (name: string, truePositives: number, falsePositives: number, falseNegatives: number, trueNegatives: number) =>
  ({ name, truePositives, falsePositives, falseNegatives, trueNegatives }); // prettier-ignore

describe('fairness', () => {
  it.each(golden('fairness') as Case[])('of $n rows in $segments segments agrees with scikit-learn', (given) => {
    const found = fairnessOf(counted(given));
    for (const [index, each] of found.segments.entries()) {
      expectNear(valueOf(each.truePositiveRate), given.rates.tpr[index]!, 1e-15);
      expectNear(valueOf(each.falsePositiveRate), given.rates.fpr[index]!, 1e-15);
      expectNear(valueOf(each.selectionRate), given.rates.selected[index]!, 1e-15);
    }
    for (const gap of ['equalOpportunity', 'equalisedOdds', 'demographicParity'] as const) {
      expectNear(valueOf(found[gap]).value, given[gap], 1e-15);
    }
  });

  it('names the segments with the highest and the lowest rate', () => {
    const found = fairnessOf([segment('a', 1, 0, 1, 2), segment('b', 3, 2, 1, 2), segment('c', 0, 0, 2, 2)]);
    expect(valueOf(found.equalOpportunity)).toEqual({ value: 0.75, highest: 'b', lowest: 'c' });
    expect(valueOf(found.falsePositives)).toEqual({ value: 0.5, highest: 'b', lowest: 'a' });
    expect(valueOf(found.equalisedOdds)).toEqual({ value: 0.75, highest: 'b', lowest: 'c' });
    expect(valueOf(found.demographicParity)).toEqual({ value: 0.625, highest: 'b', lowest: 'c' });
    expect(found.segments[1]).toMatchObject({ n: 8, positives: 4, negatives: 4, selected: 5 });
  });

  it('is inconclusive, never 0, where a segment has no positives', () => {
    const found = fairnessOf([segment('a', 1, 1, 1, 1), segment('b', 0, 1, 0, 1)]);
    expect(reasonOf(found.equalOpportunity)).toBe('segment b has no positives');
    expect(reasonOf(found.equalisedOdds)).toBe('segment b has no positives');
    expect(valueOf(found.falsePositives).value).toBe(0);
    expect(valueOf(found.demographicParity).value).toBe(0);
  });

  it('is inconclusive where a segment has no negatives', () => {
    const found = fairnessOf([segment('a', 1, 1, 1, 1), segment('b', 1, 0, 1, 0)]);
    expect(valueOf(found.equalOpportunity).value).toBe(0);
    expect(reasonOf(found.falsePositives)).toBe('segment b has no negatives');
    expect(reasonOf(found.equalisedOdds)).toBe('segment b has no negatives');
  });

  it('is inconclusive where a segment has no rows', () => {
    const found = fairnessOf([segment('a', 1, 1, 1, 1), segment('b', 0, 0, 0, 0)]);
    expect(reasonOf(found.demographicParity)).toBe('segment b has no rows');
  });

  it.each([[[]], [[segment('a', 1, 1, 1, 1)]]])('is inconclusive with fewer than two segments', (segments) => {
    const found = fairnessOf(segments);
    for (const gap of ['equalOpportunity', 'falsePositives', 'equalisedOdds', 'demographicParity'] as const) {
      expect(reasonOf(found[gap])).toContain(`there are ${segments.length}`);
    }
  });
});
