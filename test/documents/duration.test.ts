import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/documents/duration.ts';

describe('durations', () => {
  it.each<[string, number]>([
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['2h', 7_200_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('parse %s to %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '30', 'm', '-1m', '1.5h', '30 m', '30M', '1w', '30m\n', '1h30m', '9999999s'])('refuse %j', (text) => {
    expect(() => parseDuration(text)).toThrow('expected a duration such as 30m');
  });

  it.each<[number, string]>([
    [0, '0s'],
    [90_000, '90s'],
    [120_000, '2m'],
    [86_400_000, '1d'],
  ])('format %d ms as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it('survive the way through text', () => {
    fc.assert(
      fc.property(fc.nat(999_999), (seconds) => {
        expect(parseDuration(formatDuration(seconds * 1_000))).toBe(seconds * 1_000);
      }),
    );
  });
});
