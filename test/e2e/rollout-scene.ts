import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import { startModelServer, type ModelServer } from '../support/model-server.ts';
import { makeMovedClock, type MovedClock } from '../support/moved-clock.ts';
import { startPrometheus, type Prometheus } from '../support/prometheus.ts';
import { ALL_ROLES, makeTeam, mustSucceed, template, type Outcome, type TestRegistry } from '../support/registry.ts';
import { startSplittingProxy, type SplittingProxy } from '../support/splitting-proxy.ts';
import { followStage, type StageApplier } from '../support/stage-applier.ts';
import { cloneFor, controllerOf, type Controller } from './real-controller.ts';

/** Long enough ago for a whole plan: Prometheus takes samples of the past, and none of the future. */
const START = Math.floor(Date.now() / 60_000) * 60_000 - 8 * 3_600_000;
const EVERY_MS = 120_000;
/** Ten in a hundred of them are enough to tell a p95 at every tick. */
const REQUESTS = 60;
const AT_ONCE = 20;

const POLICY: PolicyDocument['spec'] = {
  models: ['*'],
  metrics: { latency_p95_ms: { unit: 'ms', min: 0, better: 'lower' } },
  telemetry: {
    every: '2m',
    sources: { prom: { type: 'prometheus' } },
    metrics: {
      latency_p95_ms: {
        source: 'prom',
        histogram: 'model_request_duration_seconds_bucket{version="{{version}}"}',
        quantile: 0.95,
        scale: 1000,
        window: '2m',
      },
    },
    traffic: { source: 'prom', count: 'model_requests_total{version="{{version}}"}' },
  },
  transitions: [
    {
      from: 'dev',
      to: 'staging',
      gates: [],
      plan: {
        strategy: 'canary',
        steps: [{ weight: 10, hold: '30m' }, { weight: 50, hold: '2h' }, { weight: 100 }],
        guards: [{ metric: 'latency_p95_ms', above: 80, for: '5m' }],
      },
      rollback: { target: 'last-stable', triggers: [{ metric: 'latency_p95_ms', above: 80, for: '5m' }] },
    },
  ],
};

/** Copies of a registry in which v1 serves and v2 has just begun at 10 %; `con` and `cyd` are controllers. */
const copyOfRegistry = template(async (home) => {
  // What is made in this process has no clock of its own to be given.
  vi.useFakeTimers({ toFake: ['Date'], now: START - 30 * 60_000 });
  try {
    const people = { ann: ALL_ROLES, con: ['controller'], cyd: ['controller'] };
    const registry = await makeTeam({ people, policy: POLICY, server: true, home });
    for (const [index, minutes] of [-20, 0].entries()) {
      const now = (): Date => new Date(START + minutes * 60_000);
      writeFileSync(join(home, 'model.bin'), `weights ${String(index)}`);
      mustSucceed(await registry.mreg(['register', 'ranker', join(home, 'model.bin')], { now }));
      mustSucceed(await registry.mreg(['promote', 'ranker', '--to', 'staging'], { now }));
    }
    return registry;
  } finally {
    vi.useRealTimers();
  }
});

/** A registry, what serves as it says, what measures that, and a clock that only the test moves. */
export interface Scene {
  readonly registry: TestRegistry;
  readonly clock: MovedClock;
  readonly blue: ModelServer;
  readonly green: ModelServer;
  readonly env: NodeJS.ProcessEnv;
  controller(person: string): Controller;
  /** Makes what serves be what git says. */
  apply: StageApplier['apply'];
  /** Lets minutes pass, tick by tick, in which requests come in and are measured. */
  pass(minutes: number): Promise<void>;
  /** What the registry's server says of a file. */
  read(path: string, commit?: string): string;
  /** Subjects of the branch as the server has it, newest first. */
  subjects(): readonly string[];
  mreg(...words: readonly string[]): Promise<Outcome>;
  /** Answers of so many requests by the slot that gave them. */
  answers(requests: number): Promise<Readonly<Record<'blue' | 'green', number>>>;
}

