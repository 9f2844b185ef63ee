import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import type { RefusalCode } from '../../src/documents/refusal.ts';
import { readYaml } from '../../src/documents/strict-yaml.ts';

function read(text: string | Uint8Array): ReturnType<typeof readYaml> {
  return readYaml(typeof text === 'string' ? new TextEncoder().encode(text) : text, 'file.yaml');
}

function codes(text: string | Uint8Array): RefusalCode[] {
  const reading = read(text);
  return reading.ok ? [] : [...new Set(reading.refusals.map(({ code }) => code))];
}

describe('readYaml accepts', () => {
  it.each<[string, string, unknown]>([
    ['maps and lists in block and flow style', 'a:\n  - 1\n  - b: [x, {c: d}]\n', { a: [1, { b: ['x', { c: 'd' }] }] }],
    ['comments', '# +argocd:skip-file-rendering\na: 1 # one\n', { a: 1 }],
    ['quoted text of any kind', 'a: "yes"\nb: \'010\'\nc: "\\u00e9\\n"\n', { a: 'yes', b: '010', c: 'é\n' }],
    ['block text', 'a: |\n  x\n  y\nb: >-\n  x\n  y\n', { a: 'x\ny\n', b: 'x y' }],
    ['plain text that begins like a number', 'a: 30m\nb: 1234abcd\nc: v7\n', { a: '30m', b: '1234abcd', c: 'v7' }],
    ['plain decimals', 'a: 0\nb: -12\nc: 0.002\nd: 1.10\ne: 1.0\n', { a: 0, b: -12, c: 0.002, d: 1.1, e: 1 }],
    ['the largest integers', 'a: 9007199254740991\nb: -9007199254740991\n', { a: 2 ** 53 - 1, b: 1 - 2 ** 53 }],
    ['true, false and null in lower case', '[true, false, null]\n', [true, false, null]],
    ['a root that is not a map', 'text\n', 'text'],
    ['a file without a final line feed', 'a: 1', { a: 1 }],
    ['keys that only JavaScript objects know', 'hasOwnProperty: 1\ntoString: 2\n', { hasOwnProperty: 1, toString: 2 }],
    ['emoji and other scripts', 'a: 数 😀\n', { a: '数 😀' }],
  ])('%s', (_, text, value) => {
    expect(read(text)).toEqual({ ok: true, value });
  });

  it('20 levels and 1,000 values', () => {
    expect(codes(`${'['.repeat(20)}${']'.repeat(20)}\n`)).toEqual([]);
    expect(codes(`${'- '.repeat(20)}a\n`)).toEqual([]);
    expect(codes('- 1\n'.repeat(999))).toEqual([]);
  });

  it('160 spaces of indentation, and more inside of brackets', () => {
    expect(codes(`a:\n${' '.repeat(160)}b: 1\n`)).toEqual([]);
    expect(codes(`a: [\n${' '.repeat(200)}b]\n`)).toEqual([]);
  });

  it('64 KiB', () => {
    expect(codes(`a: "${'x'.repeat(64 * 1024 - 6)}"\n`)).toEqual([]);
  });
});

