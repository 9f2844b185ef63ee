import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { attempt } from './attempt.ts';
import { inputAt } from './mutation.ts';
import type { FuzzTarget } from './target.ts';

/** No reader may take more, whatever it is given. */
const MAX_MEMORY_KIB = 512 * 1024;
/** Nor longer. */
const MAX_MS = 2_000;
/** What `runInputs` and `tryFile` end with when they have found something. */
const FOUND_EXIT = 9;

/** How long one target runs, and where it tells the number of the input that it is at. */
export interface Course {
  readonly seed: number;
  readonly seconds: number;
  readonly progress: string;
}

/** Tries one input after the other. The number is written before each, because a crash leaves no time to tell. */
export async function runInputs(target: FuzzTarget, { seed, seconds, progress }: Course): Promise<number> {
  const file = openSync(progress, 'w');
  const end = performance.now() + seconds * 1000;
  let number = 0;
  try {
    for (; performance.now() < end; number += 1) {
      writeSync(file, String(number).padEnd(12), 0);
      const problem = await problemOf(target, inputAt(target, seed, number));
      if (problem === undefined) continue;
      console.log(problem);
      return FOUND_EXIT;
    }
    return 0;
  } finally {
    closeSync(file);
  }
}

/** Tries the input in a file. */
export async function tryFile(target: FuzzTarget, file: string): Promise<number> {
  const problem = await problemOf(target, readFileSync(file));
  if (problem !== undefined) console.log(problem);
  return problem === undefined ? 0 : FOUND_EXIT;
}

/** Time of the processor, so that a machine with much else to do finds nothing. */
async function problemOf(target: FuzzTarget, input: Uint8Array): Promise<string | undefined> {
  const before = process.cpuUsage();
  const problem = await attempt(target, input);
  const { user, system } = process.cpuUsage(before);
  if (problem !== undefined) return problem;
  const ms = (user + system) / 1000;
  return ms > MAX_MS ? `took ${String(Math.ceil(ms))} ms` : memoryProblem();
}

function memoryProblem(): string | undefined {
  const { maxRSS } = process.resourceUsage();
  return maxRSS > MAX_MEMORY_KIB ? `took ${String(Math.ceil(maxRSS / 1024))} MiB of memory` : undefined;
}
