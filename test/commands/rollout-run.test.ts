import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RolloutTickOutput } from '../../src/report/output-schemas.ts';
import {
  CANARY,
  canaryTemplate,
  metricsServer,
  minute,
  policyOf,
  runOnce,
  seenAt,
  stageOf,
} from '../support/canary.ts';
import { ALL_ROLES, makeTeam, mustSucceed, type TestRegistry } from '../support/registry.ts';

const metrics = metricsServer();
const withCanary = canaryTemplate();

/** A p95 of one version at an instant; nothing is told where it is undefined. */
function latencyIs(p95: (version: string, at: Date) => number | undefined): void {
  metrics.tells = (version, at) => {
    const value = p95(version, at);
    return value === undefined ? undefined : { p95: value };
  };
}

const seen = (registry: TestRegistry, at: number, ...flags: string[]) => seenAt(registry, metrics, at, ...flags);

describe('the controller', () => {
  it('holds each step as long as planned, takes the next while the guards pass, and completes', async () => {
    latencyIs(() => 60);
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
    latencyIs((version, at) => (version === 'v2' && at >= minute(10) ? 95 : 60));
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
    latencyIs(() => undefined);
    const registry = await withCanary();
    expect(await seen(registry, 10)).toMatchObject({ action: 'inconclusive', commit: null });
    expect(await seen(registry, 36)).toMatchObject({ action: 'pause', pushed: true });
    expect(stageOf(registry)).toMatch(/phase: paused/);
    latencyIs(() => 60);
    expect(await seen(registry, 40)).toMatchObject({ action: 'hold' });
  });

  it('goes on with a rollback that was said and not made', async () => {
    latencyIs((version) => (version === 'v2' ? 95 : 60));
    const registry = await withCanary();
    expect(await seen(registry, 16)).toMatchObject({ action: 'roll-back' });
    // As if it had been killed between its two pushes: only the step that says why is there, and another goes on elsewhere.
    const said = registry.git('rev-parse', 'HEAD^');
    registry.git('-C', registry.server, 'update-ref', 'refs/heads/main', said);
    const cwd = join(registry.home, 'elsewhere');
    registry.git('clone', '--quiet', registry.server, cwd);
    latencyIs(() => 60);
    const { stdout } = await runOnce(registry, metrics, { at: 18, cwd });
    expect((JSON.parse(stdout) as RolloutTickOutput).rollouts[0]).toMatchObject({
      action: 'roll-back',
      reason: expect.stringMatching(/p95/) as string,
    });
    const stage = registry.git('-C', registry.server, 'show', 'main:registry/ranker/stages/staging/stage.yaml');
    expect(stage).toMatch(/^ {2}version: v1$/m);
  });

  it('takes a finished rollout back when a trigger of the policy fires within a day', async () => {
    latencyIs((version, at) => (version === 'v2' && at >= minute(200) ? 150 : 60));
    const registry = await withCanary();
    for (const at of [34, 156]) await seen(registry, at);
    expect(await seen(registry, 190)).toMatchObject({ action: 'hold', phase: 'complete' });
    expect(await seen(registry, 207)).toMatchObject({ action: 'roll-back' });
    expect(stageOf(registry)).toMatch(/^ {2}version: v1$/m);
  });

  it('lets one of two that look at once act, and the other find it done', async () => {
    latencyIs(() => 60);
    const registry = await withCanary();
    registry.git('clone', '--quiet', registry.server, join(registry.home, 'other'));
    const cwd = join(registry.home, 'other');
    const both = await Promise.all([
      runOnce(registry, metrics, { at: 34 }),
      runOnce(registry, metrics, { at: 34.1, cwd }),
    ]);
    const sights = both.map(({ stdout }) => (JSON.parse(stdout) as RolloutTickOutput).rollouts[0]);
    expect(sights.filter((sight) => sight?.commit !== null)).toHaveLength(1);
    expect(registry.git('-C', registry.server, 'log', '--format=%s', 'main')).toMatch(
      /^Rollout of ranker.*step 2 of 3\nPromote/,
    );
  });

  it('changes nothing in a dry run', async () => {
    latencyIs(() => 60);
    const registry = await withCanary();
    const before = registry.git('rev-parse', 'HEAD');
    expect(await seen(registry, 34, '--dry-run')).toMatchObject({ action: 'advance', commit: null });
    expect(registry.git('rev-parse', 'HEAD')).toBe(before);
  });

  it('asks nothing of models that it is not to look after', async () => {
    latencyIs(() => 60);
    const registry = await withCanary();
    expect(await seen(registry, 34, '--model', 'risk/*')).toBeUndefined();
    expect(metrics.asked).toBe(0);
  });

  it('says so, and exits 3, where the key has no role to move rollouts', async () => {
    latencyIs(() => 60);
    const people = { ann: ALL_ROLES, eve: ['evaluator'] };
    const registry = await makeTeam({ people, policy: policyOf(CANARY), server: true });
    for (const weights of ['one', 'two']) {
      writeFileSync(join(registry.home, 'model.bin'), weights);
      mustSucceed(
        await registry.mreg(['register', 'ranker', join(registry.home, 'model.bin')], { now: () => minute(0) }),
      );
      mustSucceed(await registry.mreg(['promote', 'ranker', '--to', 'staging'], { now: () => minute(1) }));
    }
    const call = { as: registry.person('eve'), now: () => minute(34) };
    const words = ['rollout', 'run', '--once', '--json', '--source', `api=${metrics.url}`];
    const { code, stdout } = await registry.mreg(words, call);
    expect(code).toBe(3);
    expect(stdout).toMatch(/"trouble": "[^"]*refused/);
  });
});