describe('readYaml refuses bytes', () => {
  it.each<[string, string | Uint8Array, RefusalCode]>([
    ['one over 64 KiB', `a: "${'x'.repeat(64 * 1024 - 5)}"\n`, 'too-large'],
    ['20 MB, without decoding them', new Uint8Array(20_000_000).fill(0xff), 'too-large'],
    ['that are not UTF-8', new Uint8Array([0x61, 0xff]), 'not-utf8'],
    ['of an overlong encoding', new Uint8Array([0xc0, 0xaf]), 'not-utf8'],
    ['of an encoded surrogate', new Uint8Array([0xed, 0xa0, 0x80]), 'not-utf8'],
    ['of UTF-16', new Uint8Array([0xff, 0xfe, 0x61, 0x00]), 'not-utf8'],
    ['of a byte order mark', '\ufeffa: 1\n', 'forbidden-character'],
    ['of a byte order mark further on', 'a: 1\n\ufeffb: 2\n', 'forbidden-character'],
    ['with CRLF', 'a: 1\r\n', 'forbidden-character'],
    ['with a lone CR', 'a: 1 # x\rb: 2\n', 'forbidden-character'],
    ['with NEL in a comment', '# x\u0085b: 2\na: 1\n', 'forbidden-character'],
    ['with U+2028 in a comment', '# x\u2028b: 2\na: 1\n', 'forbidden-character'],
    ['with U+2029 in a comment', '# x\u2029b: 2\na: 1\n', 'forbidden-character'],
    ['with a tab', 'a:\t1\n', 'forbidden-character'],
    ['with NUL', 'a: "\0"\n', 'forbidden-character'],
    ['with an ANSI escape', 'a: \u001b[31m\n', 'forbidden-character'],
    ['with DEL', 'a: \u007f\n', 'forbidden-character'],
    ['with a C1 control', 'a: \u009b31m\n', 'forbidden-character'],
    ['with the Arabic letter mark', 'a: \u061c\n', 'forbidden-character'],
    ['with a left-to-right mark', 'a: \u200e\n', 'forbidden-character'],
    ['with a bidi override', 'a: \u202e\n', 'forbidden-character'],
    ['with a bidi isolate', 'a: \u2066\n', 'forbidden-character'],
    ['with a noncharacter', 'a: \uffff\n', 'forbidden-character'],
  ])('%s', (_, text, code) => {
    expect(codes(text)).toEqual([code]);
  });
});

describe('readYaml refuses YAML', () => {
  it.each<[string, string, RefusalCode]>([
    ['with a directive', '%YAML 1.2\n---\na: 1\n', 'yaml-feature'],
    ['with a document start', '---\na: 1\n', 'yaml-feature'],
    ['with a document end', 'a: 1\n...\n', 'yaml-feature'],
    ['of two documents', 'a: 1\n---\nb: 1\n', 'yaml-feature'],
    ['with an anchor', 'a: &x 1\n', 'yaml-feature'],
    ['with an alias', 'a: *x\n', 'yaml-feature'],
    ['with an alias bomb', 'a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n', 'yaml-feature'],
    ['with a tag', 'a: !!str 1\n', 'yaml-feature'],
    ['with a local tag', 'a: !python/object x\n', 'yaml-feature'],
    ['with an explicit key', '? a\n: 1\n', 'yaml-feature'],
    ['with an explicit key in braces', '{? a : 1}\n', 'yaml-feature'],
    ['with a list as key', '[a]: 1\n', 'yaml-feature'],
    ['with a map as key in braces', '{{a: 1}: 2}\n', 'yaml-feature'],
    ['with a quoted merge key', '"<<": 1\n', 'yaml-feature'],
    ['with an indentation indicator', 'a: |2\n    x\n', 'yaml-feature'],
    ['with a key twice', 'a: 1\nb: 2\na: 3\n', 'duplicate-key'],
    ['with a key twice, once in quotes', 'a: 1\n"a": 3\n', 'duplicate-key'],
    ['with a key twice, once as an escape', 'a: 1\n"\\x61": 3\n', 'duplicate-key'],
    ['with a key twice in braces', '{a: 1, a: 2}\n', 'duplicate-key'],
    ['with the key __proto__', 'a:\n  __proto__: {x: 1}\n', 'forbidden-key'],
    ['with the key __proto__ in quotes', '"__proto__": 1\n', 'forbidden-key'],
    ['with the key constructor', 'constructor: 1\n', 'forbidden-key'],
    ['with the key prototype', 'prototype: 1\n', 'forbidden-key'],
    ['that is empty', '', 'yaml-syntax'],
    ['that is a comment', '# nothing\n', 'yaml-syntax'],
    ['with a key of 1,001 characters in braces', `{${'k'.repeat(1_001)}: 1}\n`, 'yaml-syntax'],
    ['with 1,001 spaces between a key and its colon in braces', `{k${' '.repeat(1_001)}: 1}\n`, 'yaml-syntax'],
    ['that is a text of several lines', '  two\nlines\n', 'yaml-syntax'],
    ['that is a quoted text of several lines', '  "two\nlines"\n', 'yaml-syntax'],
    ['with an open bracket', 'a: [1\n', 'yaml-syntax'],
    ['with an open quote', 'a: "x\n', 'yaml-syntax'],
    ['with wrong indentation', 'a: 1\n b: 2\n', 'yaml-syntax'],
    ['with a list on the line of its key', 'a: - 1\n', 'yaml-syntax'],
    ['with two keys on a line', 'a: b: c\n', 'yaml-syntax'],
    ['with a reserved indicator', 'a: @x\n', 'yaml-syntax'],
    ['with a block text that the end of the file cuts', 'a: |\n  x', 'yaml-syntax'],
    ['21 levels deep in brackets', `${'['.repeat(21)}${']'.repeat(21)}\n`, 'too-deep'],
    ['21 levels deep in dashes', `${'- '.repeat(21)}a\n`, 'too-deep'],
    ['indented by 161 spaces', `a:\n${' '.repeat(161)}b: 1\n`, 'too-deep'],
    ['21 levels deep line by line', steps(21, 'a:'), 'too-deep'],
    ['with 1,001 values in a list', '- 1\n'.repeat(1_000), 'too-many-nodes'],
    ['with 1,001 values in brackets', `[${'1,'.repeat(1_000)}]\n`, 'too-many-nodes'],
    ['with 1,001 values in a map', keys(1_000), 'too-many-nodes'],
  ])('%s', (_, text, code) => {
    expect(codes(text)).toContain(code);
  });
});

