import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import type { Call, TestRegistry } from '../support/registry.ts';

/** What a command of a transcript is run with: by default the first person, at the registry's clock. */
export type CallOf = (words: readonly string[]) => Call;

/**
 * Runs every `$ mreg …` line of the transcript `name` and expects what is written below it: standard output, then what went
 * to standard error after `! `, then `[exit N]` unless it is 0. Lines that start with `#` are remarks. With UPDATE=1 the
 * file is rewritten.
 */
export async function expectTranscript(registry: TestRegistry, name: string, callOf: CallOf): Promise<void> {
  const file = join(import.meta.dirname, `${name}.txt`);
  const written = readFileSync(file, 'utf8');
  const blocks: string[] = [];
  for (const line of written.split('\n')) {
    if (line.startsWith('# ')) blocks.push(line);
    if (line.startsWith('$ mreg ')) blocks.push(masked(await ran(registry, line, callOf), registry));
  }
  const text = `${blocks.join('\n\n')}\n`;
  if (process.env['UPDATE'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, 'utf8'));
}

async function ran(registry: TestRegistry, line: string, callOf: CallOf): Promise<string> {
  const words = wordsOf(line.slice('$ mreg '.length));
  const { code, stdout, stderr } = await registry.mreg(words, callOf(words));
  const errors = linesOf(stderr).map((each) => `! ${each}`.trimEnd());
  return [line, ...linesOf(stdout), ...errors, ...(code === 0 ? [] : [`[exit ${String(code)}]`])].join('\n');
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}

/** Words as a shell splits them: at blanks, single and double quotes keep them together. */
function wordsOf(line: string): readonly string[] {
  const found = line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g);
  return [...found].map(([, double, single, bare]) => double ?? single ?? bare ?? '');
}

/** What keys made for the test go into has another value each time, but always the same length. */
function masked(text: string, { home }: TestRegistry): string {
  return text
    .replaceAll(home, '/home/ann')
    .replace(/\bacme-[0-9a-f]{12}\b/g, 'acme-0123456789ab')
    .replace(/\b[0-9a-f]{40}\b/g, '0123456789abcdef0123456789abcdef01234567')
    .replace(/\bat [0-9a-f]{12}$/gm, 'at 0123456789ab')
    .replace(/\bcommit [0-9a-f]{12}\b/g, 'commit 0123456789ab')
    .replace(/ [0-9a-f]{10}$/gm, ' 0123456789')
    .replace(/^(?<label> *evidence {2})[0-9a-f]{12} /gm, '$<label>0123456789ab ')
    .replace(/sha256:[0-9a-f]{64}/g, `sha256:${'0123456789abcdef'.repeat(4)}`);
}
