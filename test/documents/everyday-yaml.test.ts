import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEverydayYaml } from '../../src/documents/everyday-yaml.ts';
import { SCHEMAS, type Kind } from '../../src/documents/kinds/index.ts';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import { sampleOf } from './samples.ts';
import { sayable } from './sayable.ts';
import { takesLawfully } from './yaml-law.ts';

/** How often each law is tried; `YAML_LAW_RUNS=1000000` for a night. */
const RUNS = Number(process.env['YAML_LAW_RUNS'] ?? 10_000);
/** The same texts in every run. */
const SETTINGS = { numRuns: RUNS, seed: 20_260_105 };

const REAL = [
  'mreg.yaml',
  ...['policies', 'registry', 'trust'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => path.join(folder, name)),
  ),
];
const KINDS = Object.keys(SCHEMAS) as readonly Kind[];

describe('the everyday reader takes', () => {
  it.each(REAL)('%s', (file) => {
    expect(takesLawfully(readFileSync(file, 'utf8'))).toBe(true);
  });

  it.each(KINDS)('a %s that mreg wrote', (kind) => {
    expect(takesLawfully(writeYaml(sampleOf(kind), { comment: 'by mreg' }))).toBe(true);
  });

  it('whatever mreg writes', () => {
    fc.assert(
      fc.property(sayable, (value) => takesLawfully(writeYaml(value))),
      { ...SETTINGS, numRuns: RUNS / 10 },
    );
  });

  it.each<[string, string, unknown]>([
    ['maps and lists in each other', 'a:\n  - 1\n  - b: x\n    c:\n      - - v\n        - w\nd: w\n', nested()],
    [
      'one-line lists and maps',
      '- {a: [x, {b: 1}], "c d": "e"}\n- []\n- {}\n',
      [{ a: ['x', { b: 1 }], 'c d': 'e' }, [], {}],
    ],
    ['spaces inside of brackets and braces', '[ a, { b: 1 }, [ ] ]\n', ['a', { b: 1 }, []]],
    [
      'comments and blank lines',
      '# a\n\na: # b\n    # c\n\n  b: 1   # d\n# e\n  c: "#" # f\n\n',
      { a: { b: 1, c: '#' } },
    ],
    ['escapes', '"\\"\\\\\\n\\t\\u00e9\\U0001f600"\n', '"\\\n\té😀'],
    ['what looks like structure, in quotes', 'a: "- b: [c] # d"\n"e: f": g\n', { a: '- b: [c] # d', 'e: f': 'g' }],
    ['plain decimals and words', '[0, -1.50, true, false, null, 30m]\n', [0, -1.5, true, false, null, '30m']],
    ['keys that only JavaScript objects know', 'toString: 1\nhasOwnProperty: 2\n', { toString: 1, hasOwnProperty: 2 }],
    ['a root that is a text', 'two words\n', 'two words'],
    ['a value on the line below its key', 'a:\n  "x"\n', { a: 'x' }],
  ])('%s', (_, text, value) => {
    expect(readEverydayYaml(text)).toStrictEqual(value);
    expect(takesLawfully(text)).toBe(true);
  });

  it('20 levels, 1,000 values, 64 KiB', () => {
    for (const text of [
      `${'['.repeat(20)}1${']'.repeat(20)}\n`,
      `${'{a: '.repeat(20)}1${'}'.repeat(20)}\n`,
      `${'- '.repeat(20)}1\n`,
      `${'- '.repeat(19)}[1]\n`,
      steps(20),
      '- 1\n'.repeat(999),
      `a: "${'x'.repeat(64 * 1024 - 6)}"\n`,
      `a: "${'\\n'.repeat(32 * 1024 - 3)}"\n`,
      `a: ${'x '.repeat(32 * 1024 - 3)}x\n`,
      `"${'k'.repeat(998)}": 1\n`,
    ]) {
      expect(takesLawfully(text), text.slice(0, 80)).toBe(true);
    }
  });
});

function nested(): unknown {
  return { a: [1, { b: 'x', c: [['v', 'w']] }], d: 'w' };
}

function steps(levels: number): string {
  const lines = Array.from({ length: levels }, (_, level) => `${'  '.repeat(level)}a:`);
  return `${lines.join('\n')} 1\n`;
}

