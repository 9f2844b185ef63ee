import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inputAt } from './mutation.ts';
import { smaller } from './smaller.ts';
import type { FuzzTarget } from './target.ts';

/** What takes long but ends, the process tells by itself. Starting it on a loaded machine takes a while, too. */
const WATCHDOG_MS = 20_000;
/** Beside the sources, for `fuzz.test.ts` to try in every run; the program itself runs from the cache folder. */
const FOUND = 'test/fuzz/found';

/** How long to try a target, or which single input. */
export interface Wish {
  readonly seed: number;
  readonly seconds: number;
  readonly only: number | undefined;
}

/** Tries one target in a process of its own, keeps what it finds as a small file and says so; returns how many finds. */
export function lookAfter(target: FuzzTarget, wish: Wish): number {
  const folder = mkdtempSync(join(tmpdir(), 'mreg-fuzz-'));
  try {
    const found = wish.only ?? search(target, wish, folder);
    if (found === undefined) return 0;
    return keep(target, inputAt(target, wish.seed, found), folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the number of the first input that something happened at. */
function search(target: FuzzTarget, { seed, seconds }: Wish, folder: string): number | undefined {
  const progress = join(folder, 'progress');
  const words = [target.name, '--seed', String(seed), '--seconds', String(seconds), '--progress', progress];
  // A loop that never ends lets no timer of its own process fire: time is taken out here.
  const { problem } = run(words, seconds * 1000 + WATCHDOG_MS);
  const at = Number(readFileSync(progress, 'utf8'));
  console.log(`${target.name}: ${String(at)} inputs of seed ${String(seed)}, ${problem ?? 'nothing found'}`);
  return problem === undefined ? undefined : at;
}

function keep(target: FuzzTarget, input: Uint8Array, folder: string): number {
  const file = join(folder, 'input');
  const problemOf = (bytes: Uint8Array): string | undefined => {
    writeFileSync(file, bytes);
    return run([target.name, '--file', file], WATCHDOG_MS).problem;
  };
  if (problemOf(input) === undefined) {
    console.log(`${target.name}: harmless when tried alone`);
    return 0;
  }
  const small = smaller(input, (bytes) => problemOf(bytes) !== undefined);
  const name = createHash('sha256').update(small).digest('hex').slice(0, 12);
  const kept = join(FOUND, target.name, name);
  mkdirSync(join(FOUND, target.name), { recursive: true });
  writeFileSync(kept, small);
  console.log(`${target.name}: ${problemOf(small) ?? ''}`);
  console.log(`  ${String(small.length)} bytes kept in ${kept}: give it a name that says what it is, and commit it;`);
  console.log('  npx vitest run test/fuzz tries it in every run');
  return 1;
}

function run(words: readonly string[], timeout: number): { readonly problem: string | undefined } {
  const [, program = ''] = process.argv;
  const args = ['--max-old-space-size=512', program, ...words];
  const { status, signal, stdout, stderr, error } = spawnSync(process.execPath, args, { timeout, encoding: 'utf8' });
  if (status === 0) return { problem: undefined };
  if (error !== undefined) return { problem: 'does not end' };
  const said = stdout.trim() === '' ? stderr.trim().slice(-300) : stdout.trim();
  return { problem: `ends with ${String(status ?? signal)}: ${said}` };
}
