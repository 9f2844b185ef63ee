import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/commands/run.ts';
import { writeQuery } from '../support/data-files.ts';
import { temporaryDirectory } from '../support/git.ts';
import { testOutside } from '../support/outside.ts';

const EVALUATE = ['evaluate', 'p.parquet', '--label', 'y', '--score', 'p'];

async function folder(): Promise<string> {
  const cwd = temporaryDirectory('mreg-reports');
  await writeQuery(join(cwd, 'p.parquet'), 'SELECT i / 60.0 AS p, CAST(i % 3 = 0 AS INTEGER) AS y FROM range(60) t(i)');
  return cwd;
}

async function ask(cwd: string, ...words: readonly string[]): Promise<{ code: number; stderr: string }> {
  const { outside, printed } = testOutside({ cwd, home: cwd, env: {} });
  const code = await run(outside, words);
  return { code, stderr: printed.stderr };
}

describe('the reports of a measurement', () => {
  it('are written beside the answer: a page that says how to measure again, and a summary', async () => {
    const cwd = await folder();
    expect(await ask(cwd, ...EVALUATE, '--report', 'page.html', '--markdown', 'summary.md')).toMatchObject({ code: 0 });
    const page = readFileSync(join(cwd, 'page.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/i);
    expect(page).toContain('sha256:');
    expect(page).toContain('mreg evaluate p.parquet');
    expect(readFileSync(join(cwd, 'summary.md'), 'utf8')).toContain('| Recall | 0.5000 |');
  });

  it.each([
    ['--report', 'p.parquet'],
    ['--markdown', 'p.parquet'],
  ])('never take the place of the data: %s %s', async (flag, file) => {
    const cwd = await folder();
    const before = readFileSync(join(cwd, file));
    const { code, stderr } = await ask(cwd, ...EVALUATE, flag, file);
    expect(code).toBe(2);
    expect(stderr).toContain(`is no name for what ${flag} writes`);
    expect(readFileSync(join(cwd, file))).toEqual(before);
  });

  it('are refused before measuring where their folder is absent', async () => {
    const cwd = await folder();
    const { code, stderr } = await ask(cwd, ...EVALUATE, '--report', 'absent/page.html');
    expect(code).toBe(2);
    expect(stderr).toContain('mkdir -p');
    expect(existsSync(join(cwd, 'absent'))).toBe(false);
  });
});