function steps(levels: number, text: string): string {
  const lines = Array.from({ length: levels }, (_, level) => `${' '.repeat(level)}${text}\n`);
  return `${lines.join('')}${' '.repeat(levels)}x\n`;
}

function keys(count: number): string {
  return Array.from({ length: count }, (_, index) => `k${index}: 1\n`).join('');
}

describe('readYaml refuses what parsers read differently', () => {
  it.each([
    ...['yes', 'no', 'on', 'off', 'y', 'n', 'Yes', 'NO', 'On', 'OFF', 'Y', 'N', 'True', 'TRUE', 'False', 'FALSE'],
    ...['~', 'Null', 'NULL', '""'.slice(2)],
    ...['010', '08', '-010', '0o10', '0x1f', '0X1F', '0b101', '1_000', '1:30', '190:20:30', '190:20:30.15'],
    ...['2024-01-01', '2024-1-1', '2024-01-01T10:00:00Z', '2024-01-01 10:00:00', '2001-12-14t21:59:43.10-05:00'],
    ...['.nan', '.NaN', '.inf', '-.inf', '+.INF', 'nan', 'inf', 'Infinity'],
    ...['+1', '.5', '1.', '-.5', '1e3', '1E3', '1.5e-7', '1e999', '12e45', '-0', '-0.0', '00', '1.2.3', '1,000'],
    ...['=', '<<', '-x', ':x', '.', '..', '._', 'e0'],
  ])('as a plain value: %s', (text) => {
    expect(codes(`a: ${text}\n`)).toEqual(['ambiguous-scalar']);
    expect(read(`a: "${text}"\n`)).toEqual({ ok: true, value: { a: text } });
  });

  it.each(['yes', 'No', '1', '1.5', 'null', 'true', '~', '010', '2024-01-01', '='])('as a plain key: %s', (text) => {
    expect(codes(`${text}: a\n`)).toEqual(['ambiguous-scalar']);
    expect(codes(`"${text}": a\n`)).toEqual([]);
  });

  it.each<[string, string]>([
    ['a value left out', 'a:\n'],
    ['an item left out', '-\n- a\n'],
    ['a value left out in braces', '{a}\n'],
    ['a key left out', ': a\n'],
    ['a colon inside of braces', '{a: oci://x}\n'],
    ['a question mark inside of brackets', '[a?b]\n'],
    ['an escape of YAML 1.2 alone', 'a: "\\/"\n'],
    ['an escaped surrogate pair', 'a: "\\ud83d\\ude00"\n'],
    ['an escaped lone surrogate', 'a: "\\ud83d"\n'],
    ['an escaped lone surrogate in a key', '"\\ud83d": a\n'],
    ['a surrogate in eight digits', 'a: "\\U0000d83d"\n'],
  ])('as %s', (_, text) => {
    expect(codes(text)).toEqual(['ambiguous-scalar']);
  });

  it('but reads escapes behind an escaped backslash', () => {
    expect(read('a: "\\\\/ \\\\ud83d"\n')).toEqual({ ok: true, value: { a: '\\/ \\ud83d' } });
  });

  it.each([
    ...['9007199254740992', '-9007199254740993', '123456789012345678901234567890', '1'.repeat(400)],
    ...['100000000000000000000.0', '0.10000000000000000555', '0.30000000000000000001', '9007199254740990.7'],
    `0.${'0'.repeat(400)}1`,
  ])('as numbers that a double does not hold: %s', (text) => {
    expect(codes(`a: ${text}\n`)).toEqual(['number-range']);
  });
});

