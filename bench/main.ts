// Measures the program against its bounds, as whole processes on registries of two sizes; exit code 1 when one is missed.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeServers, measureLooking, measurePromote, measurePush, measureStart, type Row } from './measurements.ts';
import { makeRegistry, type Size } from './registry.ts';
import { describeMachine, isMissed, renderRows } from './result.ts';

/** How large the registries are and how often each thing is timed. */
interface Effort {
  readonly small: Omit<Size, 'name'>;
  readonly large: Omit<Size, 'name'>;
  readonly starts: number;
  readonly rounds: number;
}

// A promotion changes its model, so there are at most as many rounds as models.
const FULL: Effort = {
  small: { models: 20, versionsEach: 10 },
  large: { models: 2000, versionsEach: 10 },
  starts: 41,
  rounds: 15,
};
const QUICK: Effort = {
  small: { models: 5, versionsEach: 2 },
  large: { models: 50, versionsEach: 2 },
  starts: 5,
  rounds: 3,
};

const { values: flags } = parseArgs({ options: { quick: { type: 'boolean' }, keep: { type: 'boolean' } } });

async function main(home: string): Promise<number> {
  const effort = flags.quick === true ? QUICK : FULL;
  say(describeMachine());
  // First, while this process is small: the larger a process, the longer it takes to start another.
  const rows: Row[] = [...measureStart(home, effort.starts)];
  const [small, large] = [await made(home, effort.small), await made(home, effort.large)];
  const servers = [small, large].map((registry) => ({ registry, servers: makeServers(registry) }));
  const pair = { small, large };
  rows.push(...measurePromote(pair, effort.rounds), ...measureLooking(pair, effort.rounds));
  for (const each of servers) rows.push(...measurePush(each.registry, each.servers, effort.rounds));
  console.log(renderRows(rows));
  return rows.some(isMissed) ? 1 : 0;
}

async function made(home: string, { models, versionsEach }: Omit<Size, 'name'>): ReturnType<typeof makeRegistry> {
  const name = `${String(models)} models`;
  say(`making a registry of ${name} with ${String(versionsEach)} versions each …`);
  return makeRegistry(join(home, `registry-${String(models)}`), { name, models, versionsEach });
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
