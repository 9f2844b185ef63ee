import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shown, visible, visibleLines } from '../../src/report/escape.ts';
import { isCommand } from '../../src/report/lines.ts';
import { paintFor, wantsColour } from '../../src/report/paint.ts';
import { progressLine } from '../../src/report/progress.ts';
import { ageOf, count, instantOf, listed, shortDigest, sizeOf, spanOf } from '../../src/report/quantity.ts';
import { renderTable } from '../../src/report/table.ts';
import { carryPaint, padTo, shorten, widthOf, withoutPaint } from '../../src/report/width.ts';
import { wrap } from '../../src/report/wrap.ts';
import { now, viewOf } from './examples.ts';

const painted = paintFor({ colour: true });

describe('what a document says is made visible', () => {
  it.each([
    ['an ANSI escape', '\u001b[31mred', '\\x1b[31mred'],
    ['a C1 control, which is an escape too', '\u009b31m', '\\x9b31m'],
    ['line breaks and tabs', 'a\r\n\tb', 'a\\r\\n\\tb'],
    ['a line separator', 'a\u2028b', 'a\\u2028b'],
    ['a bidi override', 'v7\u202e1v', 'v7\\u202e1v'],
    ['a bidi isolate', '\u2066x\u2069', '\\u2066x\\u2069'],
    ['a zero-width space', 'pro\u200bd', 'pro\\u200bd'],
    ['a byte order mark', '\ufeffx', '\\ufeffx'],
    ['a tag character beyond the first plane', 'x\u{e0041}', 'x\\u{e0041}'],
    ['a lone surrogate', 'x\ud800', 'x\\ud800'],
    ['a non-character, which XML refuses', 'x\uffff', 'x\\uffff'],
    ['letters of every script, as they are', 'modèle 模型 модель', 'modèle 模型 модель'],
  ])('escapes %s', (_, given, expected) => {
    expect(visible(given)).toBe(expected);
  });

  it('leaves nothing that acts on a terminal, whatever is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visible(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(shown(text, { unicode: false })).toMatch(/^[ -~]*$/);
      }),
    );
  });

  it('is the same when it is made visible twice', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => visible(visible(text)) === visible(text)));
  });

  it('keeps the lines of a note and nothing else that breaks lines', () => {
    expect(visibleLines('one\r\ntwo\u2028three\n\n')).toEqual(['one', 'two\\u2028three']);
  });
});

describe('colour', () => {
  it.each([
    ['a terminal', {}, true, undefined, true],
    ['a pipe', {}, false, undefined, false],
    ['a dumb terminal', { TERM: 'dumb' }, true, undefined, false],
    ['NO_COLOR', { NO_COLOR: '1' }, true, undefined, false],
    ['an empty NO_COLOR, which means nothing', { NO_COLOR: '' }, true, undefined, true],
    ['FORCE_COLOR in a pipe', { FORCE_COLOR: '1' }, false, undefined, true],
    ['FORCE_COLOR=0 on a terminal', { FORCE_COLOR: '0' }, true, undefined, false],
    ['NO_COLOR before FORCE_COLOR', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, undefined, false],
    ['--no-color before FORCE_COLOR', { FORCE_COLOR: '1' }, true, false, false],
    ['--color before NO_COLOR', { NO_COLOR: '1' }, false, true, true],
  ])('is decided for %s', (_, env, isTTY, flag, expected) => {
    expect(wantsColour({ env, isTTY, flag })).toBe(expected);
  });

  it('goes on after a brush inside a brush', () => {
    const text = painted.red(`a ${painted.green('b')} c`);
    expect(JSON.stringify(text)).toBe(JSON.stringify('\u001b[31ma \u001b[32mb\u001b[39m\u001b[31m c\u001b[39m'));
  });

  it('does not touch text without colour, nor empty text', () => {
    expect(paintFor({ colour: false }).red('x')).toBe('x');
    expect(painted.red('')).toBe('');
  });
});

describe('width', () => {
  it.each([
    ['plain', 5],
    [painted.bold('plain'), 5],
    ['模型', 4],
    ['e\u0301', 1],
    ['✔ → …', 5],
    ['🚀', 2],
    ['❤️', 2],
    ['👩‍👩‍👧', 2],
    ['', 0],
  ])('of %j is %i cells', (text, expected) => {
    expect(widthOf(text)).toBe(expected);
  });

  it('is filled up on either side', () => {
    expect([padTo('模', 4), padTo('7', 3, 'right'), padTo('long', 2)]).toEqual(['模  ', '  7', 'long']);
  });

  it.each([
    ['short', 10, 'short'],
    ['fraud_detector', 8, 'fraud_d…'],
    ['模型模型', 4, '模…'],
  ])('of %j is shortened to %i', (text, width, expected) => {
    expect(shorten(text, width, '…')).toBe(expected);
  });
});