describe('readYaml survives', () => {
  const size = 64_000;
  it.each<[string, string]>([
    ['brackets', '['.repeat(size)],
    ['braces', '{'.repeat(size)],
    ['closed brackets', '['.repeat(size / 2) + ']'.repeat(size / 2)],
    ['braces as keys', '{a: '.repeat(size / 4)],
    ['dashes', '- '.repeat(size / 2)],
    ['dashes and a line that closes them all', `${'- '.repeat(size / 2 - 10)}a\nb: 1\n`],
    ['as many dashes as tokens are let through', `${'- '.repeat(9_000)}a\nb: 1\n`],
    ['as many colons as tokens are let through', `${': '.repeat(9_000)}a\nb\n`],
    ['question marks', '? '.repeat(size / 2)],
    ['colons', ': '.repeat(size / 2)],
    ['keys behind keys', 'a: '.repeat(size / 3)],
    ['deep indentation', Array.from({ length: 350 }, (_, level) => `${' '.repeat(level)}-\n`).join('')],
    ['deep keys', Array.from({ length: 350 }, (_, level) => `${' '.repeat(level)}a:\n`).join('')],
    ['thousands of keys', keys(6_000)],
    ['thousands of equal keys', 'a: 1\n'.repeat(12_000)],
    ['commas', `[${','.repeat(size)}`],
    ['comments behind blank lines', `a: 1\n${'\n'.repeat(20_000)}${' # c\n'.repeat(8_000)}`],
    ['anchors', '&a '.repeat(size / 3)],
    ['tags', '! '.repeat(size / 2)],
    ['directives', '%a\n'.repeat(size / 3)],
    ['document markers', '---\n'.repeat(size / 4)],
    ['empty block texts', '- |\n'.repeat(size / 4)],
    ['quotes that open and close', '""'.repeat(size / 2)],
    ['closing brackets', ']'.repeat(size)],
    ['forbidden characters', '\u0001'.repeat(size)],
  ])('%s', (_, text) => {
    const reading = read(text);
    expect(reading.ok ? [] : reading.refusals.length).toSatisfy((count: number) => count >= 1 && count <= 50);
  });

  it.each<[string, string]>([
    ['escaped quotes', `a: "${'\\"'.repeat(size / 2 - 10)}"\n`],
    ['backslashes', `a: "${'\\'.repeat(size - 10)}"\n`],
    ['blank lines', `a: |\n${' \n'.repeat(size / 2 - 10)}`],
    ['what looks like a number for long', `a: ${'1:1'.repeat(21_000)}x\n`],
  ])('%s, and reads them', (_, text) => {
    expect(codes(text)).toEqual([]);
  });

  it('any bytes', () => {
    const fragment = fc.constantFrom(...'-?:,[]{}#&*!|>\'"%@` \n\n  '.split(''), 'a', '1', '\\', '- ', ': ', '  ');
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 60 }), (fragments) => {
        expect(read(fragments.join(''))).toHaveProperty('ok');
      }),
      { numRuns: 300 },
    );
  });
});

