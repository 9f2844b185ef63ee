import { ESLint, type Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';

/** Without types, which none of these rules needs and which take seconds to load. */
const eslint = new ESLint({ overrideConfig: tseslint.configs.disableTypeChecked as Linter.Config });

/** One line of a pure room, and a word of the advice that it earns. */
const IMPURE: readonly (readonly [line: string, advice: string])[] = [
  ['const a = Date.now();', 'Time is an argument'],
  ['const a = new Date();', 'Time is an argument'],
  ['const a = Date();', 'Time is an argument'],
  ['const a = performance.now();', 'Time is an argument'],
  ['setTimeout(() => undefined, 1);', 'Time is an argument'],
  ['const a = Math.random();', 'Randomness is an argument'],
  ["import { randomBytes } from 'node:crypto';", 'Randomness is an argument'],
  ['const a = crypto.randomUUID();', 'Import what hashes or verifies'],
  ['const a = process.env;', 'do not reach out'],
  ["const a = fetch('http://localhost');", 'do not reach out'],
  ['const a = globalThis;', 'do not reach out'],
  ["console.log('a');", 'let the command print it'],
];

describe('the rules of pure rooms', () => {
  it('refuse clock, randomness, process, network and output', async () => {
    const found = await adviceIn('src/gates/verdict.ts', IMPURE.map(([line]) => line).join('\n'));
    for (const [index, [line, advice]] of IMPURE.entries()) {
      expect(
        found
          .filter((message) => message.line === index + 1)
          .map(({ text }) => text)
          .join(),
        line,
      ).toContain(advice);
    }
  });

  it('let them read a given time, hash and verify', async () => {
    const lawful = ["import { createHash, verify } from 'node:crypto';", 'const a = new Date(0).getTime();'];
    expect(adviceOnly(await adviceIn('src/gates/verdict.ts', lawful.join('\n')))).toEqual([]);
  });

  it('do not hold for commands', async () => {
    const text = IMPURE.map(([line]) => line).join('\n');
    expect(adviceOnly(await adviceIn('src/commands/outside.ts', text))).toEqual([]);
  });
});

interface Message {
  readonly line: number;
  readonly rule: string | null;
  readonly text: string;
}

async function adviceIn(filePath: string, text: string): Promise<readonly Message[]> {
  const [result] = await eslint.lintText(text, { filePath });
  return result!.messages.map(({ line, ruleId, message }) => ({ line, rule: ruleId, text: message }));
}

function adviceOnly(messages: readonly Message[]): readonly Message[] {
  return messages.filter(({ rule }) => rule?.startsWith('no-restricted-'));
}