describe('wrapping', () => {
  it('hangs under the first word and keeps long words whole, so that they can be copied', () => {
    expect(wrap('see registry/fraud/versions/v7 for it', { columns: 20, first: 'from  ' })).toEqual([
      'from  see',
      '      registry/fraud/versions/v7',
      '      for it',
    ]);
  });

  it('cuts long words where it is told to', () => {
    expect(wrap('abcdefghijkl', { columns: 8, breakWords: true })).toEqual(['abcdefgh', 'ijkl']);
    // Alternatives are told as one word: they part where one ends.
    const strategies = wrap('canary|champion-challenger|shadow, at most 10', { columns: 20, breakWords: true });
    expect(strategies).toEqual(['canary|', 'champion-challenger|', 'shadow, at most 10']);
  });

  it('begins and ends paint on each line', () => {
    const lines = wrap(painted.red('one two three four'), { columns: 10 });
    expect(lines.map(withoutPaint)).toEqual(['one two', 'three four']);
    expect(lines).toEqual([painted.red('one two'), painted.red('three four')]);
  });

  it('carries two brushes at once', () => {
    const [first = '', second = ''] = painted.red(painted.bold('a\nb')).split('\n');
    expect(carryPaint([first, second])).toEqual([painted.red(painted.bold('a')), painted.red(painted.bold('b'))]);
  });

  it('never exceeds the columns and never loses a character', () => {
    const words = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'é', '模', '🚀', '-'), minLength: 1, maxLength: 30 }),
    );
    fc.assert(
      fc.property(words, fc.integer({ min: 8, max: 60 }), (list, columns) => {
        const text = list.join(' ');
        const lines = wrap(text, { columns, breakWords: true });
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
        expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
      }),
    );
  });
});

describe('a table', () => {
  const columns = [{ title: 'name' }, { title: 'size', align: 'right' as const }, { title: 'by', expendable: true }];
  const rows = [
    ['model.onnx', '46', 'ci@acme.example'],
    ['模型', '7', 'ana@acme.example'],
  ];

  it('is aligned by what the terminal shows, not by characters', () => {
    expect(renderTable({ columns, rows }, viewOf())).toEqual([
      'name        size  by',
      'model.onnx    46  ci@acme.example',
      '模型           7  ana@acme.example',
    ]);
  });

  it('leaves out a column in which nothing stands', () => {
    expect(renderTable({ columns, rows: [['a', '', 'b']] }, viewOf())).toEqual(['name  by', 'a     b']);
  });

  it('gives up what is expendable before it wraps a cell', () => {
    const wide = rows.map((row) => [row[0] ?? '', row[1] ?? '', 'x'.repeat(60)]);
    expect(renderTable({ columns, rows: wide }, viewOf({ columns: 60 }))[0]).toBe('name        size');
  });

  it('wraps the widest column', () => {
    const table = { columns: [{ title: 'a' }, { title: 'b' }], rows: [['short', 'word '.repeat(20).trim()]] };
    const lines = renderTable(table, viewOf({ columns: 60 }));
    expect(lines.every((line) => widthOf(line) <= 60)).toBe(true);
    expect(lines[1]).toMatch(/^short {2}word/);
    expect(lines[2]).toMatch(/^ {7}word/);
  });

  it('stacks its rows where the terminal is narrow', () => {
    expect(renderTable({ columns, rows }, viewOf({ columns: 40 })).slice(0, 3)).toEqual([
      'model.onnx',
      '  size: 46',
      '  by: ci@acme.example',
    ]);
  });

  it('stacks its rows where too many columns do not fit', () => {
    const many = Array.from({ length: 12 }, (_, index) => ({ title: `column_${String(index)}` }));
    const lines = renderTable({ columns: many, rows: [many.map(() => 'value_value')] }, viewOf({ columns: 60 }));
    expect(lines[0]).toBe('value_value');
  });

  it('puts a note under its row', () => {
    const table = {
      columns: [{ title: 'a' }, { title: 'b' }],
      rows: [
        ['x', 'y'],
        ['z', 'w'],
      ],
      notes: ['', 'said'],
    };
    expect(renderTable(table, viewOf())).toEqual(['a  b', 'x  y', 'z  w', '   said']);
  });

  it('fits any terminal, whatever its cells hold', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', '模', ' ', '-', 'é'), maxLength: 50 });
    const row = fc.tuple(cell, cell, cell);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 5 }), fc.integer({ min: 20, max: 130 }), (cells, width) => {
        const lines = renderTable({ columns, rows: cells }, viewOf({ columns: width }));
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});

