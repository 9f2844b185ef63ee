import { readDocument } from '../../src/documents/read-document.ts';
import type { Kind } from '../../src/documents/kinds/index.ts';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/rollout/decide.ts';
import {
  CANARY,
  canaryTemplate,
  metricsServer,
  minute,
  policyOf,
  seenAt,
  stageOf,
  type Serving,
} from '../support/canary.ts';
import { mustSucceed, type TestRegistry } from '../support/registry.ts';

const metrics = metricsServer();
const withTrial = canaryTemplate(
  policyOf({
    strategy: 'champion-challenger',
    steps: [{ weight: 10, hold: '1h' }],
    success: [{ metric: 'ctr', minDelta: 0.015, looks: 2 }],
    guards: [{ metric: 'latency_p95_ms', above: 80, for: '5m' }],
  }),
);
const withCanary = canaryTemplate(policyOf(CANARY));

const seen = (registry: TestRegistry, at: number) => seenAt(registry, metrics, at);

/** 5 clicks of 100 for the champion in each interval, and so many for the challenger. */
const clicks =
  (challenger: number): Serving =>
  (version) =>
    version === 'v2' ? { p95: 60, n: 100, clicks: challenger } : { p95: 60, n: 900, clicks: 45 };

describe('a trial under the controller', () => {
  it('is held to its end although it was won early; then the challenger takes over, and the champion stays warm', async () => {
    metrics.tells = clicks(8);
    const registry = await withTrial();
    expect(await seen(registry, 40)).toMatchObject({
      action: 'hold',
      reason: expect.stringMatching(/group-sequential-test .*look 1 of 2.*the split is to be held/) as string,
      trouble: null,
    });
    expect(await seen(registry, 64)).toMatchObject({ action: 'complete', pushed: true, trouble: null });
    const stage = stageOf(registry);
    expect(stage).toMatch(/^ {2}version: v2$/m);
    expect(stage).toMatch(/version: v1[^]*?weight: 0/);
    expect(
      mustSucceed(await registry.mreg(['rollback', 'ranker', '--stage', 'staging', '-m', 'why not'])),
    ).toBeDefined();
    expect(stageOf(registry)).toMatch(/^ {2}version: v1$/m);
  });

  it('is dismissed when it is over and not won, and may be promoted again', async () => {
    metrics.tells = clicks(5);
    const registry = await withTrial();
    expect(await seen(registry, 40)).toMatchObject({ action: 'hold' });
    expect(await seen(registry, 64)).toMatchObject({ action: 'roll-back', pushed: true });
    expect(stageOf(registry)).toMatch(/^ {2}version: v1$/m);
    const again = await registry.mreg(['promote', 'ranker@v2', '--to', 'staging'], { now: () => minute(70) });
    expect(again).toMatchObject({ code: 0 });
  });
});

/** Reads a document of a commit. */
function documentAt<K extends Kind>(registry: TestRegistry, kind: K, [commit, file]: readonly [string, string]) {
  const path = `registry/ranker/stages/staging/${file}`;
  const reading = readDocument(kind, {
    path,
    bytes: Buffer.from(`${registry.git('show', `${commit}:${path}`).trimEnd()}\n`),
  });
  if (!reading.ok) throw new Error(JSON.stringify(reading.refusals));
  return reading.value;
}

const better = new Map([
  ['ctr', 'higher'],
  ['latency_p95_ms', 'lower'],
] as const);

/** Decides again, from git alone, what was decided in each commit of the controller. */
function decidedAgain(registry: TestRegistry): readonly (readonly [recorded: string, again: string])[] {
  const path = 'registry/ranker/stages/staging/decision.yaml';
  const commits = registry.git('log', '--reverse', '--format=%H', '--diff-filter=AM', 'main', '--', path).trim();
  return commits.split('\n').map((commit) => {
    const { action, observations = [], at } = documentAt(registry, 'Decision', [commit, 'decision.yaml']).spec;
    const { plan } = documentAt(registry, 'Promotion', [commit, 'promotion.yaml']).spec;
    const { rollout, champion, slots } = documentAt(registry, 'Stage', [`${commit}^`, 'stage.yaml']).spec;
    const { phase, step, steps, since } = rollout;
    const { weight, mirror } = champion === 'blue' ? slots.green : slots.blue;
    const triggers = [{ metric: 'latency_p95_ms', above: 120, for: '5m' }];
    const terms = { plan, triggers, better, everyMs: 30_000 };
    const state = { phase, step, steps, since: new Date(since), weight, mirror };
    return [action, decide(terms, state, observations, new Date(at)).action];
  });
}

describe('a history of rollouts', () => {
  it('holds what each decision rested on: who has it decides the same again', async () => {
    const registry = await withCanary();
    await seen(registry, 34);
    metrics.tells = (version, at) => ({ p95: version === 'v2' && at >= minute(60) ? 95 : 60 });
    await seen(registry, 70);
    expect(decidedAgain(registry)).toEqual([
      ['advance', 'advance'],
      ['roll-back', 'roll-back'],
    ]);
    const trial = await withTrial();
    metrics.tells = clicks(8);
    await seen(trial, 64);
    const paused = await withCanary();
    metrics.tells = () => undefined;
    await seen(paused, 36);
    expect([...decidedAgain(trial), ...decidedAgain(paused)]).toEqual([
      ['complete', 'complete'],
      ['pause', 'pause'],
    ]);
  });
});
