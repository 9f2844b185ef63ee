import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import type { DecisionDocument } from '../../src/documents/kinds/decision.ts';
import { freePort, isInstalled } from '../support/prometheus.ts';
import { mustSucceed } from '../support/registry.ts';
import type { Controller } from './real-controller.ts';
import { startScene, type Scene } from './rollout-scene.ts';

const STAGE = 'registry/ranker/stages/staging/stage.yaml';
const DECISION = 'registry/ranker/stages/staging/decision.yaml';
const TICK = 2;

/** What anybody finds who clones the registry now and judges every step of its history again. */
async function expectCleanHistory({ registry, clock, env }: Scene): Promise<void> {
  const cwd = join(registry.home, 'fresh');
  registry.git('clone', '--quiet', registry.server, cwd);
  const audit = await registry.mreg(['audit', '--json'], { cwd, env, now: clock.now });
  expect(audit, audit.stdout).toMatchObject({ code: 0 });
}

/** Lets ticks pass, and has the controller look at each, until it does something else than before; at most so many. */
async function looksUntil(
  scene: Scene,
  controller: Controller,
  wanted: { action: string; within: number },
): Promise<number> {
  const seen: (string | undefined)[] = [];
  while (seen.length < wanted.within) {
    await scene.pass(TICK);
    seen.push((await controller.look())?.action);
    if (seen.at(-1) === wanted.action) return seen.length;
  }
  throw new Error(`the controller never came to ${wanted.action}: ${seen.join(', ')}`);
}