/** Starts all of it in minute 0 of the rollout; it is stopped when the test is over. */
export async function startScene(): Promise<Scene> {
  const registry = await copyOfRegistry();
  const clock = makeMovedClock(join(registry.home, 'clock'), resolve('.'));
  clock.stopAt(new Date(START));
  const [blue, green] = [kept(await startModelServer('blue', 'v1')), kept(await startModelServer('green', 'v2'))];
  const idle = { weight: 0, mirror: 0 };
  const addresses = { blue: blue.address, green: green.address };
  const proxy = kept(await startSplittingProxy(addresses, { blue: { ...idle, weight: 100 }, green: idle }));
  const prometheus = kept(
    await startPrometheus({ scrape: { model: Object.values(addresses) }, every: '50ms', past: true }),
  );
  const env = { ...registry.env, ...clock.env };
  const { apply } = followStage({
    clone: cloneFor(registry, 'applier'),
    path: 'registry/ranker/stages/staging/stage.yaml',
    branch: 'main',
    ...{ env, proxy, servers: { blue, green } },
  });
  const scene: Scene = {
    ...{ registry, clock, blue, green, env, apply },
    controller: (person) => controllerOf({ registry, env, prometheus }, person),
    pass: async (minutes) => {
      for (const end = clock.now().getTime() + minutes * 60_000; clock.now().getTime() < end;) {
        await serve(proxy);
        clock.stopAt(new Date(clock.now().getTime() + EVERY_MS));
        await measured(scene, prometheus);
      }
    },
    read: (path, commit = 'main') => registry.git('-C', registry.server, 'show', `${commit}:${path}`),
    subjects: () => registry.git('-C', registry.server, 'log', '--format=%s', 'main').split('\n'),
    mreg: (...words) => registry.mreg(words, { now: clock.now, env: clock.env }),
    answers: (requests) => answersOf(proxy, requests),
  };
  await apply();
  await measured(scene, prometheus);
  return scene;
}

function kept<T extends { stop(): Promise<void> }>(each: T): T {
  onTestFinished(() => each.stop());
  return each;
}

async function serve(proxy: SplittingProxy): Promise<void> {
  for (let sent = 0; sent < REQUESTS; sent += AT_ONCE) await answersOf(proxy, AT_ONCE);
}

async function answersOf({ url }: SplittingProxy, requests: number): Promise<Record<'blue' | 'green', number>> {
  // A connection that is kept may be one to the nginx of before.
  const ask = async (): Promise<'blue' | 'green'> => {
    const answer = await fetch(url, { headers: { connection: 'close' } });
    return ((await answer.json()) as { slot: 'blue' | 'green' }).slot;
  };
  const slots = await Promise.all(Array.from({ length: requests }, ask));
  return {
    blue: slots.filter((slot) => slot === 'blue').length,
    green: slots.filter((slot) => slot === 'green').length,
  };
}

/** Has both servers tell what they counted until now, and waits until Prometheus knows it (where they tell anything). */
async function measured({ clock, blue, green }: Scene, { url }: Prometheus): Promise<void> {
  const now = clock.now();
  for (const server of [blue, green]) server.stamp(now);
  const shown = [blue, green].filter((server) => server.showsMetrics()).length;
  if (shown === 0) return;
  const seconds = String(now.getTime() / 1000);
  const query = `count(timestamp(model_requests_total{code="200"}) == ${seconds})`;
  const question = `${url}/api/v1/query?${new URLSearchParams({ query, time: seconds }).toString()}`;
  for (;;) {
    const { data } = (await (await fetch(question)).json()) as { data: { result: { value: [number, string] }[] } };
    if (data.result[0]?.value[1] === String(shown)) return;
    await new Promise((done) => setTimeout(done, 10));
  }
}
