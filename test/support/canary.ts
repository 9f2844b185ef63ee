import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import type { ReleasePlan } from '../../src/documents/kinds/promotion.ts';
import type { RolloutTickOutput } from '../../src/report/output-schemas.ts';
import { ALL_ROLES, makeTeam, mustSucceed, template, type Outcome, type TestRegistry } from './registry.ts';

const TICK_MS = 30_000;
/** The server judges by its own clock: everything happened in the last days. */
const START = Math.floor(Date.now() / 1000) * 1000 - 40 * 3_600_000;

/** The instant so many minutes after the first version was registered. */
export const minute = (minutes: number): Date => new Date(START + minutes * 60_000);

/** What a version served in the interval that ends at an instant. */
export interface Served {
  readonly p95?: number;
  /** Clicks of as many impressions. */
  readonly n?: number;
  readonly clicks?: number;
}

/** What the metrics server tells of a version at an instant; nothing where it answers undefined. */
export type Serving = (version: string, at: Date) => Served | undefined;

/** A metrics server of this test's own, that is told what to tell. */
export interface MetricsServer {
  tells: Serving;
  /** Questions that it was asked. */
  asked: number;
  url: string;
}

/** Runs a metrics server beside each test of the file. */
export function metricsServer(): MetricsServer {
  const metrics: MetricsServer = { tells: () => ({ p95: 60 }), asked: 0, url: '' };
  let server: Server;
  beforeEach(async () => {
    Object.assign(metrics, { asked: 0, tells: () => ({ p95: 60 }) });
    server = createServer((request, response) => {
      metrics.asked += 1;
      const { searchParams } = new URL(request.url ?? '', 'http://here');
      const [version = '', since = '', until = ''] = ['version', 'since', 'until'].map(
        (name) => searchParams.get(name) ?? '',
      );
      response.end(JSON.stringify({ points: pointsOf(metrics.tells, version, [new Date(since), new Date(until)]) }));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    metrics.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return metrics;
}

function pointsOf(tells: Serving, version: string, [since, until]: readonly [Date, Date]) {
  const ticks = Math.floor((until.getTime() - since.getTime()) / TICK_MS);
  return Array.from({ length: Math.max(0, ticks) }, (_, index) => new Date(since.getTime() + (index + 1) * TICK_MS))
    .map((at) => ({ at: at.toISOString(), ...tells(version, at) }))
    .filter((point) => Object.keys(point).length > 1);
}

const PATH = '/served?version={{version}}&since={{since}}&until={{until}}';
const reading = { source: 'api', path: PATH, points: '/points', asOf: '/at' };

/** 10 % for 30 minutes, 50 % for 2 hours, then all; the p95 is to stay below 80 ms. */
export const CANARY: ReleasePlan = {
  strategy: 'canary',
  steps: [{ weight: 10, hold: '30m' }, { weight: 50, hold: '2h' }, { weight: 100 }],
  guards: [{ metric: 'latency_p95_ms', above: 80, for: '5m' }],
};

/** dev → staging by a plan, measured by the test's own server, with a trigger at 120 ms unless there are others. */
export function policyOf(
  plan: ReleasePlan,
  triggers: readonly { metric: string; above: number; for: string }[] = [
    { metric: 'latency_p95_ms', above: 120, for: '5m' },
  ],
): PolicyDocument['spec'] {
  return {
    models: ['*'],
    metrics: {
      latency_p95_ms: { unit: 'ms', min: 0, better: 'lower' },
      ctr: { unit: 'ratio', min: 0, max: 1, better: 'higher' },
    },
    telemetry: {
      every: '30s',
      sources: { api: { type: 'http-json' } },
      metrics: {
        latency_p95_ms: { ...reading, value: '/p95' },
        ctr: { ...reading, hits: '/clicks', count: '/n' },
      },
    },
    transitions: [
      { from: 'dev', to: 'staging', gates: [], plan, rollback: { target: 'last-stable', triggers: [...triggers] } },
    ],
  };
}

/** Copies of a registry with a server: v1 stands in staging, v2 has begun at 10 % in minute 3; `con` runs the controller. */
export function canaryTemplate(policy: PolicyDocument['spec'] = policyOf(CANARY)): () => Promise<TestRegistry> {
  return template(async (home) => {
    const people = { ann: ALL_ROLES, con: ['controller'] };
    const registry = await makeTeam({ people, policy, server: true, home });
    for (const [index, weights] of ['one', 'two'].entries()) {
      writeFileSync(join(home, 'model.bin'), weights);
      const at = (minutes: number) => ({ now: () => minute(minutes) });
      mustSucceed(await registry.mreg(['register', 'ranker', join(home, 'model.bin')], at(2 * index)));
      mustSucceed(await registry.mreg(['promote', 'ranker', '--to', 'staging'], at(2 * index + 1)));
    }
    return registry;
  });
}

/** Runs the controller once, at a minute. */
export function runOnce(
  registry: TestRegistry,
  metrics: MetricsServer,
  { at, flags = [], cwd }: { readonly at: number; readonly flags?: readonly string[]; readonly cwd?: string },
): Promise<Outcome> {
  const words = ['rollout', 'run', '--once', '--json', '--source', `api=${metrics.url}`, ...flags];
  const call = { as: registry.person('con'), now: () => minute(at) };
  return registry.mreg(words, cwd === undefined ? call : { ...call, cwd });
}

/** What the controller saw of the only rollout, and did about it. */
export async function seenAt(
  registry: TestRegistry,
  metrics: MetricsServer,
  at: number,
  ...flags: readonly string[]
): Promise<RolloutTickOutput['rollouts'][number] | undefined> {
  const { stdout } = await runOnce(registry, metrics, { at, flags });
  return (JSON.parse(stdout) as RolloutTickOutput).rollouts[0];
}

/** The pointer of staging as it is checked out. */
export const stageOf = (registry: TestRegistry): string => registry.read('registry/ranker/stages/staging/stage.yaml');
