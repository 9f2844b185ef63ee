import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineDifference } from '../../src/report/line-difference.ts';

describe('the difference of two texts', () => {
  it.each([
    ['a\nb\n', 'a\nb\n', []],
    ['a\nb\nc\n', 'a\nc\n', ['- b']],
    ['a\nc\n', 'a\nb\nc\n', ['+ b']],
    ['a\nb\n', 'a\nx\n', ['- b', '+ x']],
    ['', 'a\n', ['- ', '+ a']],
  ])('of %j and %j is %j', (before, after, lines) => {
    expect(lineDifference(before, after)).toEqual(lines);
  });

  it('holds every line that is in one text more often than in the other', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const told = lineDifference(before, after);
        const removed = told.filter((line) => line.startsWith('- ')).length;
        const added = told.filter((line) => line.startsWith('+ ')).length;
        expect(before.split('\n').length - removed).toBe(after.split('\n').length - added);
        expect(told.length === 0).toBe(before === after);
      }),
    );
  });

  it('shows long texts whole rather than comparing each line with each', () => {
    const long = Array.from({ length: 500 }, (_, index) => `line ${String(index)}`).join('\n');
    expect(lineDifference(long, 'a')).toHaveLength(501);
  });
});
