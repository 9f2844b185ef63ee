import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeRegistry, type Outcome, type TestRegistry } from '../support/registry.ts';

/** dev → staging open; staging as a canary of 10 % for 30 minutes, 50 % for 2 hours, then all. */
const CANARY = {
  models: ['*'],
  transitions: [
    {
      from: 'dev',
      to: 'staging',
      gates: [],
      plan: {
        strategy: 'canary' as const,
        steps: [{ weight: 10, hold: '30m' }, { weight: 50, hold: '2h' }, { weight: 100 }],
      },
    },
  ],
};

const START = Date.parse('2026-05-04T10:00:00Z');
const at = (minutes: number) => ({ now: () => new Date(START + minutes * 60_000) });

/** v1 stands in staging, v2 has just started at 10 %. */
async function withCanary(): Promise<TestRegistry> {
  const registry = await makeRegistry({ policy: CANARY });
  for (const [minute, weights] of [
    [0, 'one'],
    [2, 'two'],
  ] as const) {
    writeFileSync(join(registry.home, 'model.bin'), weights);
    await registry.mreg(['register', 'ranker', join(registry.home, 'model.bin')], at(minute));
    const promoted = await registry.mreg(['promote', 'ranker', '--to', 'staging'], at(minute + 1));
    expect(promoted).toMatchObject({ code: 0 });
  }
  return registry;
}

async function step(registry: TestRegistry, action: string, minutes: number): Promise<Outcome> {
  return registry.mreg(['rollout', action, 'ranker', '--stage', 'staging', '--json'], at(minutes));
}

describe('a rollout moved by hand', () => {
  it('takes each step after its hold, and ends with the newcomer as champion and the old one warm', async () => {
    const registry = await withCanary();
    expect(JSON.parse((await step(registry, 'status', 4)).stdout)).toMatchObject({ phase: 'progressing', weight: 10 });
    const early = await step(registry, 'advance', 32);
    expect(early.code).toBe(1);
    expect(early.stdout).toContain('held for 30m');
    expect(JSON.parse((await step(registry, 'advance', 34)).stdout)).toMatchObject({ step: 2, weight: 50 });
    expect(JSON.parse((await step(registry, 'advance', 155)).stdout)).toMatchObject({
      action: 'complete',
      phase: 'complete',
      weight: 100,
    });
    const stage = registry.read('registry/ranker/stages/staging/stage.yaml');
    expect(stage).toContain('champion: green');
    expect(stage).toMatch(/^ {2}version: v2$/m);
    expect((await step(registry, 'advance', 160)).code).toBe(1);
    expect((await registry.mreg(['verify'], at(161))).code).toBe(0);
  });

  it('stands still while it is paused, and holds anew when it goes on', async () => {
    const registry = await withCanary();
    expect((await step(registry, 'pause', 10)).code).toBe(0);
    expect((await step(registry, 'advance', 60)).code).toBe(1);
    expect((await step(registry, 'resume', 60)).code).toBe(0);
    expect((await step(registry, 'advance', 80)).code).toBe(1);
    expect((await step(registry, 'advance', 91)).code).toBe(0);
  });

  it('keeps a third version out until it is over, and check says so before promote is tried', async () => {
    const registry = await withCanary();
    writeFileSync(join(registry.home, 'model.bin'), 'three');
    await registry.mreg(['register', 'ranker', join(registry.home, 'model.bin')], at(5));
    const checked = await registry.mreg(['check', 'ranker@v3', '--to', 'staging', '--json'], at(6));
    expect(checked.code).toBe(1);
    expect(JSON.parse(checked.stdout)).toMatchObject({
      decision: 'block',
      gates: [{ id: 'no-rollout', verdict: 'fail' }, {}],
    });
    expect((await registry.mreg(['promote', 'ranker@v3', '--to', 'staging'], at(6))).code).toBe(1);
  });

  it('goes back to the champion byte for byte in the middle of a rollout', async () => {
    const registry = await withCanary();
    await step(registry, 'advance', 34);
    const back = await registry.mreg(['rollback', 'ranker', '--stage', 'staging', '-m', 'bad'], at(40));
    expect(back).toMatchObject({ code: 0 });
    const then = registry.git('log', '--format=%H', '--grep', 'Promote ranker@v1', 'main').trim();
    const folder = 'registry/ranker/stages/staging';
    expect(registry.git('rev-parse', `main:${folder}`)).toBe(registry.git('rev-parse', `${then}:${folder}`));
  });
});

describe('a version that no longer stands in the stage before', () => {
  it('is blocked by check as it is by promote, with the version that stands there', async () => {
    const registry = await withCanary();
    const checked = await registry.mreg(['check', 'ranker@v1', '--to', 'prod', '--json'], at(6));
    expect(checked.code).toBe(1);
    // v1 is still the champion of staging while v2 is on trial.
    expect(JSON.parse(checked.stdout)).toMatchObject({ gates: [{ id: 'policy-coverage' }] });
    const second = await registry.mreg(['check', 'ranker@v2', '--to', 'prod', '--json'], at(6));
    expect(JSON.parse(second.stdout)).toMatchObject({
      gates: [{ id: 'in-stage', observed: 'v1', required: 'v2' }, { id: 'policy-coverage' }],
    });
  });
});
