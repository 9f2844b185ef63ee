import { describe, expect, it } from 'vitest';
import { canaryTemplate, metricsServer, minute, seenAt, stageOf } from '../support/canary.ts';
import { mustSucceed, type TestRegistry } from '../support/registry.ts';

const metrics = metricsServer();
const withCanary = canaryTemplate();

const at = (minutes: number) => ({ now: () => minute(minutes) });
const abort = (registry: TestRegistry, minutes: number, ...words: string[]) =>
  registry.mreg(['rollout', 'abort', 'ranker', '--stage', 'staging', '-m', 'slow', '--json', ...words], at(minutes));

/** Ways to bring v2 to where it is aborted, and the minute after. */
const STATES: readonly (readonly [string, (registry: TestRegistry) => Promise<unknown>, number])[] = [
  ['at its first step', () => Promise.resolve(), 5],
  ['at a later step', (registry) => seenAt(registry, metrics, 34), 40],
  [
    'while it is paused',
    async (registry) => mustSucceed(await registry.mreg(['rollout', 'pause', 'ranker', '--stage', 'staging'], at(10))),
    12,
  ],
  [
    'when it is complete',
    async (registry) => {
      for (const minutes of [34, 156]) await seenAt(registry, metrics, minutes);
    },
    160,
  ],
];

describe('mreg rollout abort', () => {
  it.each(STATES)('takes a rollout back %s, with a record, and does it once', async (_title, bring, minutes) => {
    const registry = await withCanary();
    await bring(registry);
    const isComplete = stageOf(registry).includes('phase: complete');
    const done = await abort(registry, minutes);
    expect(done).toMatchObject({ code: 0 });
    expect(JSON.parse(done.stdout)).toMatchObject({ action: 'roll-back', version: 'v2', backTo: 'v1', pushed: true });
    expect(stageOf(registry)).toMatch(/^ {2}version: v1$/m);
    expect(registry.git('log', '-1', '--format=%B')).toMatch(/Roll back ranker in staging to v1\n\nslow/);
    if (!isComplete) {
      const said = registry.git('show', 'HEAD^:registry/ranker/stages/staging/decision.yaml');
      expect(said).toMatch(/action: roll-back[^]*reason: slow[^]*by: ann@example\.org/);
    }
    const again = await registry.mreg(['promote', 'ranker@v2', '--to', 'staging'], at(minutes + 1));
    expect(again.stdout).toMatch(/is held by ann/);
    const twice = await abort(registry, minutes + 2);
    expect(JSON.parse(twice.stdout)).toMatchObject({ state: 'already', commit: null });
    expect((await registry.mreg(['audit'], at(minutes + 3))).code).toBe(0);
  });

  it('leaves the version free with --no-hold, asks for a reason, and changes nothing in a dry run', async () => {
    const registry = await withCanary();
    const before = registry.git('rev-parse', 'HEAD');
    const silent = await registry.mreg(['rollout', 'abort', 'ranker', '--stage', 'staging'], at(5));
    expect(silent).toMatchObject({ code: 2, stderr: expect.stringMatching(/needs a reason/) as string });
    expect(JSON.parse((await abort(registry, 5, '--dry-run')).stdout)).toMatchObject({ dryRun: true, backTo: 'v1' });
    expect(registry.git('rev-parse', 'HEAD')).toBe(before);
    const unnamed = ['rollout', 'abort', 'ranker', '-m', 'slow'];
    mustSucceed(await registry.mreg([...unnamed, '--no-hold'], at(6)));
    const over = await registry.mreg(unnamed, at(6));
    expect(over.stderr).toMatch(/expected one stage in which ranker rolls out, found none/);
    expect((await registry.mreg(['promote', 'ranker@v2', '--to', 'staging'], at(7))).code).toBe(0);
  });
});
