import { randomFillSync } from 'node:crypto';
import { execFile } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeAuthor } from './people.ts';
import { MREG } from './registry.ts';
import { type Command, runCommand, timeCommand } from './timing.ts';

const MIB = 1024 * 1024;
/** What a push, a registration or a pull may hold in memory, whatever the size. */
export const MOST_MIB = 200;

/** A registry in whose folder commands are run, and watched. */
export interface Bench {
  command(words: readonly string[], prefix?: readonly string[]): Command;
  /** Runs a command to its end while this process waits. */
  mreg(words: readonly string[]): Watched;
  /** Runs a command while this process does other things, such as being the server. */
  peakBeside(words: readonly string[]): Promise<number>;
}

/** How long a command took, and the most memory that it held. */
export interface Watched {
  readonly ms: number;
  readonly peakMiB: number;
}

/** Where the registry of a bench is, and where its bytes go. */
export interface BenchPlace {
  readonly home: string;
  readonly name: string;
  readonly store: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes a registry that keeps its artifacts in `store`. */
export async function makeBench({ home, name, store, env: more = {} }: BenchPlace): Promise<Bench> {
  const author = await makeAuthor(home);
  const directory = join(home, name);
  const peakFile = join(home, `${name}-peak`);
  // Node tells the most that it held, in KiB, when it ends.
  const watch = `import{writeFileSync}from'node:fs';process.on('exit',()=>writeFileSync(${JSON.stringify(peakFile)},String(process.resourceUsage().maxRSS)))`;
  const env = { PATH: process.env['PATH'], HOME: home, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C', ...more };
  mkdirSync(home, { recursive: true });
  const init = ['init', directory, '--key', author.keyFile, '--as', author.id, '--store', store];
  runCommand({ words: [process.execPath, MREG, ...init], cwd: home, env });
  const watched = ['--import', `data:text/javascript,${encodeURIComponent(watch)}`];
  const keyed = (words: readonly string[]) => [...words, '--key', author.keyFile, '--json'];
  const command: Bench['command'] = (words, prefix = []) => {
    const [first = process.execPath, ...rest] = [...prefix, process.execPath, ...watched, MREG, ...keyed(words)];
    return { words: [first, ...rest], cwd: directory, env };
  };
  const peakMiB = (): number => Number(readFileSync(peakFile, 'utf8')) / 1024;
  return {
    command,
    mreg: (words) => ({ ms: timeCommand(command(words)), peakMiB: peakMiB() }),
    peakBeside: async (words) => {
      const [program, ...rest] = command(words).words;
      await promisify(execFile)(program, rest, { cwd: directory, env });
      return peakMiB();
    },
  };
}

/** Returns a new file of bytes that nothing makes smaller and no store has. */
export function writeNoise(path: string, sizeMiB: number): string {
  const file = openSync(path, 'w');
  const piece = Buffer.alloc(MIB);
  for (let written = 0; written < sizeMiB; written += 1) writeSync(file, randomFillSync(piece));
  closeSync(file);
  return path;
}
