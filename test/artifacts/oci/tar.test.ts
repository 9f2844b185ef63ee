import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { statedSize, TAR_END, tarHead, tarPadding } from '../../../src/artifacts/oci/tar.ts';

const archive = (files: Readonly<Record<string, string>>): Buffer =>
  Buffer.concat([
    ...Object.entries(files).flatMap(([name, text]) => {
      const size = Buffer.byteLength(text);
      return [tarHead(name, size), Buffer.from(text), new Uint8Array(tarPadding(size))];
    }),
    TAR_END,
  ]);
const tar = (args: readonly string[], input: Buffer): string =>
  execFileSync('tar', [...args], {
    input,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], LC_ALL: 'C.UTF-8', TZ: 'UTC' },
  });

describe('an archive', () => {
  const long = `models/${'deep/'.repeat(40)}${'n'.repeat(200)}.bin`;
  const names = ['models/a', 'models/ünï/çode.bin', long, `models/${'x'.repeat(93)}`, `models/${'x'.repeat(94)}`];

  it('is listed by tar with the names, sizes, mode, owner and time that it was made with', () => {
    const listed = tar(
      ['--numeric-owner', '--quoting-style=literal', '-tvf', '-'],
      archive(Object.fromEntries(names.map((name) => [name, name]))),
    );
    const lines = names.map(
      (name) => new RegExp(`^-rw-r--r-- 0/0 +${String(Buffer.byteLength(name))} 1970-01-01 00:00 `),
    );
    const found = listed.trimEnd().split('\n');
    expect(found.map((line) => line.slice(line.indexOf('00:00 ') + 6))).toEqual(names);
    for (const [index, line] of found.entries()) expect(line).toMatch(lines[index]!);
  });

  it.each(['', 'a', 'b'.repeat(511), 'c'.repeat(512), 'd'.repeat(513)])('gives content back byte for byte', (text) => {
    expect(
      tar(['-xOf', '-', 'models/b'], archive({ 'models/a': 'before', 'models/b': text, 'models/c': 'after' })),
    ).toBe(text);
  });

  it.each([8 ** 11 - 1, 8 ** 11, 2 ** 50])('states a size of %d bytes', (size) => {
    // The bytes themselves are not there: tar lists the file, then complains of the end.
    const { stdout } = spawnSync('tar', ['-tvf', '-'], { input: tarHead('models/huge', size), encoding: 'utf8' });
    expect(stdout).toContain(` ${String(size)} `);
  });

  it('has a head whose size can be read again', () => {
    expect(statedSize(tarHead('a', 12345))).toBe(12345);
    expect(statedSize(new Uint8Array(512))).toBeUndefined();
  });

  it('is in whole blocks', () => {
    for (const name of names) expect(tarHead(name, 2 ** 40).length % 512).toBe(0);
  });
});
