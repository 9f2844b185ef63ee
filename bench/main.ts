// Measures the program against its bounds, as whole processes on registries of two sizes; exit code 1 when one is missed.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ArtifactSize, measureArtifacts } from './artifacts.ts';
import { makeHistory, type HistorySize } from './history.ts';
import { measureAudit, measureVerify } from './guarding.ts';
import { measureHook } from './hook.ts';
import { type ImageSize, measureImages } from './images.ts';
import { type DataSize, measureMeasuring } from './measure.ts';
import { makeServers, measureLooking, measurePromote, measurePush, measureStart, type Row } from './measurements.ts';
import { makeRegistry, type Size } from './registry.ts';
import { measureTick, type TickSize } from './rollout-tick.ts';
import { isBeyond, renderShares, simulateRollouts } from './rollouts.ts';
import { describeMachine, isMissed, renderRows } from './result.ts';

/** How large the registries are and how often each thing is timed. */
interface Effort {
  readonly small: Omit<Size, 'name'>;
  readonly large: Omit<Size, 'name'>;
  readonly starts: number;
  readonly rounds: number;
  readonly history: HistorySize;
  readonly images: ImageSize;
  readonly data: DataSize;
  readonly ticks: TickSize;
  readonly artifacts: ArtifactSize;
}

// A promotion changes its model, so there are at most as many rounds as models.
const FULL: Effort = {
  small: { models: 20, versionsEach: 10 },
  large: { models: 2000, versionsEach: 10 },
  starts: 41,
  rounds: 15,
  history: { steps: 3000, models: 100 },
  images: { sizeMiB: 2048, rounds: 3 },
  data: { rows: 5_000_000, rounds: 3 },
  ticks: { models: 1000, rounds: 3 },
  artifacts: { sizeMiB: 4096, smallFiles: 10_000, rounds: 3, isJudged: true },
};
/** 104,000 signed documents; only with --verify, because they take minutes to make. */
const HUGE = { models: 2000, versionsEach: 25 };
const QUICK: Effort = {
  small: { models: 5, versionsEach: 2 },
  large: { models: 50, versionsEach: 2 },
  starts: 5,
  rounds: 3,
  history: { steps: 300, models: 50 },
  images: { sizeMiB: 256, rounds: 1 },
  data: { rows: 500_000, rounds: 1 },
  ticks: { models: 50, rounds: 1 },
  artifacts: { sizeMiB: 256, smallFiles: 1000, rounds: 1, isJudged: false },
};

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    verify: { type: 'boolean' },
    artifacts: { type: 'boolean' },
    images: { type: 'boolean' },
    measure: { type: 'boolean' },
    rollouts: { type: 'boolean' },
    keep: { type: 'boolean' },
  },
});

async function main(home: string): Promise<number> {
  const effort = flags.quick === true ? QUICK : FULL;
  say(describeMachine());
  if (flags.artifacts === true) return told(await measureArtifacts(home, effort.artifacts));
  if (flags.images === true) return told(await measureImages(home, effort.images));
  if (flags.measure === true) return told(await measureMeasuring(home, effort.data));
  if (flags.rollouts === true) return rollouts(home, effort);
  // First, while this process is small: the larger a process, the longer it takes to start another.
  const rows: Row[] = [...measureStart(home, effort.starts)];
  const [small, large] = [await made(home, effort.small), await made(home, effort.large)];
  const servers = [small, large].map((registry) => ({ registry, servers: makeServers(registry) }));
  const pair = { small, large };
  rows.push(...measurePromote(pair, effort.rounds), ...measureLooking(pair, effort.rounds));
  for (const each of servers) rows.push(...measurePush(each.registry, each.servers, effort.rounds));
  rows.push(...measureAudit(await lived(home, effort.history)), ...measureVerify(large));
  for (const { registry, servers: made } of servers.slice(0, 1)) rows.push(...measureHook(registry, made.hooked));
  if (flags.verify === true) rows.push(...measureVerify(await made(home, HUGE)));
  return told(rows);
}

function told(rows: readonly Row[]): number {
  console.log(renderRows(rows));
  return rows.some(isMissed) ? 1 : 0;
}

async function rollouts(home: string, { ticks }: Effort): Promise<number> {
  say(`making a registry with ${String(ticks.models)} rollouts under way …`);
  const isSlow = told(await measureTick(home, ticks)) !== 0;
  return simulated(flags.quick === true ? 100 : 1000) !== 0 || isSlow ? 1 : 0;
}

function simulated(runs: number): number {
  say(`simulating ${String(runs)} rollouts of each kind …`);
  const rows = simulateRollouts(runs);
  console.log(renderShares(rows));
  return rows.some(isBeyond) ? 1 : 0;
}

function lived(home: string, size: HistorySize): ReturnType<typeof makeHistory> {
  say(`making a history of ${String(size.steps)} steps …`);
  return makeHistory(join(home, 'history'), size);
}

async function made(home: string, { models, versionsEach }: Omit<Size, 'name'>): ReturnType<typeof makeRegistry> {
  const name = `${String(models)} models`;
  say(`making a registry of ${name} with ${String(versionsEach)} versions each …`);
  return makeRegistry(join(home, `registry-${String(models)}-${String(versionsEach)}`), { name, models, versionsEach });
}

function say(line: string): void {
  console.error(line);
}

const home = mkdtempSync(join(tmpdir(), 'mreg-bench-'));
try {
  process.exitCode = await main(home);
} finally {
  if (flags.keep === true) say(`kept: ${home}`);
  else rmSync(home, { recursive: true, force: true });
}