describe.skipIf(!isInstalled('prometheus') || !isInstalled('nginx'))('a rollout between real servers', () => {
  it('goes to 10 %, to 50 % and to all while what is measured stays good, and no faster than planned', async () => {
    const scene = await startScene();
    const con = scene.controller('con');
    await scene.pass(28);
    expect(await con.look()).toMatchObject({ action: 'hold', commit: null, trouble: null });
    await scene.pass(TICK);
    expect(await con.look()).toMatchObject({ action: 'advance', pushed: true });
    expect((await scene.apply()).spec.slots.green).toMatchObject({ version: 'v2', weight: 50 });
    expect(scene.read(DECISION)).toMatch(/metric: sample-ratio|rule: sample-ratio/);
    expect((await scene.answers(60)).green).toBeGreaterThan(10);
    await scene.pass(118);
    expect(await con.look()).toMatchObject({ action: 'hold', commit: null });
    await scene.pass(TICK);
    expect(await con.look()).toMatchObject({ action: 'complete', pushed: true });
    const { spec } = await scene.apply();
    expect(spec).toMatchObject({ version: 'v2', champion: 'green', rollout: { phase: 'complete' } });
    // The old one stays warm.
    expect(spec.slots.blue).toMatchObject({ version: 'v1', weight: 0 });
    expect(await scene.answers(20)).toEqual({ blue: 0, green: 20 });
    await expectCleanHistory(scene);
  });

  it('comes back by a commit when the p95 goes bad at 10 %, tells why, and keeps the version out until it is released', async () => {
    const scene = await startScene();
    const hook = await listeningHook(scene);
    const con = scene.controller('con');
    const before = scene.registry.git('-C', scene.registry.server, 'rev-parse', 'main');
    await scene.pass(10);
    expect(await con.look(...hook.flags)).toMatchObject({ action: 'hold' });
    scene.green.behave({ latencyMs: () => 95 });
    // Three bad readings are five minutes; then it has two looks.
    let looks = 0;
    for (let action: string | undefined; action !== 'roll-back'; looks += 1) {
      expect(looks).toBeLessThan(5);
      await scene.pass(TICK);
      const sight = await con.look(...hook.flags);
      action = sight?.action;
      const hasFailed = sight?.observations?.some(({ verdict }) => verdict === 'fail') === true;
      expect(action).toBe(hasFailed ? 'roll-back' : 'hold');
    }
    const { spec } = await scene.apply();
    expect(spec).toMatchObject({ version: 'v1', rollout: { phase: 'complete' } });
    expect(await scene.answers(20)).toEqual({ blue: 20, green: 0 });

    const told = scene.registry.git('-C', scene.registry.server, 'log', '--format=%B', `${before}..main`);
    expect(told).toMatch(/fail: latency_p95_ms above 80 for 5m, observed 9\d/);
    expect(parse(scene.read(DECISION, 'main^'))).toMatchObject({ spec: { action: 'roll-back' } });
    const { spec: decided } = parse(scene.read(DECISION, 'main^')) as DecisionDocument;
    const latency = decided.observations?.find(({ verdict }) => verdict === 'fail');
    expect(latency).toMatchObject({ metric: 'latency_p95_ms', threshold: expect.stringMatching(/above 80/) as string });
    expect(Number(latency?.value)).toBeGreaterThan(80);
    expect(hook.heard()).toEqual(['roll-back v2, signed']);

    const promote = ['promote', 'ranker@v2', '--to', 'staging'] as const;
    expect(await scene.mreg(...promote)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/is held by con/) as string,
    });
    mustSucceed(await scene.mreg('release', 'ranker@v2', '-m', 'the slow lookup is gone'));
    mustSucceed(await scene.mreg(...promote));
    await expectCleanHistory(scene);
  });

  it('pauses, and does not go on, when the metrics were gone for the whole hold', async () => {
    const scene = await startScene();
    const con = scene.controller('con');
    for (const server of [scene.blue, scene.green]) server.showMetrics(false);
    await scene.pass(28);
    expect(await con.look()).toMatchObject({ action: 'inconclusive', commit: null });
    const afterHold = await looksUntil(scene, con, { action: 'pause', within: 12 });
    expect(afterHold).toBeGreaterThan(1);
    expect((await scene.apply()).spec).toMatchObject({ rollout: { phase: 'paused', step: 1 } });
    expect(scene.read(DECISION)).toMatch(/action: pause/);
    // That they are back moves nothing: a person looks first.
    for (const server of [scene.blue, scene.green]) server.showMetrics(true);
    await scene.pass(3 * TICK);
    expect(await con.look()).toMatchObject({ action: 'hold', commit: null });
    await expectCleanHistory(scene);
  });

  it('loses nothing and does nothing twice when controllers are killed before and after their pushes', async () => {
    const scene = await startScene();
    const [con, cyd] = [scene.controller('con'), scene.controller('cyd')];
    const before = scene.subjects();
    await scene.pass(30);
    await con.lookAndDie('before', 1);
    expect(scene.subjects()).toEqual(before);
    await scene.pass(TICK);
    await cyd.lookAndDie('after', 1);
    expect((await scene.apply()).spec.rollout).toMatchObject({ phase: 'progressing', step: 2 });
    await scene.pass(TICK);
    // Two minutes at the new weight are too little to measure it by.
    for (const controller of [con, cyd]) {
      expect(await controller.look()).toMatchObject({ action: 'inconclusive', step: 2, commit: null });
    }
    expect(scene.subjects()).toHaveLength(before.length + 1);

    // A way back is two commits: killed between them, whoever comes next goes the rest of it.
    scene.green.behave({ latencyMs: () => 95 });
    await scene.pass(4 * TICK);
    await cyd.lookAndDie('before', 2);
    expect(scene.read(STAGE)).toMatch(/phase: paused/);
    scene.green.behave({ latencyMs: () => 20 });
    await scene.pass(TICK);
    expect(await con.look()).toMatchObject({ action: 'roll-back', pushed: true });
    expect((await scene.apply()).spec).toMatchObject({ version: 'v1', rollout: { phase: 'complete' } });
    expect(await cyd.look()).toBeUndefined();
    expect(scene.subjects()).toHaveLength(before.length + 3);
    await expectCleanHistory(scene);
  });

  it('is moved by one of two controllers that look at once', async () => {
    const scene = await startScene();
    const before = scene.subjects();
    const both = [scene.controller('con'), scene.controller('cyd')];
    await scene.pass(30);
    const sights = await Promise.all(both.map((controller) => controller.look()));
    expect(sights.filter((sight) => sight?.pushed === true)).toHaveLength(1);
    expect(sights.map((sight) => sight?.trouble)).toEqual([null, null]);
    expect(scene.subjects()).toHaveLength(before.length + 1);
    expect((await scene.apply()).spec.rollout).toMatchObject({ step: 2 });
    await expectCleanHistory(scene);
  });
});

/** Somebody to be told, after somebody who is not there. */
async function listeningHook({
  registry,
  env,
}: Scene): Promise<{ flags: readonly string[]; heard: () => readonly string[] }> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const [, time = '', hex = ''] =
        /^t=([0-9]+),v1=([0-9a-f]{64})$/.exec(String(request.headers['mreg-signature'])) ?? [];
      const isSigned = createHmac('sha256', 'a secret of a test').update(`${time}.${body}`).digest('hex') === hex;
      const { action, version } = JSON.parse(body) as { action: string; version: string };
      heard.push(`${action} ${version}, ${isSigned ? 'signed' : 'not signed'}`);
      response.end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const target = (name: string, port: number) => ({
    ...{ name, type: 'webhook', url: `http://127.0.0.1:${String(port)}`, secretEnv: 'HOOK_SECRET' },
  });
  const targets = [target('gone', await freePort()), target('there', (server.address() as AddressInfo).port)];
  const file = join(registry.home, 'notify.yaml');
  const document = { apiVersion: 'mreg.dev/v1', kind: 'Notifications', metadata: { name: 'team' }, spec: { targets } };
  writeFileSync(file, JSON.stringify(document));
  env['HOOK_SECRET'] = 'a secret of a test';
  return { flags: ['--notify', file], heard: () => heard };
}
