import { expect, it } from 'vitest';
import { heavyPushes } from '../../bench/heavy-pushes.ts';
import { pushHeavy } from '../../bench/hook.ts';
import { makeServers } from '../../bench/measurements.ts';
import { initRegistry } from '../../bench/registry.ts';
import { runCommand } from '../../bench/timing.ts';
import { temporaryDirectory } from '../support/git.ts';

/** A fiftieth of what `npm run bench` pushes and times: enough to see that it is refused, and why. */
const WEIGHT = 0.02;

it('refuses every push that is made to be heavy, and moves no ref', async () => {
  const registry = await initRegistry(temporaryDirectory(), { name: 'empty', models: 1, versionsEach: 1 });
  const { hooked } = makeServers(registry);
  const refs = (): string => runCommand({ words: ['git', 'for-each-ref'], cwd: hooked, env: registry.env });
  const before = refs();
  for (const { push, accepted, told } of pushHeavy(registry, hooked, WEIGHT)) {
    expect(accepted, push.name).toBe(false);
    expect(told, push.name).toContain(`[${push.code}]`);
  }
  expect(refs()).toBe(before);
  expect(heavyPushes(WEIGHT).length).toBeGreaterThan(10);
});
