import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, type Digest } from '../../src/documents/digest.ts';
import { runsOf } from '../../src/measure/runs.ts';
import { subsampleOf, takeFromRuns, takeSorted } from '../../src/measure/subsample.ts';
import { golden } from './columns.ts';

interface Case {
  readonly inputs: Digest[];
  readonly label: string;
  readonly rows: number;
  readonly size: number;
  readonly chosen: number[];
}

describe('the subsample', () => {
  it.each(golden('sample') as Case[])('of $rows rows is what another program replays', ({ chosen, ...request }) => {
    expect(Array.from(subsampleOf(request))).toEqual(chosen);
  });

  it('is another for another input, order of inputs or label', () => {
    const [one, other] = [digestOf('one'), digestOf('other')];
    const samples = [
      { inputs: [one, other], label: 'a' },
      { inputs: [other, one], label: 'a' },
      { inputs: [one], label: 'a' },
      { inputs: [one, other], label: 'b' },
    ].map((request) => subsampleOf({ ...request, rows: 1_000_000, size: 5 }).join());
    expect(new Set(samples).size).toBe(4);
  });

  it('is 10,000 rows where nobody says otherwise', () => {
    expect(subsampleOf({ inputs: [digestOf('')], label: 'a', rows: 10_500 })).toHaveLength(10_000);
  });

  it('takes every row as often', () => {
    const times = new Float64Array(10);
    for (let label = 0; label < 2_000; label++) {
      for (const row of subsampleOf({ inputs: [digestOf('')], label: String(label), rows: 10, size: 3 })) times[row]!++;
    }
    // 600 expected, with a deviation of 20.
    expect(Math.min(...times)).toBeGreaterThan(520);
    expect(Math.max(...times)).toBeLessThan(680);
  });

  it.each([
    [{ inputs: [], label: 'a', rows: 1 }, 'seeded by digests'],
    [{ inputs: [digestOf('')], label: 'a\nb', rows: 1 }, 'one line'],
    [{ inputs: [digestOf('')], label: 'a', rows: NaN }, 'rows are counted'],
  ])('takes %j for a bug', (request, message) => {
    expect(() => subsampleOf(request)).toThrow(message);
  });

  it('is, by law, so many different rows in order, and the same of runs as of the column', () => {
    const sizes = [fc.nat(60), fc.nat(60)] as const;
    fc.assert(
      fc.property(...sizes, fc.string({ unit: 'grapheme-ascii' }), (rows, size, label) => {
        const chosen = subsampleOf({ inputs: [digestOf('x')], label, rows, size });
        expect(new Set(chosen).size).toBe(Math.min(rows, size));
        expect([...chosen].sort((a, b) => a - b)).toEqual([...chosen]);
        expect(chosen.every((row) => row >= 0 && row < rows)).toBe(true);
        const column = Float64Array.from({ length: rows }, (_, row) => Math.floor(row / 3));
        expect(takeFromRuns(runsOf(column), chosen)).toEqual(takeSorted(column, chosen));
      }),
    );
  });
});
