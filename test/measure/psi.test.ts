import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  binLabels,
  binningAtDeciles,
  countRuns,
  countSorted,
  decileBinning,
  evidentlyBinning,
  type Binning,
} from '../../src/measure/binning.ts';
import { psi, psiNoise } from '../../src/measure/psi.ts';
import { runsOf } from '../../src/measure/runs.ts';
import { expectNear, golden, reasonOf, sorted, valueOf, type Recipe } from './columns.ts';

interface Case {
  readonly reference: Recipe;
  readonly current: Recipe;
  readonly missing: readonly [number, number];
  readonly edges: readonly number[];
  readonly counts: readonly [readonly number[], readonly number[]];
  readonly psi: number;
}

const told = ({ reference, current }: Case) =>
  `${reference.n} ${reference.shape} and ${current.n} of seed ${current.seed}`;
const titled = (each: Case) => [told(each), each] as const;

describe('PSI at the deciles of the reference', () => {
  it.each((golden('psi') as Case[]).map(titled))('is the formula in numpy for %s', (_, given) => {
    const [reference, current] = [sorted(given.reference), sorted(given.current)];
    const binning = valueOf(decileBinning(reference));
    expect(binning.edges).toEqual(given.edges);
    const before = countSorted(binning, reference, given.missing[0]);
    const after = countSorted(binning, current, given.missing[1]);
    expect([Array.from(before), Array.from(after)]).toEqual(given.counts);
    expect(countRuns(binning, runsOf(reference), given.missing[0])).toEqual(before);
    expectNear(valueOf(psi(before, after)).value, given.psi, 1e-12);
  });

  it('sees a constant column fall, rise and vanish', () => {
    const constant = new Float64Array(300).fill(5);
    const binning = valueOf(decileBinning(constant));
    const before = countSorted(binning, constant, 0);
    const moved = (to: number) => valueOf(psi(before, countSorted(binning, new Float64Array(300).fill(to), 0))).value;
    expect(moved(5)).toBe(0);
    expect(moved(4.999)).toBeGreaterThan(5);
    expect(moved(5.001)).toBeGreaterThan(5);
    expect(valueOf(psi(before, countSorted(binning, new Float64Array(0), 300))).value).toBeGreaterThan(5);
  });

  it('puts infinities into the end bins', () => {
    const column = Float64Array.of(-Infinity, -Infinity, 1, 2, 3, 4, 5, 6, 7, 8, Infinity, Infinity);
    const binning = valueOf(decileBinning(column));
    expect(binning.edges.every(Number.isFinite)).toBe(true);
    const counts = countSorted(binning, column, 0);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(12);
    expect(counts[0]).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['empty', []],
    ['all NaN', [NaN, NaN]],
  ])('is inconclusive where the reference is %s', (_, values) => {
    expect(reasonOf(decileBinning(Float64Array.from(values)))).toContain('reference');
  });

  it.each([
    [[0, 0], [1, 2], 'the reference side has no rows'],
    [[1, 2], [0, 0], 'the current side has no rows'],
    [[1, NaN], [1, 2], 'the counts are no numbers'],
  ])('is inconclusive for the counts %j and %j', (before, after, reason) => {
    expect(reasonOf(psi(before, after))).toBe(reason);
  });

  it('takes counts of different bins for a bug', () => {
    expect(() => psi([1], [1, 2])).toThrow('same bins');
  });
});

