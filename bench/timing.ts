import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';

/** A command line and where it runs. */
export interface Command {
  readonly words: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly input?: Uint8Array;
}

/** Runs a command to its end and returns what it printed; throws what it said when it fails. */
export function runCommand({ words, cwd, env, input = new Uint8Array() }: Command): string {
  const [program, ...args] = words;
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, input, encoding: 'utf8' });
  if (status === 0) return stdout;
  throw new Error(`${words.join(' ')} ended with ${String(status)}\n${stdout}${stderr}`, { cause: error });
}

/** Returns how many milliseconds a whole process takes, from its start to its exit. */
export function timeCommand(command: Command): number {
  const start = performance.now();
  runCommand(command);
  return performance.now() - start;
}

/** One thing to be timed; `round` counts from 0, because what changes a registry can be done once only. */
export interface Contender {
  readonly name: string;
  readonly run: (round: number) => number;
}

/** The times of each contender by name, one for every round, in milliseconds. */
export type Times = ReadonlyMap<string, readonly number[]>;

/**
 * Times every contender once in each round, in turns: a machine that grows slower or faster meanwhile does so for all of
 * them alike.
 */
export function timeInTurns(contenders: readonly Contender[], rounds: number): Times {
  const times = new Map(contenders.map(({ name }): [string, number[]] => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, run } of contenders) times.get(name)?.push(run(round));
  }
  return times;
}

/** Returns `combine` of two contenders' times, round by round. */
export function roundByRound(
  times: Times,
  [first, second]: readonly [string, string],
  combine: (first: number, second: number) => number,
): readonly number[] {
  const others = timesOf(times, second);
  return timesOf(times, first).map((value, round) => combine(value, others[round] ?? Number.NaN));
}

/** Returns the times of one contender; throws when there is none of that name. */
export function timesOf(times: Times, name: string): readonly number[] {
  const found = times.get(name);
  if (found === undefined) throw new Error(`nothing called ${name} was timed`);
  return found;
}

/** The middle of several values and their ends. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Returns the spread of at least one value. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const median = (at(Math.floor((sorted.length - 1) / 2)) + at(Math.ceil((sorted.length - 1) / 2))) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}