describe('the everyday reader leaves to the full one', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['comments alone', '# a\n\n'],
    ['a text without a line feed at the end', 'a: 1'],
    ['levels of another width', 'a:\n    b: 1\n'],
    ['a list that is not indented', 'a:\n- b\n'],
    ['a line that stands too far right', 'a: 1\n  b: 2\n'],
    ['a line that stands between two levels', 'a:\n  b: 1\n c: 2\n'],
    ['a first line that is indented', '  a: 1\n'],
    ['a list that becomes a map', '- a\nb: 1\n'],
    ['a map that becomes a list', 'a: 1\n- b\n'],
    ['text on several lines', 'a: b\n  c\n'],
    ['quoted text on several lines', 'a: "b\n  c"\n'],
    ['brackets on several lines', 'a: [b,\n  c]\n'],
    ['block text', 'a: |\n  b\n'],
    ['single quotes', "a: 'b'\n"],
    ['a space at the end of a line', 'a: b \n'],
    ['a space behind a key', 'a: \n  b: 1\n'],
    ['a space in front of a colon', 'a : 1\n'],
    ['a line of spaces', 'a: 1\n  \nb: 2\n'],
    ['a comment without a space', 'a: "b"#c\n'],
    ['a list on the line of its key', 'a: - b\n'],
    ['two keys on a line', 'a: b: c\n'],
    ['a value left out', 'a:\nb: 1\n'],
    ['an item left out', '-\n- a\n'],
    ['a comma too many', '[a, ]\n'],
    ['no comma', '[a b: c]\n'],
    ['a comma without a space', '[a,b]\n'],
    ['a bracket that is not closed', '[a\n'],
    ['a brace that a bracket closes', '{a: 1]\n'],
    ['brackets as key', '[a]: b\n'],
    ['a value left out in braces', '{a}\n'],
    ['a colon in plain text', 'a: b:c\n'],
    ['anchors, aliases, tags', 'a: &b c\n'],
    ['a directive', '%YAML 1.2\n'],
    ['document markers', '---\na: 1\n'],
    ['an explicit key', '? a\n: b\n'],
    ['a merge key', '<<: {a: 1}\n'],
    ['a merge key in quotes', '"<<": {a: 1}\n'],
    ['a key twice', 'a: 1\n"a": 2\n'],
    ['a key twice in braces', '{a: 1, "\\u0061": 2}\n'],
    ['the key __proto__', '__proto__: 1\n'],
    ['the key __proto__ in braces, escaped', '{"\\u005f_proto__": 1}\n'],
    ['the key constructor', 'constructor: 1\n'],
    ['the key prototype', 'a: {prototype: 1}\n'],
    ['a key that is a number', '1: a\n'],
    ['a key that is a word to some', 'y: a\n'],
    ['a key of 1,001 characters', `${'k'.repeat(1_001)}: 1\n`],
    ['a value that is a word to some', 'a: yes\n'],
    ['a date', 'a: 2026-01-05\n'],
    ['a number that a double does not hold', 'a: 9007199254740993\n'],
    ['negative zero', 'a: -0\n'],
    ['half of a surrogate pair', 'a: "\\ud83d"\n'],
    ['half of a surrogate pair in eight digits', 'a: "\\U0000d83d"\n'],
    ['a character beyond the last', 'a: "\\U00110000"\n'],
    ['escapes that mreg never writes', 'a: "\\x41"\n'],
    ['21 levels of brackets', `${'['.repeat(21)}1${']'.repeat(21)}\n`],
    ['21 levels of braces', `${'{a: '.repeat(21)}1${'}'.repeat(21)}\n`],
    ['21 levels of dashes', `${'- '.repeat(21)}1\n`],
    ['20 levels of dashes and a bracket', `${'- '.repeat(20)}[1]\n`],
    ['21 levels line by line', steps(21)],
    ['1,001 values', '- 1\n'.repeat(1_000)],
    ['1,001 values in brackets', `[${'1, '.repeat(999)}1]\n`],
    ['more comments than the full reader has tokens for', `a: 1\n${' # c\n'.repeat(8_000)}`],
  ])('%s', (_, text) => {
    expect(readEverydayYaml(text)).toBeUndefined();
  });

  it('what would overflow a stack', () => {
    for (const part of ['[', '{a: ', '- ', '{', '"', '\\', 'a: ', ' ', '- [']) {
      expect(readEverydayYaml(`${part.repeat(60_000 / part.length)}\n`), part).toBeUndefined();
    }
  });
});

