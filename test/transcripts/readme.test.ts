import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../support/git.ts';

/** Lines of the README that end with another exit code than 0, as its text says. */
const EXITS: Readonly<Record<string, number>> = {
  'mreg promote fraud_detector@v2 --to prod': 1,
  'mreg promote fraud_detector@v2 --to prod -m "second try"': 5,
};

describe('README.md', () => {
  it('shows commands that work when they are pasted into a shell on a fresh machine', { timeout: 240_000 }, () => {
    const home = temporaryDirectory('mreg-readme');
    const lines = shellLines(readFileSync('README.md', 'utf8'));
    expect(lines.length).toBeGreaterThan(20);
    expect(Object.keys(EXITS).filter((line) => !lines.includes(line))).toEqual([]);
    const script = join(home, 'readme.sh');
    writeFileSync(script, lines.map(checked).join('\n'));
    const ran = spawnSync('bash', ['-O', 'expand_aliases', script], {
      cwd: resolve('.'),
      env: freshMachine(home),
      encoding: 'utf8',
    });
    expect({ code: ran.status, output: ran.status === 0 ? '' : ran.stdout + ran.stderr }).toEqual({
      code: 0,
      output: '',
    });
  });
});

describe('the pages', () => {
  const pages = ['.', 'docs'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );

  it.each(pages)('%s links to what exists', (page) => {
    const prose = readFileSync(page, 'utf8').replaceAll(/`[^`]*`/g, '');
    const links = [...prose.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => link ?? '');
    const own = links.filter((link) => !/^https?:/.test(link));
    expect(own.filter((link) => !existsSync(join(dirname(page), link)))).toEqual([]);
  });
});

/** The lines of every block of shell, in order; each is one command. */
function shellLines(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? '');
  return blocks.flatMap((block) => block.split('\n')).filter((line) => line !== '');
}

/** A line, and the end of the whole script should it end with another exit code than it should. */
function checked(line: string): string {
  const wanted = String(EXITS[line] ?? 0);
  return `${line}\nended=$?; [ "$ended" = ${wanted} ] || { echo "${wanted} expected, $ended found:" ${quoted(line)}; exit 1; }`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** No configuration, no keys, no agent; the bundle is built already, so npm has nothing to do. */
function freshMachine(home: string): NodeJS.ProcessEnv {
  const bin = join(home, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npm'), '#!/bin/sh\n');
  chmodSync(join(bin, 'npm'), 0o755);
  return {
    PATH: bin + delimiter + (process.env['PATH'] ?? ''),
    HOME: home,
    TMPDIR: home,
    GIT_CONFIG_NOSYSTEM: '1',
  };
}
