import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readInputs } from '../../src/data/inputs.ts';
import { digestOf } from '../../src/documents/digest.ts';
import { temporaryDirectory } from '../support/git.ts';

function folderWith(files: Readonly<Record<string, string>>): string {
  const cwd = temporaryDirectory('mreg-inputs');
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(cwd, path, '..'), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  return cwd;
}

const MONTHS = {
  'm/01/a.csv': 'a',
  'm/01/b.csv': 'b',
  'm/02/c.csv': 'c',
  'm/02/deep/d.csv': 'd',
  'm/.hidden.csv': 'h',
};

describe('the files that are measured', () => {
  it.each([
    ['m/01/a.csv', ['m/01/a.csv']],
    ['m/*/*.csv', ['m/01/a.csv', 'm/01/b.csv', 'm/02/c.csv']],
    ['m/0?/?.csv', ['m/01/a.csv', 'm/01/b.csv', 'm/02/c.csv']],
    ['m/**/*.csv', ['m/01/a.csv', 'm/01/b.csv', 'm/02/c.csv', 'm/02/deep/d.csv']],
    ['m/**', ['m/01/a.csv', 'm/01/b.csv', 'm/02/c.csv', 'm/02/deep/d.csv']],
    ['./m/../m/02/*', ['m/02/c.csv']],
  ])('are found by %s', async (pattern, expected) => {
    const cwd = folderWith(MONTHS);
    const { paths } = await readInputs(pattern, { cwd });
    expect(paths).toEqual(expected.map((path) => join(cwd, path)));
  });

  it('are told by the sha256 of one, and by the list of several, wherever they lie', async () => {
    const [here, there] = [folderWith(MONTHS), folderWith(MONTHS)];
    expect((await readInputs('m/01/a.csv', { cwd: here })).digest).toBe(digestOf('a'));
    const listed = ['a', 'b'].map((name) => `${digestOf(name).slice(7)}  ${name}.csv\n`).join('');
    expect((await readInputs('m/01/*.csv', { cwd: here })).digest).toBe(digestOf(listed));
    expect((await readInputs('m/**', { cwd: there })).digest).toBe((await readInputs('m/**', { cwd: here })).digest);
  });

  it.each([
    ['absent.parquet', /there is no file absent\.parquet/],
    ['m', /m is no file/],
    ['m/*.parquet', /no file matches/],
    ['absent/**/x', /no file matches/],
    ['empty.csv', /is empty/],
    ['odd[1].csv', /holds one of/],
    ['odd*', /holds one of/],
  ])('are refused: %s', async (pattern, reason) => {
    const cwd = folderWith({ ...MONTHS, 'empty.csv': '', 'odd[1].csv': 'x' });
    await expect(readInputs(pattern, { cwd })).rejects.toThrow(reason);
  });

  it('are refused when they changed after their digest was taken', async () => {
    const cwd = folderWith({ 'a.csv': 'a' });
    const files = await readInputs('a.csv', { cwd });
    await files.requireUnchanged();
    appendFileSync(join(cwd, 'a.csv'), 'b');
    await expect(files.requireUnchanged()).rejects.toMatchObject({ code: 'integrity' });
  });

  it('are what a link leads to', async () => {
    const cwd = folderWith({ 'a.csv': 'a' });
    symlinkSync(join(cwd, 'a.csv'), join(cwd, 'link.csv'));
    expect((await readInputs('link.csv', { cwd })).digest).toBe(digestOf('a'));
  });

  it('are read no further when the user interrupts', async () => {
    const cwd = folderWith({ 'a.csv': 'a' });
    const reading = readInputs('a.csv', { cwd, signal: AbortSignal.abort() });
    await expect(reading).rejects.toMatchObject({ code: 'interrupted' });
  });
});
