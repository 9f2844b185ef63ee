import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MregError } from '../../src/documents/error.ts';
import { readYaml } from '../../src/documents/strict-yaml.ts';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import { sayable } from './sayable.ts';

function readBack(value: unknown): unknown {
  const reading = readYaml(new TextEncoder().encode(writeYaml(value)), 'file.yaml');
  return reading.ok ? reading.value : reading.refusals;
}

describe('writeYaml', () => {
  it('writes keys in their order, two spaces a level, one line feed at the end', () => {
    const value = { kind: 'Stage', spec: { b: 1, a: [], c: {}, list: [{ x: 1, y: [2, [3]] }, 'text'] }, end: true };
    expect(writeYaml(value)).toBe(
      [
        'kind: Stage',
        'spec:',
        '  b: 1',
        '  a: []',
        '  c: {}',
        '  list:',
        '    - x: 1',
        '      "y":',
        '        - 2',
        '        - - 3',
        '    - text',
        'end: true',
        '',
      ].join('\n'),
    );
  });

  it('writes a comment first', () => {
    expect(writeYaml({ a: 1 }, { comment: '+argocd:skip-file-rendering\nsecond' })).toBe(
      '# +argocd:skip-file-rendering\n# second\na: 1\n',
    );
  });

  it('leaves undefined properties out', () => {
    expect(writeYaml({ a: undefined, b: { c: undefined } })).toBe('b: {}\n');
  });

  it.each<[unknown, string]>([
    ['alice@acme.example', 'alice@acme.example'],
    ['minDelta 0.02', 'minDelta 0.02'],
    ['yes', '"yes"'],
    ['', '""'],
    ['010', '"010"'],
    ['30m', '"30m"'],
    ['sha256:ab', '"sha256:ab"'],
    ['null', '"null"'],
    [' a', '" a"'],
    ['a ', '"a "'],
    ['a\nb', '"a\\nb"'],
    ['a"\\b', '"a\\"\\\\b"'],
    ['\u001b[31m', '"\\u001b[31m"'],
    ['\u0085\u2028\u202e\ufeff', '"\\u0085\\u2028\\u202e\\ufeff"'],
    ['\u{e0001}', '"\\U000e0001"'],
    ['é 数 😀', '"é 数 😀"'],
    [1e-7, '0.0000001'],
    [-0, '0'],
    [0.1, '0.1'],
    [9007199254740991, '9007199254740991'],
    [null, 'null'],
    [false, 'false'],
  ])('writes %j as %s', (value, text) => {
    expect(writeYaml({ a: value })).toBe(`a: ${text}\n`);
  });

  it.each<[string, unknown]>([
    ['NaN', NaN],
    ['an infinite number', -Infinity],
    ['an integer beyond 2^53', 2 ** 53],
    ['a bigint', 1n],
    ['a date', new Date(0)],
    ['a Map', new Map()],
    ['a function', (): number => 1],
    ['undefined in a list', [undefined]],
    ['a hole in a list', new Array(1)],
    ['half of a surrogate pair', '\ud83d'],
    ['half of a surrogate pair as key', { '\ud83d': 1 }],
    ['the key __proto__', JSON.parse('{"__proto__": 1}')],
    ['the key constructor', { constructor: 1 }],
    ['the merge key', { '<<': 1 }],
    ['1,001 values', Array.from({ length: 1_001 }, () => 1)],
    ['a text of 64 KiB', 'x'.repeat(64 * 1024)],
    ['21 levels', Array.from({ length: 21 }).reduce<unknown>((inner) => [inner], 1)],
    ['a circle', circle()],
  ])('refuses to write %s', (_, value) => {
    expect(() => writeYaml({ a: value })).toThrow(MregError);
  });

  it('refuses a comment that would not stay one', () => {
    expect(() => writeYaml({ a: 1 }, { comment: 'x\u2028b: 2' })).toThrow(MregError);
  });

  it('tells what cannot be said', () => {
    expect(() => writeYaml({ a: NaN })).toThrow('expected a finite number within ±(2^53-1), found NaN');
  });
});

function circle(): object {
  const value: { self?: object } = {};
  value.self = value;
  return value;
}

describe('readYaml undoes writeYaml', () => {
  it('for any value that can be said', () => {
    fc.assert(
      fc.property(sayable, (said) => {
        expect(readBack(said)).toEqual(said);
        expect(writeYaml(readBack(said))).toBe(writeYaml(said));
      }),
      { numRuns: 300 },
    );
  });

  it('also for the smallest double', () => {
    expect(readBack([Number.MIN_VALUE, -Number.MIN_VALUE])).toEqual([Number.MIN_VALUE, -Number.MIN_VALUE]);
  });
});
