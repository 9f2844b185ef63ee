import { beforeAll, describe, expect, it } from 'vitest';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { entryAt } from '../../src/registry/snapshot.ts';
import { barring, CANARY, promotion, registration, rollback, rolloutStep } from '../support/moves.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';
import { idOf, minutes, POLICY, type CommitWish, type Edits } from '../support/world.ts';

const PROD = 'registry/fraud/stages/prod';

let story: Story;
/** v2 with half of the traffic, then with all of it. */
let half: string;
let complete: string;
beforeAll(async () => {
  story = await storyUpTo('rolling');
  const { world, rolling } = story;
  half = await stepped(rolling, 30, 'advance');
  complete = await stepped(half, 150, 'complete');
  async function stepped(parent: string, after: number, action: 'advance' | 'complete'): Promise<string> {
    const now = minutes(after);
    return world.land(parent, await rolloutStep(world, parent, { now, action }), { by: 'con', now });
  }
});

/** Edits that make the files of prod what they were in `state`, as `git revert` does. */
async function restored(from: string, state: string): Promise<Edits> {
  const { world } = story;
  const names = ['stage', 'promotion', 'decision'].flatMap((name) => [`${name}.yaml`, `${name}.yaml.sig`]);
  const paths = [...names, 'kustomization.yaml', `approvals/${idOf('rex')}.sig`].map((name) => `${PROD}/${name}`);
  const rows = await Promise.all(
    paths.map(async (path) => {
      const then = await entryAt(await world.at(state), path);
      const now = await entryAt(await world.at(from), path);
      return [path, then === undefined ? null : await world.read(state, path), now?.oid === then?.oid] as const;
    }),
  );
  return Object.fromEntries(rows.filter(([, , same]) => !same).map(([path, content]) => [path, content]));
}

async function judgedReturn(from: string, to: string, wish: CommitWish = { by: 'oli' }) {
  const { world } = story;
  return world.judge(await world.commit(from, { ...(await restored(from, to)), ...wish.with }, wish), {
    now: minutes(200),
  });
}

describe('a rollback', () => {
  it('is accepted as mreg plans it, and brings the stage back byte for byte', async () => {
    const { world, serving } = story;
    const plan = await rollback(world, complete, { hold: true });
    const back = await world.carryOut(complete, plan, { by: 'oli' });
    const verdict = await world.judge(back);
    expectAccepted(verdict);
    expect(verdict.changes).toContainEqual(
      expect.objectContaining({ action: 'rollback', version: 'v1', by: idOf('oli'), detail: 'from v2' }),
    );
    const [then, now] = [await world.at(serving), await world.at(back)];
    expect((await entryAt(now, PROD))?.oid).toBe((await entryAt(then, PROD))?.oid);
  });

  it.each([
    ['all of the traffic', () => complete],
    ['half of it', () => half],
    ['a tenth of it', () => story.rolling],
  ])('is accepted as a plain revert from %s', async (_what, from) => {
    expectAccepted(await judgedReturn(from(), story.serving));
  });

  it.each([
    ['from half of the traffic to a tenth', () => half, () => story.rolling],
    ['from all of the traffic to half', () => complete, () => half],
  ])('is accepted to an earlier step of the same promotion, %s', async (_what, from, to) => {
    expectAccepted(await judgedReturn(from(), to()));
  });

  it('is accepted to an earlier step also while the version is held', async () => {
    const { world } = story;
    const held = await world.land(half, await barring(world, half, { version: 'v2' }), { by: 'oli' });
    expectAccepted(await judgedReturn(held, story.rolling));
  });

  it.each([
    ['oncall', 'oli'],
    ['an owner', 'olga'],
  ])('is accepted from %s, whom the policy names', async (_what, by) => {
    expectAccepted(await judgedReturn(complete, story.serving, { by }));
  });

  it.each([
    ['the controller, whom the policy leaves out', 'con'],
    ['the promoter', 'pam'],
    ['somebody with the role for other models', 'risky'],
    ['a stranger', 'mallory'],
  ])('is refused from %s', async (_what, by) => {
    expectRefused(
      await judgedReturn(complete, story.serving, { by }),
      'not-authorised',
      'a commit signed by a oncall or owner',
    );
  });

  it('is refused from a commit that nobody signed', async () => {
    const verdict = await judgedReturn(complete, story.serving, { committer: null });
    expectRefused(verdict, 'not-authorised', 'a commit without a trusted signature');
  });

  it('is accepted from the controller where no policy names roles', async () => {
    const transitions = POLICY.transitions.map(({ rollback: _roles, ...transition }) => transition);
    const other = await storyUpTo('rolling', { policy: { ...POLICY, transitions } });
    const { world, rolling } = other;
    const plan = await rollback(world, rolling);
    expectAccepted(await world.judge(await world.carryOut(rolling, plan, { by: 'con' })));
    expectRefused(
      await world.judge(await world.carryOut(rolling, plan, { by: 'pam' })),
      'not-authorised',
      'controller',
    );
  });

  it('is judged by the server where the commit does not exist yet', async () => {
    const { world } = story;
    const { admit } = await import('../../src/registry/admit.ts');
    const commit = await world.commit(complete, await restored(complete, story.serving));
    const after = { ...(await world.at(commit)), commit: undefined };
    const context = { source: world.repository, now: minutes(200), pinnedRoot: world.pinnedRoot };
    expectAccepted(await admit({ before: await world.at(complete), after, commit: undefined }, context));
  });
});

