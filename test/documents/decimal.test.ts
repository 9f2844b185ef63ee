import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  add,
  compareDecimals,
  comparePercentDelta,
  decimal,
  formatDecimal,
  multiply,
  parseDecimal,
  percentOf,
  subtract,
} from '../../src/documents/decimal.ts';

describe('decimals', () => {
  it('are what people wrote, not what doubles hold', () => {
    expect(formatDecimal(subtract(0.57, 0.55))).toBe('0.02');
    expect(compareDecimals(subtract(0.57, 0.55), 0.02)).toBe(0);
    expect(formatDecimal(add(0.1, 0.2))).toBe('0.3');
    expect(formatDecimal(multiply(0.07, 100))).toBe('7');
    expect(formatDecimal(percentOf(0.9, 10))).toBe('0.09');
  });

  it.each<[number, string]>([
    [1e-7, '0.0000001'],
    [1e21, '1000000000000000000000'],
    [-0, '0'],
    [1.1, '1.1'],
    [-2.5e-3, '-0.0025'],
    [100, '100'],
  ])('format %j as %s', (value, text) => {
    expect(formatDecimal(value)).toBe(text);
  });

  it.each<[string, number | undefined]>([
    ['0.55', 0.55],
    ['1.10', 1.1],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', undefined],
    ['0.10000000000000000555', undefined],
    [`0.${'0'.repeat(400)}1`, undefined],
  ])('parse %s to %j', (text, value) => {
    expect(parseDecimal(text)).toBe(value);
  });

  it('survive the way through text', () => {
    const double = fc.double({ noNaN: true, min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(double, (value) => {
        expect(parseDecimal(formatDecimal(value))).toBe(Object.is(value, -0) ? 0 : value);
      }),
    );
  });
});

describe('percent deltas', () => {
  it.each<[number, number, number, -1 | 0 | 1]>([
    [0.99, 0.9, 10, 0],
    [0.9899999, 0.9, 10, -1],
    [0.9900001, 0.9, 10, 1],
    [33, 30, 10, 0],
    [-0.9, -1, 10, 0],
    [1.1, 3, -10, -1],
    [0, 0, 5, 0],
    [0.1, 0, 5, 1],
    [1 / 3, 1 / 3, 0, 0],
  ])('of %j over %j against %j%% are compared exactly: %j', (a, b, percent, expected) => {
    expect(comparePercentDelta(a, b, percent)).toBe(expected);
  });

  it('agree with the definition times 100', () => {
    const number = fc.integer({ min: -1_000, max: 1_000 }).map((value) => value / 100);
    fc.assert(
      fc.property(number, number, number, (a, b, percent) => {
        const left = subtract(a, b).times(100);
        expect(comparePercentDelta(a, b, percent)).toBe(compareDecimals(left, multiply(percent, decimal(b).abs())));
      }),
    );
  });
});
