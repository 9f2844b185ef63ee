import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/commands/run.ts';
import { CANARY, canaryTemplate, metricsServer, minute, policyOf, seenAt, stageOf } from '../support/canary.ts';
import { BUNDLE, testOutside } from '../support/outside.ts';
import { mustSucceed, type TestRegistry } from '../support/registry.ts';

const metrics = metricsServer();
const withCanary = canaryTemplate();
const withoutTriggers = canaryTemplate(policyOf(CANARY, []));

const seen = (registry: TestRegistry, at: number, ...flags: string[]) => seenAt(registry, metrics, at, ...flags);
const at = (minutes: number) => ({ now: () => minute(minutes) });

describe('a controller', () => {
  it('holds a step in a frozen stage, says by whom it is frozen, and goes on when the freeze is lifted', async () => {
    const registry = await withCanary();
    mustSucceed(await registry.mreg(['freeze', 'ranker', '--stage', 'staging', '-m', 'holidays'], at(20)));
    expect(await seen(registry, 34)).toMatchObject({
      action: 'hold',
      reason: expect.stringMatching(/staging is frozen by ann@.*holidays.*but for that it would go on/) as string,
      commit: null,
      trouble: null,
    });
    expect(stageOf(registry)).toMatch(/weight: 10/);
    mustSucceed(await registry.mreg(['unfreeze', '1', '-m', 'back'], at(36)));
    expect(await seen(registry, 38)).toMatchObject({ action: 'advance', pushed: true });
  });

  it('rolls back in a frozen stage', async () => {
    metrics.tells = (version) => ({ p95: version === 'v2' ? 95 : 60 });
    const registry = await withCanary();
    mustSucceed(await registry.mreg(['freeze', 'ranker', '--stage', 'staging', '-m', 'holidays'], at(4)));
    expect(await seen(registry, 16)).toMatchObject({ action: 'roll-back', pushed: true });
  });

  it('gives a held version no more traffic, and says who holds it', async () => {
    const registry = await withCanary();
    mustSucceed(await registry.mreg(['hold', 'ranker@v2', '-m', 'leaks'], at(20)));
    const sight = await seen(registry, 34);
    expect(sight).toMatchObject({
      action: 'hold',
      reason: expect.stringMatching(/v2 is held by ann@.*leaks/) as string,
    });
  });

  it('watches a finished rollout by the guards of its plan where no policy names a trigger', async () => {
    metrics.tells = (version, when) => ({ p95: version === 'v2' && when >= minute(200) ? 95 : 60 });
    const registry = await withoutTriggers();
    for (const minutes of [34, 156]) await seen(registry, minutes);
    expect(await seen(registry, 190)).toMatchObject({ phase: 'complete', action: 'hold' });
    expect(await seen(registry, 207)).toMatchObject({ action: 'roll-back' });
    expect(stageOf(registry)).toMatch(/^ {2}version: v1$/m);
    // What came back from earlier is nobody's rollout any more.
    expect(await seen(registry, 208)).toBeUndefined();
  });

  it('stops watching when the time of the plan is over', async () => {
    const registry = await withoutTriggers();
    for (const minutes of [34, 156]) await seen(registry, minutes);
    metrics.tells = () => ({ p95: 95 });
    expect(await seen(registry, 156 + 24 * 60)).toBeUndefined();
  });

  it('tells once that it cannot tell, and not of what a young step cannot have yet', async () => {
    metrics.tells = () => undefined;
    const registry = await withCanary();
    const [told, hook] = [join(registry.home, 'told'), join(registry.home, 'hook.sh')];
    writeFileSync(hook, `#!/bin/sh\ncat >> ${told}\necho >> ${told}\n`);
    chmodSync(hook, 0o755);
    const file = join(registry.home, 'notify.yaml');
    writeFileSync(
      file,
      `apiVersion: mreg.dev/v1\nkind: Notifications\nmetadata: { name: team }\nspec:\n  targets:\n    - { name: log, type: command, command: [${hook}] }\n`,
    );
    const events = (): string[] =>
      existsSync(told)
        ? readFileSync(told, 'utf8')
            .split('\n')
            .filter(Boolean)
            .map((line) => (JSON.parse(line) as { action: string }).action)
        : [];
    await seen(registry, 5, '--notify', file);
    expect(events()).toEqual([]);
    await seen(registry, 21, '--notify', file);
    await seen(registry, 22, '--notify', file);
    expect(events()).toEqual(['inconclusive']);
    await seen(registry, 36, '--notify', file);
    expect(events()).toEqual(['inconclusive', 'pause']);
  });
});

/** A directory whose `git` writes down what it is called with. */
function watchedGit(registry: TestRegistry): { readonly path: string; readonly calls: () => string[] } {
  const [bin, log] = [join(registry.home, 'bin'), join(registry.home, 'calls')];
  mkdirSync(bin);
  writeFileSync(join(bin, 'git'), `#!/bin/sh\necho "$@" >> ${log}\nPATH=${registry.env['PATH'] ?? ''} exec git "$@"\n`);
  chmodSync(join(bin, 'git'), 0o755);
  writeFileSync(log, '');
  const calls = (): string[] => readFileSync(log, 'utf8').split('\n').filter(Boolean);
  return { path: `${bin}:${registry.env['PATH'] ?? ''}`, calls };
}

describe('a controller that goes on looking', () => {
  it('calls git for one fetch where nothing changed', async () => {
    const registry = await withCanary();
    const git = watchedGit(registry);
    const stop = new AbortController();
    const env = { ...registry.env, PATH: git.path, MREG_KEY: registry.person('con').keyFile };
    const { outside } = testOutside({ cwd: registry.directory, home: registry.home, env, interrupted: stop.signal });
    const counts: number[] = [];
    const pause = (): Promise<void> => {
      counts.push(git.calls().length);
      if (counts.length === 4) stop.abort();
      return Promise.resolve();
    };
    const words = ['rollout', 'run', '--source', `api=${metrics.url}`];
    expect(await run({ ...outside, pause, now: () => minute(20 + counts.length) }, words)).toBe(0);
    const idle = git.calls().slice(counts[1], counts[2]);
    expect(idle).toEqual([expect.stringMatching(/ fetch /)]);
    expect(counts).toHaveLength(4);
  });

  it('ends at once where it is asked to end while it waits', async () => {
    const registry = await withCanary();
    const words = ['rollout', 'run', '--source', `api=${metrics.url}`, '--every', '1d', '-v'];
    const env = { ...registry.env, MREG_KEY: registry.person('con').keyFile };
    const child = spawn(process.execPath, [BUNDLE, ...words], { cwd: registry.directory, env });
    const ended = new Promise<number | null>((done) => child.once('close', done));
    await new Promise((done) => child.stdout.once('data', done));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
