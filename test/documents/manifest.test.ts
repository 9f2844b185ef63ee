import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { comparePaths, pathFault } from '../../src/documents/artifact-path.ts';
import { digestOf } from '../../src/documents/digest.ts';
import {
  compareManifests,
  formatManifest,
  type ManifestFile,
  manifestDigest,
  manifestOf,
  parseManifest,
  pathsFaults,
} from '../../src/documents/manifest.ts';

const file = (path: string, content = path): ManifestFile => ({
  path,
  size: content.length,
  digest: digestOf(content),
});
const hex = (content: string): string => digestOf(content).slice(7);
const line = (path: string): string => `${hex(path)} ${String(path.length)} ${path}\n`;
const parse = (text: string | Uint8Array) => parseManifest(Buffer.from(text));

describe('a manifest', () => {
  it('is the header and one line a file, sorted by path', () => {
    const text = `mreg-manifest v1\n${hex('aa')} 2 a.bin\n${hex('b')} 1 sub/b\n`;
    const files = [file('sub/b', 'b'), file('a.bin', 'aa')];
    expect(formatManifest(files)).toBe(text);
    expect(manifestDigest(files)).toBe(digestOf(text));
    expect(parse(text)).toEqual({ ok: true, value: { files: files.toReversed(), size: 3 } });
  });

  const header = 'mreg-manifest v1\n';
  it.each([
    ['nothing', ''],
    ['no file', header],
    ['an empty line', `${header}\n`],
    ['another version', `mreg-manifest v2\n${line('a')}`],
    ['a byte order mark', `\ufeff${header}${line('a')}`],
    ['CRLF', `${header}${line('a')}`.replaceAll('\n', '\r\n')],
    ['a cut last line', `${header}${line('a')}`.slice(0, -1)],
    ['an empty last line', `${header}${line('a')}\n`],
    ['upper-case hex', `${header}${hex('a').toUpperCase()} 1 a\n`],
    ['short hex', `${header}${hex('a').slice(1)} 1 a\n`],
    ['a leading zero in the size', `${header}${hex('a')} 01 a\n`],
    ['a negative size', `${header}${hex('a')} -1 a\n`],
    ['a size beyond 2^53', `${header}${hex('a')} 9007199254740993 a\n`],
    ['a total beyond 2^53', `${header}${hex('a')} 9007199254740991 a\n${hex('a')} 1 b\n`],
    ['two spaces before the path', `${header}${hex('a')} 1  \n`],
    ['no path', `${header}${hex('a')} 1 \n`],
    ['files out of order', `${header}${line('b')}${line('a')}`],
    ['a file listed twice', `${header}${line('a')}${line('a')}`],
    ['case twins', `${header}${line('A')}${line('a')}`],
    ['Unicode twins', `${header}${line('e\u0301')}${line('\u00e9')}`],
    ['case twins of a folder', `${header}${line('A/x')}${line('a/y')}`],
    ['a file that is the folder of another', `${header}${line('a')}${line('a/b')}`],
    ['a path that leaves the folder', `${header}${line('../a')}`],
  ])('is refused with %s', (_what, text) => {
    const reading = parse(text);
    expect(reading).toMatchObject({ ok: false, refusals: [{ code: 'artifact' }] });
  });

  it('is refused when it is not UTF-8', () => {
    expect(
      parse(Buffer.concat([Buffer.from(header + line('a').slice(0, -1)), Buffer.from([0xff, 0x0a])])),
    ).toMatchObject({
      ok: false,
    });
  });

  it('names the line of the first fault', () => {
    expect(parse(`${header}${line('a')}${line('-b')}`)).toMatchObject({ refusals: [{ path: 'manifest:3' }] });
  });
});