describe('quantities', () => {
  it.each([
    ['2026-01-05T11:59:30Z', 'just now'],
    ['2026-01-05T11:55:00Z', '5m ago'],
    ['2026-01-05T09:00:00Z', '3h ago'],
    ['2025-12-01T12:00:00Z', '35d ago'],
    ['2025-10-01T12:00:00Z', '3mo ago'],
    ['2023-01-05T12:00:00Z', '3y ago'],
    ['2026-01-05T14:00:00Z', 'in 2h'],
    ['yesterday', 'yesterday'],
  ])('tells how long ago %s was', (instant, expected) => {
    expect(ageOf(instant, now)).toBe(expected);
  });

  it('tells spans, instants, sizes, digests, counts and lists', () => {
    expect(spanOf(45_000)).toBe('45s');
    expect(instantOf('2026-01-05T11:55:00Z')).toBe('2026-01-05 11:55');
    expect([0, 812, 1024, 48_230_110, 5_368_709_120].map(sizeOf)).toEqual([
      '0 B',
      '812 B',
      '1.0 KiB',
      '46.0 MiB',
      '5.0 GiB',
    ]);
    expect(shortDigest(`sha256:${'ab'.repeat(32)}`)).toBe('abababababab');
    expect([0, 1, 2].map((number) => count(number, 'gate'))).toEqual(['no gates', '1 gate', '2 gates']);
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  });
});

describe('a hint', () => {
  it.each([
    ['mreg check fraud_detector@v7 --to prod', true],
    ['git revert 1234567', true],
    ['mreg evidence add fraud@v7 metrics.v2.yaml --kind offline', true],
    ['Ask an owner for an approval.', false],
    ['mreg is not set up here; run mreg init.', false],
  ])('%j is a command: %s', (hint, expected) => {
    expect(isCommand(hint)).toBe(expected);
  });
});

describe('a transfer', () => {
  const startedAt = new Date(now.getTime() - 2000);
  it.each([
    [
      'is told with rate and time left',
      { doneBytes: 21_703_550, totalBytes: 48_230_110 },
      'model.onnx  45%  20.7 MiB of 46.0 MiB  10.3 MiB/s  2s left',
    ],
    [
      'of unknown size is told without an end',
      { doneBytes: 2048, totalBytes: undefined },
      'model.onnx  2.0 KiB  1.0 KiB/s',
    ],
    [
      'that is done has no time left',
      { doneBytes: 2048, totalBytes: 2048 },
      'model.onnx  100%  2.0 KiB of 2.0 KiB  1.0 KiB/s',
    ],
    ['of nothing is done', { doneBytes: 0, totalBytes: 0 }, 'model.onnx  100%  0 B of 0 B'],
    ['that has moved nothing promises nothing', { doneBytes: 0, totalBytes: 10 }, 'model.onnx  0%  0 B of 10 B'],
  ])('%s', (_, bytes, expected) => {
    expect(progressLine({ label: 'model.onnx', startedAt, ...bytes }, viewOf())).toBe(expected);
  });

  it('promises nothing in its first second', () => {
    const progress = { label: 'a', doneBytes: 5, totalBytes: 10, startedAt: new Date(now.getTime() - 10) };
    expect(progressLine(progress, viewOf())).toBe('a  50%  5 B of 10 B');
  });

  it('stays on one line in any terminal', () => {
    const progress = {
      label: 'a/very/long/path/to\n/model.onnx',
      doneBytes: 5_000_000,
      totalBytes: 10_000_000,
      startedAt,
    };
    for (const columns of [10, 20, 40, 60, 100]) {
      const line = progressLine(progress, viewOf({ columns }));
      expect(widthOf(line)).toBeLessThanOrEqual(columns);
      expect(line).not.toContain('\n');
    }
  });
});
