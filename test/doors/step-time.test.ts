import { describe, expect, it } from 'vitest';
import { judgePastStep } from '../../src/doors/step-time.ts';
import { freezing, promotion, rolloutStep } from '../support/moves.ts';
import { storyUpTo } from '../support/story.ts';
import { minutes, POLICY, START, type World } from '../support/world.ts';

const DAY = 24 * 60;
const LATER = minutes(400 * DAY);

/** The codes of what refuses a commit that came in between two instants. */
async function judge(
  world: World,
  commit: string,
  arrival: { readonly earliest?: Date; readonly latest?: Date } = {},
): Promise<readonly string[]> {
  const { repository: source, pinnedRoot } = world;
  const between = { earliest: START, latest: LATER, ...arrival };
  const { verdict } = await judgePastStep(commit, { source, pinnedRoot }, between);
  expect(verdict.accepted).toBe(verdict.refusals.length === 0);
  return [...new Set(verdict.refusals.map(({ code }) => code))].sort();
}

describe('a promotion of the past, which could be asked for two weeks', () => {
  it('stands long after, if its own date says that it came in time', async () => {
    const { world, rolling } = await storyUpTo('rolling');
    expect(await judge(world, rolling)).toEqual([]);
  });

  it.each([
    ['stands although its date is too late, if it may have come in time', START, []],
    ['is refused if what was signed before it is later than its end', minutes(15 * DAY), ['expired']],
  ])('%s', async (_, earliest, codes) => {
    const { world, following } = await storyUpTo('following');
    const plan = await promotion(world, following, { version: 'v2', stage: 'prod' });
    const commit = await world.carryOut(following, plan, { by: 'pam', approvedBy: ['rex'], now: minutes(20 * DAY) });
    expect(await judge(world, commit, { earliest })).toEqual(codes);
  });

  it('is refused whenever it came for what has nothing to do with time', async () => {
    const { world, following } = await storyUpTo('following');
    const plan = await promotion(world, following, { version: 'v2', stage: 'prod' });
    const unapproved = await world.carryOut(following, plan, { by: 'pam', now: START });
    expect(await judge(world, unapproved)).toEqual(['gate']);
  });
});

describe('a rollout step of the past, which had to wait for half an hour', () => {
  it.each([
    ['stands if it may have come after that', LATER, undefined, []],
    ['is refused if the audit itself is earlier', minutes(20), undefined, ['rollout']],
    ['is refused if the trust root had expired until then', LATER, minutes(20), ['expired', 'rollout']],
    ['stands between the end of its wait and the end of the trust root', LATER, minutes(31), []],
  ])('%s', async (_, latest, expires, codes) => {
    const root = { expires: (expires ?? minutes(999 * DAY)).toISOString().replace('.000', '') };
    const { world, rolling } = await storyUpTo('rolling', { root: (spec) => ({ ...spec, ...root }) });
    const plan = await rolloutStep(world, rolling, { now: minutes(10) });
    const commit = await world.carryOut(rolling, plan, { by: 'con', now: minutes(10) });
    expect(await judge(world, commit, { latest })).toEqual(codes);
  });
});

describe('a freeze of the past, which ended after an hour', () => {
  it.each([
    ['stands although its date lies in the freeze, if it may have come after', LATER, []],
    ['is refused if the audit itself lies in the freeze', minutes(59), ['frozen']],
  ])('a rollout step %s', async (_, latest, codes) => {
    const { world, rolling } = await storyUpTo('rolling');
    const frozen = await world.land(rolling, await freezing(world, rolling, { until: minutes(60) }), { by: 'oli' });
    const plan = await rolloutStep(world, frozen, { now: minutes(40) });
    const commit = await world.carryOut(frozen, plan, { by: 'con', now: minutes(40) });
    expect(await judge(world, commit, { latest })).toEqual(codes);
  });

  it('stands long after, and is refused if it came when it was over', async () => {
    const { world, rolling } = await storyUpTo('rolling');
    const plan = await freezing(world, rolling, { until: minutes(60) });
    const commit = await world.carryOut(rolling, plan, { by: 'oli', now: START });
    expect(await judge(world, commit)).toEqual([]);
    expect(await judge(world, commit, { earliest: minutes(61) })).toEqual(['expired']);
  });
});

describe('a window of the past', () => {
  it.each([
    ['open', 'mon', []],
    ['closed', 'tue', ['gate']],
  ] as const)('was %s when the commit says that it was made, whatever it is at other times', async (_, day, codes) => {
    const window = {
      ...{ id: 'hours', type: 'window' as const, timezone: 'UTC' },
      allow: [{ days: [day], from: '00:00', to: '23:59' }],
    };
    const transitions = POLICY.transitions.map((transition) =>
      transition.to === 'prod' ? { ...transition, gates: [...transition.gates, window] } : transition,
    );
    const { world, staged } = await storyUpTo('staged', { policy: { ...POLICY, transitions } });
    const plan = await promotion(world, staged, { stage: 'prod' });
    const commit = await world.carryOut(staged, plan, { by: 'pam', approvedBy: ['rex'], now: START });
    // 2026-01-05 was a Monday: the audit, on a Tuesday, sees the window the other way round.
    expect(await judge(world, commit, { latest: minutes(DAY) })).toEqual(codes);
  });
});