describe('a rollback by a commit of the forge', () => {
  /** The revert of prod with a hold beside it. */
  async function withHold(wish: { readonly by: string; readonly version?: string; readonly plan?: CommitPlan }) {
    const { world, serving } = story;
    const { by, version = 'v2' } = wish;
    const plan = wish.plan ?? (await barring(world, complete, { version, by }));
    const hold = await world.signed(complete, plan, { by });
    return judgedReturn(complete, serving, { committer: null, with: hold });
  }

  it('is accepted when a hold on the version left behind rides along', async () => {
    expectAccepted(await withHold({ by: 'oli' }));
  });

  it('is refused when the hold is on another version', async () => {
    expectRefused(await withHold({ by: 'oli', version: 'v1' }), ['not-authorised', 'held'], 'a hold on v2');
  });

  it('is refused when whoever holds may hold but not roll back', async () => {
    expectRefused(await withHold({ by: 'eve' }), 'not-authorised', 'a hold on v2 signed by one');
  });

  it('is refused when whoever signed the hold may not even hold', async () => {
    expectRefused(await withHold({ by: 'pam' }), 'not-authorised', 'holds/1.yaml');
  });

  it('is refused when the hold names somebody who may, and another signed it', async () => {
    const { world } = story;
    const plan = await barring(world, complete, { version: 'v2', by: 'oli' });
    expectRefused(await withHold({ by: 'eve', plan }), 'signer-mismatch', 'spec.by');
  });

  it('is refused, and nothing worse, when the hold cannot be read', async () => {
    const { serving } = story;
    const path = 'registry/fraud/versions/v2/holds/1.yaml';
    const hold = { [path]: '[[[', [`${path}.sig`]: 'text' };
    const verdict = await judgedReturn(complete, serving, { committer: null, with: hold });
    expectRefused(verdict, ['yaml-syntax', 'not-authorised'], path);
  });

  it('is refused when what rides along is the release of a hold', async () => {
    const { world, serving } = story;
    const held = await world.land(complete, await barring(world, complete, { version: 'v2' }), { by: 'oli' });
    const release = await barring(world, held, { version: 'v2', by: 'olga', action: 'release' });
    const files = await world.signed(held, release, { by: 'olga', approvedBy: ['rita'] });
    const verdict = await judgedReturn(held, serving, { committer: null, with: files });
    expectRefused(verdict, 'not-authorised', 'a hold on v2');
  });

  it('is refused when the hold was there before', async () => {
    const { world, serving } = story;
    const held = await world.land(complete, await barring(world, complete, { version: 'v2' }), { by: 'oli' });
    expectRefused(await judgedReturn(held, serving, { committer: null }), 'not-authorised', 'a hold on v2');
  });
});