describe('what the everyday reader takes, the others read alike', () => {
  it('up to the most tokens that the full reader lets through', () => {
    for (const dense of DENSE) {
      const withComments = (count: number): string => dense + '  # c\n'.repeat(count);
      const most = lastOf(6_000, (count) => readEverydayYaml(withComments(count)) !== undefined);
      expect(most, dense.slice(0, 80)).toBeGreaterThan(500);
      expect(takesLawfully(withComments(most)), dense.slice(0, 80)).toBe(true);
    }
  });

  it('for every short text', () => {
    let taken = 0;
    for (const text of textsOf(['a', '1', '-', ':', ' ', '#', '"', '[', ']', '{', '}', ',', '\n', '\\', '.'], 4))
      if (takesLawfully(`${text}\n`)) taken += 1;
    expect(taken).toBeGreaterThan(500);
  });

  it('for every short text of larger parts', () => {
    let taken = 0;
    for (const text of textsOf(['a: ', 'b:', '- ', '\n', '\n  ', 'c', '-1', '# d', ' '], 5)) {
      if (takesLawfully(`${text}\n`)) taken += 1;
    }
    expect(taken).toBeGreaterThan(1_000);
  });

  it('for lines of any kind', () => {
    expect(share(soup)).toBeGreaterThan(0.1);
  });

  it('for real documents with a few characters or lines changed', () => {
    expect(share(changed)).toBeGreaterThan(0.2);
  });
});

/** Just under 1,000 values, with as many tokens as they can have. */
const DENSE: readonly string[] = [
  '- 1 # c\n'.repeat(999),
  '- - 1 # c\n'.repeat(499),
  '- { a: b } # c\n'.repeat(499),
  '- { a: { b: { c: d } } } # c\n'.repeat(249),
  '- [ a, b ] # c\n'.repeat(333),
  '- a: b\n  c: d # c\n'.repeat(333),
  `{ ${Array.from({ length: 998 }, (_, index) => `k${String(index)}: { }`).join(', ')} }\n`,
];

/** The largest number up to `most` for which `holds`, if it holds for all smaller ones. */
function lastOf(most: number, holds: (count: number) => boolean): number {
  let [from, to] = [0, most];
  while (from < to) {
    const middle = Math.ceil((from + to) / 2);
    if (holds(middle)) from = middle;
    else to = middle - 1;
  }
  return from;
}

function* textsOf(parts: readonly string[], most: number): Generator<string> {
  if (most === 0) return;
  for (const part of parts) {
    yield part;
    for (const rest of textsOf(parts, most - 1)) yield part + rest;
  }
}

/** Returns which part of the texts the everyday reader takes; fails if another reader reads one of them otherwise. */
function share(texts: fc.Arbitrary<string>): number {
  let taken = 0;
  fc.assert(
    fc.property(texts, (text) => {
      if (takesLawfully(text)) taken += 1;
    }),
    SETTINGS,
  );
  return taken / RUNS;
}

const EASY = [
  ...[
    'a',
    'b c',
    '1',
    '-1.5',
    '"d"',
    '"e: f"',
    '"\\u00e9\\n"',
    '[]',
    '{}',
    '[a, 1]',
    '{a: 1, "b": [c]}',
    'true',
    'null',
  ],
  ...['standard/*', 'x, v; z', "it's", '(a)', 'a-b', 'a -b', 'a - b', 'a = b', '/x', '_', '30m'],
];
const HARD = [
  ...[
    '',
    'yes',
    '010',
    '1e3',
    '1.',
    '2026-01-05',
    '~',
    '=',
    '-',
    '.5',
    '+1',
    'a:b',
    'a: b',
    'a#b',
    '"a" b',
    '[a',
    '{a}',
  ],
  ...['*a', '&a b', '!a b', '|', '>-', "'a'", '%a', '@a', '`a', '? a', '[a,b]', '[a , b]', '{a : 1}', '{"a":1}', '...'],
  ...['1,000', '1 000', '-a', '1:30', '0x1f', '- a', '"\\/"', '<<', 'é', '[a: b]', '{a: }', '{: a}', '[a] b', '""""'],
];
const EASY_KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', '"h"', '"i j"', 'k l', 'm/*', 'w'].map((key) => `${key}: `);
const HARD_KEYS = [
  ...['', 'a:', 'b:', 'c:', 'y: ', '1: ', 'o : ', '"p" : ', '"q":', '<<: ', 'constructor: ', '? ', "'r': ", '[s]: '],
];

/** Mostly one of the first, now and then one of the others. */
function mostly(easy: readonly string[], hard: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...easy) }, fc.constantFrom(...hard));
}

