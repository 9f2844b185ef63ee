import { beforeAll, describe, expect, it } from 'vitest';
import { planRollback } from '../../src/registry/plan-rollback.ts';
import {
  earlierStates,
  inProgress,
  lastStable,
  newcomerOf,
  stageStateAt,
  standingSince,
  unjudgedStageState,
  type StableSearch,
} from '../../src/registry/stage-chain.ts';
import { alteredStage, barring, promotion, registration, rollback, rolloutStep } from '../support/moves.ts';
import { storyUpTo, type Story } from '../support/story.ts';
import { idOf, minutes, someDigest, START } from '../support/world.ts';

const PROD = { model: 'fraud', stage: 'prod' };

let story: Story;
/** v2 with all of the traffic, and then v3 on trial. */
let complete: string;
let third: string;
beforeAll(async () => {
  story = await storyUpTo('rolling');
  const { world, rolling } = story;
  const half = await stepped(rolling, 30, 'advance');
  complete = await stepped(half, 150, 'complete');
  const now = minutes(200);
  const dev = await world.land(complete, await registration(world, complete, { auc: 0.97 }), { by: 'reg' });
  const staging = await world.land(dev, await promotion(world, dev, { version: 'v3', now }), { by: 'pam', now });
  const into = await promotion(world, staging, { version: 'v3', stage: 'prod', now });
  third = await world.land(staging, into, { by: 'pam', approvedBy: ['rex'], now });
  async function stepped(parent: string, after: number, action: 'advance' | 'complete'): Promise<string> {
    const now = minutes(after);
    return world.land(parent, await rolloutStep(world, parent, { now, action }), { by: 'con', now });
  }
});

async function stateIn(commit: string, at = PROD) {
  const state = await stageStateAt(await story.world.at(commit), at);
  if (state === undefined) throw new Error(`${at.stage} is empty`);
  return state;
}

async function chainFrom(commit: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { stage } of earlierStates(story.world.repository, PROD, await stateIn(commit))) {
    const { version, rollout } = stage.spec;
    found.push(`${version} ${rollout.phase} ${String(rollout.step)}`);
  }
  return found;
}

describe('the chain of a stage', () => {
  it('goes back one move a step, whatever else happened in between', async () => {
    expect(await chainFrom(third)).toEqual(['v2 complete 3', 'v1 progressing 2', 'v1 progressing 1', 'v1 complete 1']);
  });

  it('leaves out what was rolled back', async () => {
    const { world } = story;
    const back = await world.land(third, await rollback(world, third), { by: 'oli' });
    expect(await chainFrom(back)).toEqual(['v1 progressing 2', 'v1 progressing 1', 'v1 complete 1']);
  });

  it('is broken, and says so, where a pointer names a commit that holds another', async () => {
    const { world, following } = story;
    for (const lie of [{ previous: someDigest }, { base: world.first }]) {
      const plan = alteredStage(
        await promotion(world, following, { version: 'v2', stage: 'prod' }),
        (spec) => ({ ...spec, ...lie }),
        PROD,
      );
      const commit = await world.carryOut(following, plan, { by: 'pam' });
      await expect(chainFrom(commit)).rejects.toMatchObject({ code: 'integrity', name: 'MregError' });
    }
  });

  it('has no state in an empty stage, and none that cannot be read where nobody judged', async () => {
    const { world, staged } = story;
    expect(await stageStateAt(await world.at(staged), PROD)).toBeUndefined();
    const garbage = await world.commit(staged, { 'registry/fraud/stages/prod/stage.yaml': '[' });
    expect(await unjudgedStageState(await world.at(garbage), PROD)).toBeUndefined();
    await expect(stageStateAt(await world.at(garbage), PROD)).rejects.toMatchObject({ code: 'integrity' });
  });

  it('tells the newcomer: the version on trial, or the one that took over', async () => {
    const rows = await Promise.all([story.serving, story.rolling, complete, third].map((commit) => stateIn(commit)));
    expect(rows.map((state) => [newcomerOf(state.stage), inProgress(state)])).toEqual([
      ['v1', false],
      ['v2', true],
      ['v2', false],
      ['v3', true],
    ]);
  });
});

