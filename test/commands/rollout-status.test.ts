import { describe, expect, it } from 'vitest';
import { run } from '../../src/commands/run.ts';
import type { RolloutStatusOutput } from '../../src/report/output-schemas.ts';
import { canaryTemplate, metricsServer, minute } from '../support/canary.ts';
import { testOutside, type Printed } from '../support/outside.ts';
import { mustSucceed, type TestRegistry } from '../support/registry.ts';

const metrics = metricsServer();
const withCanary = canaryTemplate();

const words = (...more: string[]): string[] => [
  ...['rollout', 'status', 'ranker', '--stage', 'staging', '--source', `api=${metrics.url}`],
  ...more,
];
const at = (minutes: number) => ({ now: () => minute(minutes) });
const rising = (version: string, when: Date) => ({
  p95: version === 'v2' ? 60 + (when.getTime() - minute(0).getTime()) / 600_000 : 58,
});

describe('mreg rollout status', () => {
  it('shows the plan, where it stands, each rule with its readings and verdicts, and what comes when', async () => {
    metrics.tells = rising;
    const registry = await withCanary();
    const { stdout } = mustSucceed(await registry.mreg(words(), at(20)));
    expect(stdout).toMatch(/ranker@v2 in staging: progressing, step 1 of 3, 10% of the traffic/);
    expect(stdout).toMatch(/plan +canary: 10% for 30m, 50% for 2h, 100%/);
    expect(stdout).toMatch(/champion +v1, to go back to with mreg rollout abort/);
    expect(stdout).toMatch(/✔ latency_p95_ms above 80 for 5m \(guard\)\n.*plain rule pass/);
    expect(stdout).toMatch(/v2 +▁[▁-█]+█ 62\n +v1 +▅+ 58/);
    expect(stdout).toMatch(/next +holds: every guard passes/);
    expect(stdout).toMatch(/next +then 50% for 2h, not before .* UTC \(in 13m\)/);
  });

  it('tells the same as JSON', async () => {
    metrics.tells = rising;
    const registry = await withCanary();
    const told = JSON.parse(mustSucceed(await registry.mreg(words('--json'), at(20))).stdout) as RolloutStatusOutput;
    expect(told).toMatchObject({
      ...{ action: 'status', phase: 'progressing', weight: 10, champion: 'v1', barredBy: null, trouble: null },
      ...{ due: minute(33).toISOString(), last: null, decision: { action: 'hold', next: minute(33).toISOString() } },
    });
    expect(told.observations[0]).toMatchObject({ metric: 'latency_p95_ms', verdict: 'pass', plain: 'pass' });
    expect(told.series.map(({ part, points }) => [part, points.length])).toEqual([
      ['challenger', 34],
      ['champion', 34],
    ]);
  });

  it('asks nobody with --no-measure, and says why where nothing can be measured', async () => {
    const registry = await withCanary();
    const quiet = JSON.parse((await registry.mreg(words('--json', '--no-measure'), at(20))).stdout) as object;
    expect(quiet).toMatchObject({ decision: null, observations: [], due: minute(33).toISOString() });
    expect(metrics.asked).toBe(0);
    const { stdout } = await registry.mreg(['rollout', 'status', 'ranker', '--stage', 'staging'], at(20));
    expect(stdout).toMatch(/not measured: the source api has no address/);
  });

  it('says who froze the stage', async () => {
    const registry = await withCanary();
    mustSucceed(await registry.mreg(['freeze', 'ranker', '--stage', 'staging', '-m', 'holidays'], at(20)));
    const { stdout } = await registry.mreg(words(), at(40));
    expect(stdout).toMatch(/barred +staging is frozen by ann/);
  });
});

/** Watches from minute 20 on, one minute a look, and ends after so many looks. */
async function watched(registry: TestRegistry, looks: number, terminal: boolean): Promise<Printed> {
  const stop = new AbortController();
  const env = { ...registry.env, MREG_KEY: registry.person('con').keyFile };
  const { outside, printed } = testOutside({
    ...{ cwd: registry.directory, home: registry.home, env, interrupted: stop.signal },
  });
  let looked = 0;
  const pause = (): Promise<void> => {
    looked += 1;
    if (looked === looks) stop.abort();
    return Promise.resolve();
  };
  const world = { ...outside, pause, stdoutIsTerminal: terminal, now: () => minute(20 + looked) };
  expect(await run(world, words('--watch'))).toBe(0);
  return printed;
}

describe('mreg rollout status --watch', () => {
  it('writes a line where something changed, and none where nothing did', async () => {
    metrics.tells = (version, when) => ({ p95: version === 'v2' && when > minute(17) ? 95 : 60 });
    const { stdout } = await watched(await withCanary(), 4, false);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/ranker@v2 in staging: progressing.*: hold, /),
      expect.stringMatching(/: roll-back, latency_p95_ms: 95/),
    ]);
  });

  it('draws the picture anew on a terminal', async () => {
    const { stdout } = await watched(await withCanary(), 3, true);
    expect(stdout.split('\u001b[H\u001b[2J')).toHaveLength(4);
    expect(stdout).toMatch(/Ctrl-C ends it/);
  });
});
