import { describe, expect, it } from 'vitest';
import { incompleteBeta, logBeta, logIncompleteBeta } from '../../src/measure/beta-function.ts';
import { normalQuantile, normalTail, studentTail } from '../../src/measure/normal-distribution.ts';

describe('the incomplete beta function', () => {
  // I_x(1, b) = 1 − (1 − x)^b, I_x(a, 1) = x^a and I_½(a, a) = ½ are closed forms.
  it.each([
    [0.3, 1, 7, 1 - 0.7 ** 7],
    [0.3, 7, 1, 0.3 ** 7],
    [0.5, 12.5, 12.5, 0.5],
    [0, 3, 4, 0],
    [1, 3, 4, 1],
    // P(at least 3 of 10 hits at a rate of 0.2), summed by hand.
    [0.2, 3, 8, 0.3222004736],
  ])('at %d with %d and %d', (x, a, b, expected) => {
    expect(incompleteBeta(x, a, b)).toBeCloseTo(expected, 10);
  });

  it('is exact as a logarithm where it is next to nothing', () => {
    expect(logIncompleteBeta(0.001, 400, 1)).toBeCloseTo(400 * Math.log(0.001), 8);
    expect(logIncompleteBeta(1e-9, 1, 2)).toBeCloseTo(Math.log(2e-9), 6);
  });

  it('adds up to one from both sides, also for millions of events', () => {
    const both = incompleteBeta(0.0501, 50_000, 950_000) + incompleteBeta(0.9499, 950_000, 50_000);
    expect(both).toBeCloseTo(1, 9);
  });

  it('has the beta function at its root', () => {
    expect(logBeta(3, 4)).toBeCloseTo(Math.log(1 / 60), 12);
  });
});

describe('the normal distribution', () => {
  it.each([
    [0.5, 0],
    [0.025, 1.959963984540054],
    [0.2, 0.8416212335729143],
    [0.975, -1.959963984540054],
    [1e-9, 5.997807015007686],
  ])('passes its quantile with probability %d', (tail, z) => {
    expect(normalQuantile(tail)).toBeCloseTo(z, 9);
    expect(normalTail(z)).toBeCloseTo(tail, 12);
  });

  it('is what Student’s comes to with many degrees', () => {
    expect(studentTail(2.0930240544, 19)).toBeCloseTo(0.025, 9);
    expect(studentTail(-2.0930240544, 19)).toBeCloseTo(0.975, 9);
    expect(studentTail(1.96, 1e7)).toBeCloseTo(normalTail(1.96), 6);
  });
});
