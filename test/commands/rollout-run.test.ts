import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RolloutTickOutput } from '../../src/report/output-schemas.ts';
import { ALL_ROLES, makeTeam, mustSucceed, type Outcome, type TestRegistry } from '../support/registry.ts';

const TICK_MS = 30_000;
/** The server judges by its own clock: everything happened in the last hours. */
const START = Math.floor(Date.now() / 1000) * 1000 - 4 * 3_600_000;
const minute = (minutes: number): Date => new Date(START + minutes * 60_000);

/** What a metrics server tells: the p95 of a version at an instant; nothing where it answers undefined. */
type Latency = (version: string, at: Date) => number | undefined;

let latency: Latency;
let asked: number;
let server: Server;
let url: string;

beforeEach(async () => {
  asked = 0;
  server = createServer((request, response) => {
    asked += 1;
    const { searchParams } = new URL(request.url ?? '', 'http://here');
    const [version = '', since = '', until = ''] = ['version', 'since', 'until'].map(
      (name) => searchParams.get(name) ?? '',
    );
    response.end(JSON.stringify({ points: pointsOf(version, new Date(since), new Date(until)) }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});

afterEach(async () => {
  await new Promise((done) => server.close(done));
});

function pointsOf(version: string, since: Date, until: Date): readonly { at: string; p95: number }[] {
  const ticks = Math.floor((until.getTime() - since.getTime()) / TICK_MS);
  return Array.from({ length: Math.max(0, ticks) }, (_, index) => new Date(since.getTime() + (index + 1) * TICK_MS))
    .map((at) => ({ at: at.toISOString(), p95: latency(version, at) }))
    .filter((point): point is { at: string; p95: number } => point.p95 !== undefined);
}

/** dev → staging as a canary of 10 % for 30 minutes, 50 % for 2 hours, then all; its p95 is to stay below 80 ms. */
function policyAt(address: string) {
  return {
    models: ['*'],
    metrics: { latency_p95_ms: { unit: 'ms' as const, min: 0, better: 'lower' as const } },
    telemetry: {
      every: '30s',
      sources: { api: { type: 'http-json' as const, url: address } },
      metrics: {
        latency_p95_ms: {
          source: 'api',
          path: '/p95?version={{version}}&since={{since}}&until={{until}}',
          points: '/points',
          asOf: '/at',
          value: '/p95',
        },
      },
    },
    transitions: [
      {
        from: 'dev',
        to: 'staging',
        gates: [],
        plan: {
          strategy: 'canary' as const,
          steps: [{ weight: 10, hold: '30m' }, { weight: 50, hold: '2h' }, { weight: 100 }],
          guards: [{ metric: 'latency_p95_ms', above: 80, for: '5m' }],
        },
        rollback: { target: 'last-stable' as const, triggers: [{ metric: 'latency_p95_ms', above: 120, for: '5m' }] },
      },
    ],
  };
}

/** v1 stands in staging, v2 has just started at 10 %, three minutes after the start; `con` runs the controller. */
async function withCanary(): Promise<TestRegistry> {
  const people = { ann: ALL_ROLES, con: ['controller'] };
  const registry = await makeTeam({ people, policy: policyAt(url), server: true });
  for (const [index, weights] of ['one', 'two'].entries()) {
    writeFileSync(join(registry.home, 'model.bin'), weights);
    const now = { now: () => minute(2 * index) };
    mustSucceed(await registry.mreg(['register', 'ranker', join(registry.home, 'model.bin')], now));
    mustSucceed(await registry.mreg(['promote', 'ranker', '--to', 'staging'], { now: () => minute(2 * index + 1) }));
  }
  return registry;
}

async function runOnce(registry: TestRegistry, at: number, ...flags: string[]): Promise<Outcome> {
  const call = { as: registry.person('con'), now: () => minute(at) };
  return registry.mreg(['rollout', 'run', '--once', '--json', ...flags], call);
}

async function seen(registry: TestRegistry, at: number, ...flags: string[]) {
  const { stdout } = await runOnce(registry, at, ...flags);
  return (JSON.parse(stdout) as RolloutTickOutput).rollouts[0];
}

const stageOf = (registry: TestRegistry): string => registry.read('registry/ranker/stages/staging/stage.yaml');

describe('the controller', () => {
  it('holds each step as long as planned, takes the next while the guards pass, and completes', async () => {
    latency = () => 60;
    const registry = await withCanary();
    expect(await seen(registry, 10)).toMatchObject({ action: 'hold', commit: null });
    expect(await seen(registry, 34)).toMatchObject({ action: 'advance', pushed: true });
    expect(stageOf(registry)).toMatch(/weight: 50/);
    expect(registry.read('registry/ranker/stages/staging/decision.yaml')).toMatch(/value: 60/);
    expect(await seen(registry, 100)).toMatchObject({ action: 'hold' });
    expect(await seen(registry, 156)).toMatchObject({ action: 'complete', pushed: true });
    expect(stageOf(registry)).toMatch(/^ {2}version: v2$/m);
    expect((await registry.mreg(['audit'], { now: () => minute(160) })).code).toBe(0);
  });

  it('takes the stage back by a commit, holds the version and says why, when the p95 goes bad at 10 %', async () => {
    latency = (version, at) => (version === 'v2' && at >= minute(10) ? 95 : 60);
    const registry = await withCanary();
    const before = registry.git('rev-parse', 'HEAD');
    expect(await seen(registry, 12)).toMatchObject({ action: 'hold' });
    expect(await seen(registry, 16)).toMatchObject({ action: 'roll-back', commit: expect.any(String) as string });
    expect(stageOf(registry)).toMatch(/phase: complete/);
    expect(stageOf(registry)).toMatch(/^ {2}version: v1$/m);
    const told = registry.git('log', '--format=%B', `${before}..HEAD`);
    expect(told).toMatch(/fail: latency_p95_ms above 80 for 5m, observed 95/);
    expect(registry.git('show', 'HEAD^:registry/ranker/stages/staging/decision.yaml')).toMatch(/action: roll-back/);
    const again = await registry.mreg(['promote', 'ranker@v2', '--to', 'staging'], { now: () => minute(17) });
    expect(again.code).toBe(1);
    expect(again.stdout).toMatch(/is held by con/);
    expect((await registry.mreg(['audit'], { now: () => minute(160) })).code).toBe(0);
  });

  it('pauses, and does not advance, when the metrics were gone for the whole hold', async () => {
    latency = () => undefined;
    const registry = await withCanary();
    expect(await seen(registry, 10)).toMatchObject({ action: 'inconclusive', commit: null });
    expect(await seen(registry, 36)).toMatchObject({ action: 'pause', pushed: true });
    expect(stageOf(registry)).toMatch(/phase: paused/);
    latency = () => 60;
    expect(await seen(registry, 40)).toMatchObject({ action: 'hold' });
  });

  it('goes on with a rollback that was said and not made', async () => {
    latency = (version) => (version === 'v2' ? 95 : 60);
    const registry = await withCanary();
    expect(await seen(registry, 16)).toMatchObject({ action: 'roll-back' });
    // As if it had been killed between its two pushes: only the step that says why is there, and another goes on elsewhere.
    const said = registry.git('rev-parse', 'HEAD^');
    registry.git('-C', registry.server, 'update-ref', 'refs/heads/main', said);
    const cwd = join(registry.home, 'elsewhere');
    registry.git('clone', '--quiet', registry.server, cwd);
    latency = () => 60;
    const call = { as: registry.person('con'), now: () => minute(18), cwd };
    const { stdout } = await registry.mreg(['rollout', 'run', '--once', '--json'], call);
    expect((JSON.parse(stdout) as RolloutTickOutput).rollouts[0]).toMatchObject({
      action: 'roll-back',
      reason: expect.stringMatching(/p95/) as string,
    });
    const stage = registry.git('-C', registry.server, 'show', 'main:registry/ranker/stages/staging/stage.yaml');
    expect(stage).toMatch(/^ {2}version: v1$/m);
  });

  it('takes a finished rollout back when a trigger of the policy fires within a day', async () => {
    latency = (version, at) => (version === 'v2' && at >= minute(200) ? 150 : 60);
    const registry = await withCanary();
    for (const at of [34, 156]) await seen(registry, at);
    expect(await seen(registry, 190)).toMatchObject({ action: 'hold', phase: 'complete' });
    expect(await seen(registry, 207)).toMatchObject({ action: 'roll-back' });
    expect(stageOf(registry)).toMatch(/^ {2}version: v1$/m);
  });

  it('lets one of two that look at once act, and the other find it done', async () => {
    latency = () => 60;
    const registry = await withCanary();
    registry.git('clone', '--quiet', registry.server, join(registry.home, 'other'));
    const cwd = join(registry.home, 'other');
    const call = { as: registry.person('con'), now: () => minute(34) };
    const words = ['rollout', 'run', '--once', '--json'];
    const both = await Promise.all([
      registry.mreg(words, call),
      registry.mreg(words, { ...call, cwd, now: () => minute(34.1) }),
    ]);
    const sights = both.map(({ stdout }) => (JSON.parse(stdout) as RolloutTickOutput).rollouts[0]);
    expect(sights.filter((sight) => sight?.commit !== null)).toHaveLength(1);
    expect(registry.git('-C', registry.server, 'log', '--format=%s', 'main')).toMatch(
      /^Rollout of ranker.*step 2 of 3\nPromote/,
    );
  });

  it('changes nothing in a dry run', async () => {
    latency = () => 60;
    const registry = await withCanary();
    const before = registry.git('rev-parse', 'HEAD');
    expect(await seen(registry, 34, '--dry-run')).toMatchObject({ action: 'advance', commit: null });
    expect(registry.git('rev-parse', 'HEAD')).toBe(before);
  });

  it('asks nothing of models that it is not to look after', async () => {
    latency = () => 60;
    const registry = await withCanary();
    asked = 0;
    expect(await seen(registry, 34, '--model', 'risk/*')).toBeUndefined();
    expect(asked).toBe(0);
  });

  it('says so, and exits 3, where the key has no role to move rollouts', async () => {
    latency = () => 60;
    const people = { ann: ALL_ROLES, eve: ['evaluator'] };
    const registry = await makeTeam({ people, policy: policyAt(url), server: true });
    for (const weights of ['one', 'two']) {
      writeFileSync(join(registry.home, 'model.bin'), weights);
      mustSucceed(
        await registry.mreg(['register', 'ranker', join(registry.home, 'model.bin')], { now: () => minute(0) }),
      );
      mustSucceed(await registry.mreg(['promote', 'ranker', '--to', 'staging'], { now: () => minute(1) }));
    }
    const call = { as: registry.person('eve'), now: () => minute(34) };
    const { code, stdout } = await registry.mreg(['rollout', 'run', '--once', '--json'], call);
    expect(code).toBe(3);
    expect(stdout).toMatch(/"trouble": "[^"]*refused/);
  });
});
