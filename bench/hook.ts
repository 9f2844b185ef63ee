import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { heavyPushes, type HeavyPush, type Weight } from './heavy-pushes.ts';
import type { Row } from './measurements.ts';
import type { BenchRegistry } from './registry.ts';
import { runCommand } from './timing.ts';

const PRELOAD = resolve('bench/measure-hook.cjs');
/** What the hook may take for a push of 10 MB that is refused. */
const MOST_MS = 2000;
const MOST_MIB = 512;

/** What the process of a hook took: by the clock, of the processor, and at most of memory. */
interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
  readonly mib: number;
}

/** How a heavy push ended and what it cost the hook; no cost where git declined before the hook was asked. */
export interface HookRun extends Cost {
  readonly push: HeavyPush;
  readonly accepted: boolean;
  readonly told: string;
}

/** Pushes what is made to be heavy to a server with the hook, one after the other. */
export function pushHeavy(registry: BenchRegistry, server: string, weight: Weight): readonly HookRun[] {
  return heavyPushes(weight).map((push) => pushOne(registry, server, push));
}

function pushOne({ directory, home, env }: BenchRegistry, server: string, push: HeavyPush): HookRun {
  const base = runCommand({ words: ['git', 'rev-parse', 'main'], cwd: directory, env }).trim();
  const input = Buffer.concat([...push.stream(base), Buffer.from('done\n')]);
  runCommand({ words: ['git', 'fast-import', '--quiet', '--force'], cwd: directory, env, input });
  const report = join(home, 'hook.json');
  rmSync(report, { force: true });
  const refspecs = push.refspecs ?? ['refs/heads/heavy:refs/heads/main'];
  const { status, stderr } = spawnSync('git', ['push', '--quiet', server, ...refspecs], {
    cwd: directory,
    env: { ...env, NODE_OPTIONS: `--require=${PRELOAD}`, MREG_BENCH_HOOK: report },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { push, accepted: status === 0, told: stderr, ...readCost(report) };
}

function readCost(report: string): Cost {
  try {
    return JSON.parse(readFileSync(report, 'utf8')) as Cost;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ms: 0, cpuMs: 0, mib: 0 };
    throw error;
  }
}

/** Returns the lines of the result: time and memory of the hook for each push. */
export function measureHook(registry: BenchRegistry, server: string): readonly Row[] {
  return pushHeavy(registry, server, 1).flatMap(({ push, ms, mib, accepted }): readonly Row[] => {
    const what = `hook refuses 10 MB: ${push.name}`;
    // What went through was not refused in time.
    const values = accepted ? [Number.NaN] : [ms];
    return [
      { what, values, unit: 'ms', atMost: MOST_MS },
      { what, values: [mib], unit: 'MiB', atMost: MOST_MIB },
    ];
  });
}
