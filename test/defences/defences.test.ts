import { readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { expectGolden } from '../report/golden.ts';
import type { Defence } from './defence.ts';
import { DEFENCES } from './defences.ts';

const PAGE = 'docs/security.md';
const LEAST = 30;

describe('the defences whose tests are tried', () => {
  it(`are ${String(LEAST)} or more, each under a name of its own`, () => {
    expect(DEFENCES.length).toBeGreaterThanOrEqual(LEAST);
    expect(new Set(DEFENCES.map(({ id }) => id)).size).toBe(DEFENCES.length);
  });

  it.each(DEFENCES.map((defence) => [defence.id, defence] as const))('stand where they stood: %s', (_id, defence) => {
    const [from, to] = defence.off;
    expect(readFileSync(defence.file, 'utf8').split(from), `${defence.file} holds ${from} once`).toHaveLength(2);
    expect(to).not.toBe(from);
    expect(readFileSync(defence.test, 'utf8')).toMatch(/\b(?:it|tryAll)\b/);
  });

  it('are the table of docs/security.md', async () => {
    const [before = '', after = ''] = readFileSync(PAGE, 'utf8').split(/<!-- defences -->[^]*<!-- \/defences -->/);
    const text = `${before}<!-- defences -->\n\n${tableOf(DEFENCES)}\n<!-- /defences -->${after}`;
    expectGolden(PAGE, await format(text, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
  });
});

function tableOf(defences: readonly Defence[]): string {
  const lines = defences.map(({ id, attack, file, test }) => {
    return `| \`${id}\` | ${attack} | ${link(file)} | ${link(test)} |\n`;
  });
  const head = '| defence | without it gets through | stands in | shown by |\n| --- | --- | --- | --- |\n';
  return `${String(defences.length)} defences.\n\n${head}${lines.join('')}`;
}

function link(file: string): string {
  return `[${file.replace(/^.*\/|(?:\.test)?\.ts$/g, '')}](../${file})`;
}
