import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseBaseline, parseRate } from '../../src/commands/rollout-baselines.ts';
import { run } from '../../src/commands/run.ts';
import type { RolloutPlanOutput } from '../../src/report/output-schemas.ts';
import { canaryTemplate, metricsServer, minute, policyOf } from '../support/canary.ts';
import { GIT_ENV, temporaryDirectory } from '../support/git.ts';
import { testOutside } from '../support/outside.ts';
import { mustSucceed } from '../support/registry.ts';

metricsServer();
const withTrial = canaryTemplate(
  policyOf({
    strategy: 'champion-challenger',
    steps: [{ weight: 10, hold: '24h' }],
    success: [{ metric: 'ctr', minDelta: 0.015 }],
  }),
);

const TRIAL = ['--strategy', 'champion-challenger', '--step', '10:24h', '--rate', '50', '--baseline', 'ctr=0.05'];

/** Where no registry is. */
async function plan(...words: string[]) {
  const home = temporaryDirectory('mreg-plan');
  const { outside, printed } = testOutside({ cwd: home, home, env: { ...GIT_ENV, HOME: home } });
  return { code: await run(outside, ['rollout', 'plan', ...words]), ...printed };
}

async function sized(...words: string[]): Promise<RolloutPlanOutput> {
  return JSON.parse((await plan(...words, '--json')).stdout) as RolloutPlanOutput;
}

describe('mreg rollout plan', () => {
  it('computes what a plan needs, without a registry', async () => {
    const told = await sized(...TRIAL, '--success', 'ctr+0.015');
    expect(told).toMatchObject({ able: true, perSecond: 50, refusals: [] });
    expect(told.rules).toMatchObject([{ metric: 'ctr', n: 1841, neededSeconds: 369, heldSeconds: 86_400 }]);
    const { code, stdout } = await plan(...TRIAL, '--success', 'ctr+0.015');
    expect(code).toBe(0);
    expect(stdout).toMatch(/ctr +success +at least 0\.015 better than the champion +1841 +16570 +6\.1 m +1 d/);
    expect(stdout).toMatch(/It can tell what it is to tell/);
  });

  it('refuses a plan that cannot tell, with what would make it able', async () => {
    const { code, stdout } = await plan(...TRIAL, '--success', 'ctr+1.5%');
    expect(code).toBe(1);
    expect(stdout).toMatch(/It cannot tell what it is to tell/);
    expect(stdout.replace(/\s+/g, ' ')).toMatch(/a hold of 40\.9 hours: 736438 events .* hold it longer, give/);
    expect(await sized(...TRIAL, '--success', 'ctr+1.5%')).toMatchObject({ able: false, rules: [{ n: 736_438 }] });
  });

  it.each([
    ['a rate of the traffic', ['--step', '10:1h'], /expected the traffic of both versions together/],
    ['a plan', ['--rate', '5'], /expected a model, or a plan/],
    ['a baseline', [...TRIAL.slice(0, 6), '--success', 'ctr+0.01'], /what ctr is now/],
  ])('asks for %s', async (_title, given, expected) => {
    const { code, stdout, stderr } = await plan(...given);
    expect(code).not.toBe(0);
    expect((stdout + stderr).replace(/\s+/g, ' ')).toMatch(expected);
  });

  it('refuses a gain that is said neither relative nor absolute, and whatever else is no plan', async () => {
    const file = join(temporaryDirectory('mreg-plan'), 'plan.yaml');
    const write = (text: string): void => {
      writeFileSync(file, text);
    };
    write('strategy: champion-challenger\nsteps: [{weight: 10, hold: 24h}]\nsuccess: [{metric: ctr}]\n');
    const vague = await plan('--plan', file, '--rate', '50');
    expect(vague).toMatchObject({ code: 2 });
    expect(vague.stderr).toMatch(/a gain: minDelta or minDeltaPercent/);
    write('strategy: canary\nsteps: 7\n');
    expect((await plan('--plan', file, '--rate', '50')).stderr).toMatch(/steps/);
  });

  it('takes the plan from the policy and the baseline from what was measured of the champion', async () => {
    const registry = await withTrial();
    const words = ['rollout', 'plan', 'ranker', '--stage', 'staging', '--rate', '3000/m'];
    const call = { now: () => minute(5) };
    const bare = await registry.mreg(words, call);
    expect(bare.code).toBe(1);
    expect(bare.stdout).toMatch(/what ctr is now/);
    writeFileSync(join(registry.home, 'online.json'), '{"ctr": 0.05}');
    mustSucceed(
      await registry.mreg(
        ['evidence', 'add', 'ranker@v1', join(registry.home, 'online.json'), '--kind', 'online'],
        call,
      ),
    );
    const told = JSON.parse(mustSucceed(await registry.mreg([...words, '--json'], call)).stdout) as RolloutPlanOutput;
    expect(told).toMatchObject({ model: 'ranker', stage: 'staging', rules: [{ n: 1841 }], able: true });
  });
});

describe('what is known of the traffic', () => {
  it.each([
    ['50', 50],
    ['50/s', 50],
    ['3000/m', 50],
    ['4320000/d', 50],
  ])('of %s is %d a second', (text, perSecond) => {
    expect(parseRate(text)).toBe(perSecond);
  });

  it.each(['', '0', '-1', '5/x', 'many'])('is not "%s"', (text) => {
    expect(() => parseRate(text)).toThrow(/expected the traffic/);
  });

  it('is a rate, or a mean with its standard deviation', () => {
    expect(parseBaseline('ctr=0.05')).toEqual(['ctr', { value: 0.05 }]);
    expect(parseBaseline('basket=20~4')).toEqual(['basket', { value: 20, deviation: 4 }]);
    expect(() => parseBaseline('ctr:5')).toThrow(/no baseline/);
  });
});