describe('the last stable state', () => {
  async function stable(search: Partial<StableSearch> & { readonly commit: string }): Promise<string | undefined> {
    const found = await lastStable(story.world.repository, {
      at: PROD,
      from: await stateIn(search.commit),
      includeFrom: false,
      isUsable: () => Promise.resolve(true),
      ...search,
    });
    return found?.stage.spec.version;
  }
  const unless = (held: string) => (version: string) => Promise.resolve(version !== held);

  it.each([
    ['before a rollout that progresses', () => story.rolling, {}, 'v1'],
    ['before a rollout that is over', () => complete, {}, 'v1'],
    ['before the next rollout', () => third, {}, 'v2'],
    ['past a version that is held', () => third, { isUsable: unless('v2') }, 'v1'],
    ['of a stage that had only one', () => story.serving, {}, undefined],
    ['where every other is held', () => complete, { isUsable: unless('v1') }, undefined],
    ['with the state itself, where it is stable', () => complete, { includeFrom: true }, 'v2'],
    ['with the state itself, where it is not', () => third, { includeFrom: true }, 'v2'],
    ['with the state itself, where it is held', () => complete, { includeFrom: true, isUsable: unless('v2') }, 'v1'],
  ] as const)('is found %s', async (_what, commit, search, version) => {
    expect(await stable({ commit: commit(), ...search })).toBe(version);
  });

  it('is not one that serves the version that is left', async () => {
    const { world } = story;
    const now = minutes(300);
    const back = await world.land(third, await rollback(world, third), { by: 'oli' });
    const dev = await world.land(back, await registration(world, back, { auc: 0.98 }), { by: 'reg' });
    const plan = await promotion(world, dev, { version: 'v3', stage: 'prod', now, plan: { strategy: 'immediate' } });
    const again = await world.land(dev, plan, { by: 'pam', approvedBy: ['rex'], now });
    expect(await stable({ commit: again })).toBe('v2');
  });
});

describe('a rollback that cannot be planned', () => {
  it.each([
    ['an empty stage', () => story.staged, 'empty-stage'],
    ['the first promotion', () => story.serving, 'no-target'],
  ] as const)('is told as data: %s', async (_what, commit, why) => {
    const { world } = story;
    const wish = { ...PROD, reason: 'x', hold: false, by: idOf('oli'), now: START };
    expect(await planRollback(await world.view(commit()), world.repository, wish)).toBe(why);
  });

  it('holds the version that it leaves only once', async () => {
    const { world } = story;
    const held = await world.land(complete, await barring(world, complete, { version: 'v2' }), { by: 'oli' });
    const plan = await rollback(world, held, { hold: true });
    expect([...plan.edits.keys()].filter((path) => path.includes('/holds/'))).toEqual([]);
  });
});

describe('since when a stage stands as it is', () => {
  const since = async (commit: string, parent: string, now: Date) =>
    standingSince(story.world.repository, PROD, { stage: (await stateIn(commit)).stage, parent, now });

  it('is what the pointer says, or when it landed, if that was later', async () => {
    const { world, following, rolling } = story;
    expect(await since(rolling, rolling, minutes(30))).toEqual(START);
    const plan = await promotion(world, following, { version: 'v2', stage: 'prod' });
    const wish = { by: 'pam', approvedBy: ['rex'], now: minutes(60) };
    const late = await world.land(following, plan, wish);
    expect(await since(late, late, minutes(90))).toEqual(minutes(60));
    const elsewhere = await world.commit(late, { 'README.md': 'mine' }, { now: minutes(80) });
    expect(await since(late, elsewhere, minutes(90))).toEqual(minutes(60));
  });

  it('believes no commit from the future', async () => {
    const { world, following } = story;
    const plan = await promotion(world, following, { version: 'v2', stage: 'prod' });
    const commit = await world.carryOut(following, plan, { by: 'pam', approvedBy: ['rex'], now: minutes(600) });
    expect(await since(commit, commit, minutes(90))).toEqual(START);
  });
});
