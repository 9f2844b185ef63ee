import { afterEach, describe, expect, it } from 'vitest';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import { openTelemetry } from '../../src/telemetry/open-telemetry.ts';
import { sampleOf } from '../documents/samples.ts';
import { cloneOf, commitFiles, GIT_ENV, makeRepository } from './git.ts';
import { startModelServer, type ModelServer } from './model-server.ts';
import { isInstalled, startPrometheus } from './prometheus.ts';
import { startSplittingProxy, type SplittingProxy } from './splitting-proxy.ts';
import { followStage } from './stage-applier.ts';
import { testTelemetryWorld } from './telemetry-world.ts';

const started: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of started.splice(0).reverse()) await each.stop();
});

function kept<T extends { stop(): Promise<void> }>(each: T): T {
  started.push(each);
  return each;
}

const answersOf = async ({ url }: SplittingProxy, requests: number): Promise<Readonly<Record<string, number>>> => {
  const slots = { blue: 0, green: 0 };
  for (let index = 0; index < requests; index += 1) {
    const { slot } = (await (await fetch(url)).json()) as { slot: 'blue' | 'green' };
    slots[slot] += 1;
  }
  return slots;
};

async function startServing(): Promise<{ blue: ModelServer; green: ModelServer; proxy: SplittingProxy }> {
  const [blue, green] = [kept(await startModelServer('blue', 'v6')), kept(await startModelServer('green', 'v7'))];
  const idle = { weight: 0, mirror: 0 };
  const addresses = { blue: blue.address, green: green.address };
  return {
    blue,
    green,
    proxy: kept(await startSplittingProxy(addresses, { blue: { ...idle, weight: 100 }, green: idle })),
  };
}

describe.skipIf(!isInstalled('prometheus') || !isInstalled('nginx'))('what serves in tests', () => {
  it('splits by what git says, mirrors, and is measured by a server that scrapes it', async () => {
    const { blue, green, proxy } = await startServing();
    const prometheus = kept(await startPrometheus({ scrape: { model: [blue.address, green.address] } }));
    expect(await answersOf(proxy, 5)).toEqual({ blue: 5, green: 0 });

    const origin = makeRepository('mreg-serving');
    const commit = (weight: number, mirror: number): void => {
      const stage = sampleOf('Stage');
      const { blue: left, green: right } = stage.spec.slots;
      const slots = { blue: { ...left, weight: 100 - weight }, green: { ...right, weight, mirror } };
      commitFiles(origin, { 'stage.yaml': writeYaml({ ...stage, spec: { ...stage.spec, slots } }) });
    };
    commit(50, 0);
    const clone = cloneOf(origin);
    const applier = followStage({
      clone,
      path: 'stage.yaml',
      branch: 'main',
      env: GIT_ENV,
      proxy,
      servers: { blue, green },
    });
    await applier.apply();
    const split = await answersOf(proxy, 60);
    expect(Math.min(...Object.values(split))).toBeGreaterThan(5);

    commit(0, 100);
    await applier.apply();
    const before = green.requests();
    expect(await answersOf(proxy, 20)).toEqual({ blue: 20, green: 0 });
    while (green.requests() < before + 20) await new Promise((done) => setTimeout(done, 10));

    const telemetry = openTelemetry(
      {
        everyMs: 1000,
        sources: new Map([['prom', { type: 'prometheus', url: prometheus.url, staleAfter: '10s' }]]),
        metrics: new Map([
          [
            'latency_p95_ms',
            {
              source: 'prom',
              histogram: 'model_request_duration_seconds_bucket{slot="{{slot}}"}',
              quantile: 0.95,
              scale: 1000,
            },
          ],
        ]),
        traffic: undefined,
      },
      testTelemetryWorld(),
    );
    const since = new Date(Math.floor(Date.now() / 1000) * 1000);
    const part = { version: 'v7', slot: 'green', digest: 'sha256:ab' } as const;
    for (let seen = 0; seen < 20;) {
      await answersOf(proxy, 5);
      const { metrics } = await telemetry.observe(
        {
          ...{ model: 'fraud', stage: 'prod', parts: { champion: undefined, challenger: part } },
          ...{ since, until: new Date(), metrics: [{ metric: 'latency_p95_ms', bounds: [80] }] },
        },
        new AbortController().signal,
      );
      seen = (metrics[0]?.challenger.above.get(80) ?? []).reduce((sum, { n }) => sum + n, 0);
    }
  }, 60_000);
});