describe('PSI as evidently bins', () => {
  it.each((golden('evidently') as Case[]).map(titled))('is the formula in numpy for %s', (_, given) => {
    const [reference, current] = [sorted(given.reference), sorted(given.current)];
    const binning = valueOf(
      evidentlyBinning({
        minimum: Math.min(reference[0]!, current[0]!),
        maximum: Math.max(reference.at(-1)!, current.at(-1)!),
        rows: reference.length + current.length,
      }),
    );
    expect(binning.edges).toEqual(given.edges.slice(1, -1));
    const [before, after] = [countSorted(binning, reference, 9), countSorted(binning, current, 9)];
    expect([Array.from(before), Array.from(after)]).toEqual(given.counts);
    expect(countRuns(binning, runsOf(current), 9)).toEqual(after);
    expectNear(valueOf(psi(before, after, 'evidently')).value, given.psi, 1e-12);
  });

  it('replaces an empty bin by a millionth of the smallest share where that is small already', () => {
    const found = valueOf(psi([99_999, 1, 0], [50_000, 25_000, 25_000], 'evidently'));
    const wanted = [
      [0.99999, 0.5],
      [0.00001, 0.25],
      [0.00001 / 1e6, 0.25],
    ].reduce((sum, [p, q]) => sum + (q! - p!) * Math.log(q! / p!), 0);
    expectNear(found.value, wanted, 1e-12);
  });

  it.each([
    [{ minimum: 0, maximum: 0, rows: 0 }, 'neither column has values'],
    [{ minimum: 0, maximum: Infinity, rows: 9 }, 'infinite'],
  ])('is inconclusive for %j', (facts, reason) => {
    expect(reasonOf(evidentlyBinning(facts))).toContain(reason);
  });

  it('makes one bin of a constant', () => {
    expect(valueOf(evidentlyBinning({ minimum: 3, maximum: 3, rows: 9 })).edges).toEqual([]);
  });
});

describe('the noise of PSI', () => {
  it.each([
    [500, 0.087],
    [1_000, 0.043],
    [5_000, 0.0087],
  ])('at %d rows a side and ten bins is %d', (rows, noise) => {
    expectNear(psiNoise({ bins: 10, n: rows, m: rows }), noise, 0.0005);
  });

  it('passes 0.2 below 217 rows a side', () => {
    expect(psiNoise({ bins: 10, n: 216, m: 216 })).toBeGreaterThan(0.2);
    expect(psiNoise({ bins: 10, n: 217, m: 217 })).toBeLessThan(0.2);
  });

  it('is nothing in one bin', () => {
    expect(psiNoise({ bins: 1, n: 3, m: 3 })).toBe(0);
  });
});

describe('the words for bins', () => {
  const binning: Binning = { edges: [1, 2.5], closed: 'right', missing: 'own-bin', zeros: 'floor' };

  it.each([
    [binning, ['≤ 1', '> 1, ≤ 2.5', '> 2.5', 'missing']],
    [{ ...binning, closed: 'left', missing: 'left-out' } as const, ['< 1', '≥ 1, < 2.5', '≥ 2.5']],
    [{ ...binning, edges: [] }, ['any', 'missing']],
  ])('of %j are %j', (given, labels) => {
    expect(binLabels(given)).toEqual(labels);
  });
});

const counts = fc.array(fc.tuple(fc.nat(500), fc.nat(500)), { minLength: 1, maxLength: 12 });
const filled = counts.filter((rows) => rows.some(([a]) => a > 0) && rows.some(([, b]) => b > 0));
const values = fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 60 });

describe('by law, PSI', () => {
  it('is never below 0, and the same with the sides swapped', () => {
    fc.assert(
      fc.property(filled, (rows) => {
        const [before, after] = [rows.map(([a]) => a), rows.map(([, b]) => b)];
        const there = valueOf(psi(before, after)).value;
        expect(there).toBeGreaterThanOrEqual(0);
        expectNear(valueOf(psi(after, before)).value, there, 1e-13);
      }),
    );
  });

  it('counts each value in the bin that an SQL sum over the edges names', () => {
    fc.assert(
      fc.property(values, values, fc.constantFrom('left', 'right'), (reference, current, closed) => {
        const ascending = Float64Array.from(reference).sort();
        const binning: Binning = { ...valueOf(decileBinning(ascending)), closed };
        const counted = new Float64Array(binning.edges.length + 2);
        for (const value of current) {
          counted[binning.edges.filter((edge) => (closed === 'right' ? value > edge : value >= edge)).length]! += 1;
        }
        const column = Float64Array.from(current).sort();
        expect(countSorted(binning, column, 0)).toEqual(counted);
        expect(countRuns(binning, runsOf(column), 0)).toEqual(counted);
      }),
    );
  });

  it('takes deciles that were computed elsewhere for those of the column', () => {
    fc.assert(
      fc.property(values, (reference) => {
        const ascending = Float64Array.from(reference).sort();
        const { edges } = valueOf(decileBinning(ascending));
        const inner = edges.filter((edge) => edge >= ascending[0]!);
        expect(binningAtDeciles({ deciles: [...inner, ...inner], minimum: ascending[0]! }).edges).toEqual(edges);
      }),
    );
  });
});