describe('the state that a rollback brings back', () => {
  it('is refused when its rollout was never complete', async () => {
    const { world, rolling, serving } = story;
    const back = await world.land(rolling, await rollback(world, rolling), { by: 'oli' });
    const again = await promotion(world, back, { version: 'v2', stage: 'prod', plan: CANARY });
    const second = await world.land(back, again, { by: 'pam', approvedBy: ['rex'] });
    // The first attempt is no state of this chain any more: it was taken back before the second began.
    const { refusals } = await judgedReturn(second, rolling);
    expect(refusals.map(({ code }) => code)).toContain('replay');
    expectAccepted(await judgedReturn(second, serving));
  });

  it('is refused in the middle of the rollout of an earlier promotion', async () => {
    const { world, rolling } = story;
    const third = await world.land(complete, await registration(world, complete, { auc: 0.97 }), { by: 'reg' });
    const now = minutes(160);
    const staged = await world.land(third, await promotion(world, third, { version: 'v3', now }), { by: 'pam', now });
    const plan = await promotion(world, staged, { version: 'v3', stage: 'prod', now });
    const next = await world.land(staged, plan, { by: 'pam', approvedBy: ['rex'], now });
    expectRefused(await judgedReturn(next, rolling), 'rollback', 'a state whose rollout was complete; progressing');
    expectRefused(await judgedReturn(next, half), 'rollback', 'a state whose rollout was complete; progressing');
    expectAccepted(await judgedReturn(next, complete));
  });

  it('is refused when its version is held, also by the same commit', async () => {
    const { world, serving } = story;
    const hold = await barring(world, complete, { version: 'v1' });
    const held = await world.land(complete, hold, { by: 'oli' });
    expectRefused(await judgedReturn(held, serving), 'held', 'v1, which is held');
    const along = await world.signed(complete, hold, { by: 'oli' });
    expectRefused(await judgedReturn(complete, serving, { by: 'oli', with: along }), 'held', 'v1, which is held');
  });

  it.each([
    ['one file more', { [`${PROD}/approvals/${idOf('rita')}.sig`]: 'text' }],
    ['one file changed', { [`${PROD}/kustomization.yaml`]: 'kind: Component\n' }],
    ['one file less', { [`${PROD}/promotion.yaml.sig`]: null }],
  ])('is refused with %s', async (_what, edits) => {
    const verdict = await judgedReturn(complete, story.serving, { by: 'oli', with: edits });
    expect(verdict.accepted).toBe(false);
    expect(verdict.refusals.map(({ code }) => code)).toContain('chain');
  });

  it('is refused when it is that of another stage or another model', async () => {
    const { world, following } = story;
    const other = await world.land(complete, await registration(world, complete, { model: 'risk' }), { by: 'reg' });
    const names = ['stage.yaml', 'stage.yaml.sig', 'kustomization.yaml'];
    for (const from of ['registry/fraud/stages/staging', 'registry/risk/stages/dev']) {
      const source = from.includes('risk') ? other : following;
      const files = await Promise.all(
        names.map(async (name) => [`${PROD}/${name}`, await world.read(source, `${from}/${name}`)] as const),
      );
      const { refusals } = await world.judge(await world.commit(other, Object.fromEntries(files), { by: 'oli' }));
      expect(refusals.map(({ code }) => code)).toContain('path-mismatch');
    }
  });

  // Attack: the end of a pause, with the time before it still running: the next step would be early.
  it('is refused when it serves the newcomer no less than now', async () => {
    const { world, rolling } = story;
    const now = minutes(10);
    const paused = await world.land(rolling, await rolloutStep(world, rolling, { now, action: 'pause' }), {
      by: 'con',
      now,
    });
    expectRefused(await judgedReturn(paused, rolling), 'rollback', 'less traffic');
  });

  it('is refused when it is that of before the first one: empty', async () => {
    const { serving, staged } = story;
    expectRefused(await judgedReturn(serving, staged), 'immutable', 'its removal');
  });
});
