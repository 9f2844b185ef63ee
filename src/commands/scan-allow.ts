import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { MregError } from '../documents/error.ts';
import { parseAllowance, type Allowance } from '../scan/allowed.ts';
import type { Outside } from './outside.ts';
import { codeOf } from './scan-walk.ts';

const FILE = '.mregscanignore';

/**
 * Returns what the user allows, by flag and by the file in the folder where the command runs. Attack: an artifact that
 * brings its own list of what not to find; a list that lies in what is scanned is not read.
 */
export async function readAllowances(outside: Outside, given: readonly string[]): Promise<readonly Allowance[]> {
  const lines = (await readLines(resolve(outside.cwd, FILE))).filter((line) => !/^\s*(?:#|$)/.test(line));
  return [...given, ...lines].map((text) => {
    const allowance = parseAllowance(text);
    if (allowance !== undefined) return allowance;
    throw new MregError('usage', `expected <rule>:<path> <reason>, found "${text}"`, {
      hint: "for example --allow 'unsafe-pickle:old/*.pkl trained before 2020, loaded in a sandbox only'",
    });
  });
}

async function readLines(file: string): Promise<readonly string[]> {
  try {
    return (await readFile(file, 'utf8')).split(/\r?\n/);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new MregError('unreadable', `${FILE} cannot be read (${codeOf(error)})`, { cause: error });
  }
}
