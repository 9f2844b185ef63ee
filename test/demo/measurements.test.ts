import { describe, expect, it } from 'vitest';
import { areaUnderCurve, kolmogorovSmirnov, logLoss, percentile95, stabilityIndex } from './measurements.ts';

const ROWS = [0.1, 0.4, 0.4, 0.4, 0.7, 0.7, 0.9].map((score, index) => ({ score, truth: index % 3 !== 0 }));
const COUNT = Array.from({ length: 100 }, (_, index) => index);

describe('the measures of the demo', () => {
  it('count for AUC the pairs that are in order, ties by half', () => {
    const [truths, lies] = [true, false].map((truth) => ROWS.filter((row) => row.truth === truth));
    const pairs = truths!.flatMap((a) => lies!.map((b) => (a.score === b.score ? 0.5 : Number(a.score > b.score))));
    const share = pairs.reduce((sum, pair) => sum + pair, 0) / pairs.length;
    expect(areaUnderCurve(ROWS)).toBeCloseTo(share, 12);
  });

  it('charge the logarithm of two for an even guess', () => {
    expect(logLoss([{ score: 0.5, truth: true }])).toBeCloseTo(Math.LN2, 12);
  });

  it('see no drift between equal samples, and much between shifted ones', () => {
    expect(stabilityIndex(COUNT, COUNT)).toBeCloseTo(0, 12);
    expect(kolmogorovSmirnov(COUNT, COUNT)).toEqual({ statistic: 0, pValue: 1 });
    const shifted = COUNT.map((value) => value + 50);
    expect(stabilityIndex(COUNT, shifted)).toBeGreaterThan(0.2);
    expect(kolmogorovSmirnov(COUNT, shifted).statistic).toBeCloseTo(0.5, 12);
    expect(kolmogorovSmirnov(COUNT, shifted).pValue).toBeLessThan(0.001);
  });

  it('take for the 95th percentile a value that 95 of 100 do not exceed', () => {
    expect(percentile95(COUNT)).toBe(94);
  });
});