describe('readYaml tells', () => {
  it('every refusal, in order, each with its place', () => {
    const reading = read('a: yes\nb:\n  - 010\nc: "x"\na: 1\n');
    expect(reading.ok ? [] : reading.refusals.map(({ path, code }) => [path, code])).toEqual([
      ['file.yaml:1:4', 'ambiguous-scalar'],
      ['file.yaml:3:5', 'ambiguous-scalar'],
      ['file.yaml:5:1', 'duplicate-key'],
    ]);
  });

  it.each<[string, string]>([
    ['a: yes\n', 'write true, or "yes" in quotes if it is text'],
    ['a: 010\n', 'put it in quotes if it is text: "010"; else write a plain decimal'],
    ['a: ~\n', 'write null'],
    ['a: 0.10000000000000000555\n', 'round it, for example to 0.1'],
    ['1: a\n', 'write "1":'],
    ['a:\t1\n', 'indent with spaces; inside text write "\\t" in double quotes'],
    ['a: 1\r\n', 'save the file with LF line ends (git config core.autocrlf false)'],
    ['a: \u202e\n', 'remove it, or write it as "\\u202e" in double quotes'],
  ])('how to say it instead: %j', (text, hint) => {
    const reading = read(text);
    expect(reading.ok ? '' : reading.refusals[0]?.hint).toBe(hint);
  });

  it('at most 50 refusals, none of them long', () => {
    const reading = read(`${'- yes\n'.repeat(60)}- 0${'1'.repeat(1_000)}\n`);
    const refusals = reading.ok ? [] : reading.refusals;
    expect(refusals).toHaveLength(50);
    expect(Math.max(...refusals.map((refusal) => JSON.stringify(refusal).length))).toBeLessThan(500);
  });
});

describe('what readYaml accepts means the same to YAML 1.1 and 1.2', () => {
  const scalars = fc.constantFrom(
    ...['a', '30m', '1.5', '-1', '1234abcd', 'a b', '"q"', "'s'", '"\\u00e9"', '|\n    x\n    y', '>-\n    x\n    y'],
    ...[
      '[]',
      '{}',
      '[a, b]',
      '{a: 1, b: [x]}',
      'true',
      'null',
      'yes',
      '010',
      '1:30',
      '1_000',
      '2024-01-01',
      '1e3',
      '.5',
    ],
    ...[
      '0x1f',
      '0o7',
      '~',
      'a:b',
      'a#b',
      'a #b',
      '1.10',
      "'it''s'",
      'Off',
      '=',
      '<<',
      '-x',
      '127.0.0.1',
      '+1',
      '1.',
      '',
    ],
  );
  const line = fc.tuple(
    fc.constantFrom('', '  '),
    fc.constantFrom('a: ', 'b: ', '"c": ', '- ', '- d: ', 'yes: ', '1: ', 'e f: ', '<<: '),
    scalars,
  );
  const texts = fc.oneof(
    fc.array(line, { maxLength: 4 }).map((lines) => `${lines.map((parts) => parts.join('')).join('\n')}\n`),
    fc.string({ unit: 'grapheme-ascii', maxLength: 12 }).map((text) => `a: ${text}\n`),
    fc.stringMatching(/^[-+]?[0-9._:xobe-]{1,8}$/).map((text) => `a: ${text}\n`),
  );

  it('for any text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const reading = read(text);
        if (!reading.ok) return;
        for (const version of ['1.1', '1.2'] as const) {
          expect(parseDocument(text, { version }).toJS()).toEqual(reading.value);
        }
      }),
      { numRuns: 1_500 },
    );
  });
});