const soup = fc
  .array(
    fc.tuple(
      mostly(['', '', '', '  '], ['    ', ' ', '   ']),
      mostly(['', '', '', '- '], ['- - ', '-  ']),
      mostly(EASY_KEYS, HARD_KEYS),
      mostly(EASY, HARD),
      mostly(['', '', '', '', ' # c', '\n', '\n# c'], ['#c', ' ', '\n   #c', '\n ']),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((lines) => `${lines.map((parts) => parts.join('')).join('\n')}\n`);

const ORIGINALS: readonly string[] = [
  ...REAL.map((file) => readFileSync(file, 'utf8')),
  ...KINDS.map((kind) => writeYaml(sampleOf(kind))),
];

/** Some lines of a document, moved to the left edge: changes come closer together, and are read faster. */
const passage = fc
  .tuple(fc.constantFrom(...ORIGINALS), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 12 }))
  .map(([text, from, count]) => {
    const lines = text.split('\n').slice(0, -1);
    const start = Math.floor(from * (lines.length - 1));
    const chosen = lines.slice(start, start + count);
    const indent = Math.min(...chosen.filter((line) => line !== '').map((line) => line.search(/[^ ]/)));
    return `${chosen.map((line) => line.slice(indent)).join('\n')}\n`;
  });

type Change = (text: string) => string;

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const fragment = fc.constantFrom(
  ...['-', '?', ':', ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', "'", '"', '%', '@', '`', ' ', '\n', '\\'],
  ...[
    'a',
    '0',
    '1',
    'y',
    '.',
    '_',
    '~',
    '=',
    '<<',
    '- ',
    ': ',
    ' #',
    '  ',
    ', ',
    '""',
    '[]',
    '{}',
    '\n  ',
    '\\u00',
    'é',
  ],
);

const characterChange = fc
  .tuple(place, fc.constantFrom('insert', 'delete', 'replace'), fragment)
  .map(([at, how, found]): Change => {
    return (text) => {
      const index = Math.floor(at * text.length);
      const removed = how === 'insert' ? 0 : 1;
      return text.slice(0, index) + (how === 'delete' ? '' : found) + text.slice(index + removed);
    };
  });

const lineChange = fc
  .tuple(place, place, fc.constantFrom('swap', 'copy', 'delete', 'join', 'in', 'out', 'odd', 'empty'))
  .map(([at, to, how]): Change => {
    return (text) => {
      const lines = text.split('\n').slice(0, -1);
      const index = Math.floor(at * lines.length);
      const other = Math.floor(to * lines.length);
      const line = lines[index] ?? '';
      const changes: Record<typeof how, () => unknown> = {
        swap: () => ([lines[index], lines[other]] = [lines[other] ?? '', line]),
        copy: () => lines.splice(other, 0, line),
        delete: () => lines.splice(index, 1),
        join: () => lines.splice(index, 2, line + (lines[index + 1] ?? '').trimStart()),
        in: () => (lines[index] = `  ${line}`),
        out: () => (lines[index] = line.replace(/^ {2}/, '')),
        odd: () => (lines[index] = ` ${line}`),
        empty: () => lines.splice(index, 0, ''),
      };
      changes[how]();
      return `${lines.join('\n')}\n`;
    };
  });

const changed = fc
  .tuple(
    fc.oneof({ weight: 30, arbitrary: passage }, { weight: 1, arbitrary: fc.constantFrom(...ORIGINALS) }),
    fc.array(fc.oneof(characterChange, lineChange), { minLength: 1, maxLength: 4 }),
  )
  .map(([text, changes]) => changes.reduce((before, change) => change(before), text));
