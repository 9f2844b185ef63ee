import { spawnSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { BUNDLE } from '../support/outside.ts';
import type { Outcome, TestRegistry } from '../support/registry.ts';

/**
 * What happens at an operation: the process is killed before it (`die`) or half-way through it (`torn`: a write has
 * written half, git has ended and nobody heard), or the operation fails. A full disk and a read-only one stay so.
 */
export const FAULT_KINDS = ['die', 'torn', 'ENOSPC', 'EIO', 'EMFILE', 'EROFS'] as const;

/** One of `FAULT_KINDS`. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** Where a fault strikes: the n-th operation of the command, or of the server's hook that judges its push. */
export interface Fault {
  readonly kind: FaultKind;
  readonly at: number;
  readonly as?: 'command' | 'hook';
}

/** A command line and the key that it signs with. */
export interface Asked {
  readonly words: readonly string[];
  readonly by: string;
}

/** How a command ended under a fault. */
export interface Struck extends Outcome {
  readonly signal: string | null;
  /** The operation that the fault met, as `<n> <what> <where>`; empty when the command was over before. */
  readonly met: string;
}

/** `npm run faults` strikes everywhere, and brings the whole crowd; otherwise a sample shows the same. */
export const EVERY_FAULT = process.env['EVERY_FAULT'] === '1';

const COUNTS = resolve('node_modules/.cache/mreg/faults.txt');

/** Tells a count of `npm run faults`, which takes hours, as soon as it is known. */
export function tellCount(line: string): void {
  if (!EVERY_FAULT) return;
  console.log(line);
  appendFileSync(COUNTS, `${line}\n`);
}

/** What the injector notes, beside the registry and its server. */
export const LOG = 'met.log';
const INJECTOR = resolve('test/faults/inject.cjs');
/** Few enough to use up in a moment. */
const MOST_FILES = 512;

/** Runs a command as a process of its own and lets one operation fail. */
export function runStruck(registry: TestRegistry, asked: Asked, fault: Fault): Struck {
  return run(registry, asked, fault);
}

/** Returns the operations of a command, or of the hook that judges its push, in their order. */
export function operationsOf(
  registry: TestRegistry,
  asked: Asked,
  as: NonNullable<Fault['as']> = 'command',
): readonly string[] {
  const { met, code, stderr } = run(registry, asked, { kind: 'count', at: 0, as });
  if (code !== 0) throw new Error(`exit ${String(code)}: ${stderr}`);
  return met.split('\n').filter(Boolean);
}

function run(
  registry: TestRegistry,
  { words, by }: Asked,
  fault: Omit<Fault, 'kind'> & { readonly kind: string },
): Struck {
  const { home, directory, env } = registry;
  const log = join(home, LOG);
  writeFileSync(log, '');
  const plan = { below: home, log, as: 'command', ...fault };
  const limited = ['-c', `ulimit -n ${String(MOST_FILES)} && exec "$@"`, 'sh', process.execPath, BUNDLE, ...words];
  const { status, signal, stdout, stderr } = spawnSync('sh', limited, {
    cwd: directory,
    env: {
      ...env,
      MREG_KEY: registry.person(by).keyFile,
      NODE_OPTIONS: `--require ${JSON.stringify(INJECTOR)}`,
      MREG_FAULT: JSON.stringify(plan),
    },
    encoding: 'utf8',
    input: '',
  });
  return { code: status ?? -1, signal, stdout, stderr, met: readFileSync(log, 'utf8').replaceAll(home, '') };
}