describe('a path in an artifact', () => {
  it.each([
    'model.onnx',
    'a b/c d',
    'ünïcödé/模型.bin',
    '😀.bin',
    '.hidden',
    'a.git',
    '.gitattributes',
    'console.log',
    'com10',
    'a..b',
    '...x',
    'a-',
    ' lead',
    'nul_',
    'x'.repeat(255),
  ])('may be %j', (path) => {
    expect(pathFault(path)).toBeUndefined();
  });

  it.each([
    '',
    '/a',
    'a//b',
    'a/',
    './a',
    'a/./b',
    '../a',
    'a/..',
    'a\\b',
    'C:x',
    'a:stream',
    '-rf',
    'a/-b',
    'a.',
    'a ',
    'a./b',
    '...',
    '.git',
    'a/.GIT/config',
    'git~1',
    '.gi\u200ct',
    'con',
    'a/NUL',
    'aux.txt',
    'com1',
    'LPT9.bin',
    'com¹',
    'con .txt',
    'a\0',
    'a\nb',
    'a\tb',
    'a\u007f',
    'a\u0085',
    'a\u2028',
    'a\u202e',
    'a\ufeff',
    'a\ufffd',
    'a\ud800',
    'x'.repeat(256),
    'é'.repeat(128),
    `${'x/'.repeat(500)}y`,
  ])('may not be %j', (path) => {
    expect(pathFault(path)).toEqual(expect.any(String));
  });
});

describe('a set of paths', () => {
  it('is refused when it is empty', () => {
    expect(pathsFaults([])).toEqual([{ path: '', fault: 'holds no file' }]);
  });

  it('tells every fault, not the first', () => {
    expect(pathsFaults(['b', 'B', '-x', 'ok', 'con']).map(({ path }) => path)).toEqual(['-x', 'b', 'con']);
  });

  it('may hold a folder and a file whose names merely start alike', () => {
    expect(pathsFaults(['a.b', 'a/b', 'a/c', 'a0', 'b/a/x', 'b/c'])).toEqual([]);
  });
});

describe('the difference of two manifests', () => {
  const expected = manifestOf([file('a'), file('b'), file('c')]);
  it.each([
    ['nothing when they are equal', [file('c'), file('a'), file('b')], []],
    ['a missing file', [file('a'), file('c')], [{ kind: 'missing', path: 'b' }]],
    ['an extra file', [file('a'), file('b'), file('c'), file('d')], [{ kind: 'extra', path: 'd' }]],
    [
      'a changed file',
      [file('a'), file('b', 'x'), file('c')],
      [{ kind: 'changed', path: 'b', expected: file('b'), found: file('b', 'x') }],
    ],
    ['a renamed file', [file('a'), file('d', 'b'), file('c')], [{ kind: 'renamed', path: 'b', to: 'd' }]],
    [
      'swapped contents as two changes',
      [file('a', 'b'), file('b', 'a'), file('c')],
      [
        { kind: 'changed', path: 'a' },
        { kind: 'changed', path: 'b' },
      ],
    ],
  ])('is %s', (_what, found, differences) => {
    expect(compareManifests(expected, manifestOf(found))).toMatchObject(differences);
    expect(compareManifests(expected, manifestOf(found))).toHaveLength(differences.length);
  });

  it('pairs files of equal content one to one', () => {
    const before = manifestOf([file('a', 'x'), file('b', 'x')]);
    expect(compareManifests(before, manifestOf([file('c', 'x')]))).toEqual([
      { kind: 'renamed', path: 'a', to: 'c' },
      { kind: 'missing', path: 'b' },
    ]);
  });
});

describe('laws of manifests', () => {
  const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
  const files = fc
    .uniqueArray(name, { maxLength: 12 })
    .map((paths) => paths.filter((path) => pathFault(path) === undefined))
    .filter((paths) => paths.length > 0 && pathsFaults(paths).length === 0)
    .map((paths) => paths.map((path) => file(path, path.repeat(3))));

  it('parsing what was formatted gives it back, and formats to the same bytes', () => {
    fc.assert(
      fc.property(files, (given) => {
        const text = formatManifest(given);
        const reading = parse(text);
        expect(reading).toEqual({ ok: true, value: manifestOf(given) });
        expect(reading.ok && formatManifest(reading.value.files)).toBe(text);
      }),
    );
  });

  it('an accepted text is the only one for its files: any other byte gives another artifact or none', () => {
    fc.assert(
      fc.property(files, fc.nat(), fc.integer({ min: 1, max: 255 }), (given, at, flip) => {
        const bytes = Buffer.from(formatManifest(given));
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ flip;
        const reading = parse(bytes);
        if (reading.ok) expect(Buffer.from(formatManifest(reading.value.files)).equals(bytes)).toBe(true);
      }),
    );
  });

  it('paths are ordered as their UTF-8 bytes are', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(comparePaths(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
      {
        examples: [
          ['\uffff', '\u{10000}'],
          ['a\ue000', 'a\u{1f600}'],
        ],
      },
    );
  });
});
