import { decisionPath, stageDirectory } from '../../src/documents/paths.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import type { ReleasePlan } from '../../src/documents/kinds/promotion.ts';
import { alteredStage, barring, CANARY, promotion, rollback, rolloutStep } from '../support/moves.ts';
import { altered, idOf, someDigest, type CommitWish } from '../support/world.ts';
import type { Push, PushAttack } from './attack.ts';
import { checkoutAt, restoring } from './checkout.ts';
import type { Scene } from './scene.ts';

const PROD = stageDirectory('fraud', 'prod');
const STAGING = stageDirectory('fraud', 'staging');
const DECISION = decisionPath('fraud', 'prod');
const inProd = { stage: 'prod' } as const;
const MINUTE_MS = 60_000;

/** The instant some minutes after the honest history; it ended three hours ago. */
function after({ then }: Scene, minutes: number): Date {
  return new Date(then.getTime() + minutes * MINUTE_MS);
}

/** v2 with half of the traffic, since a time of the test's choice. */
async function half(scene: Scene, now = after(scene, 30)): Promise<string> {
  const { world, story } = scene;
  return world.land(story.rolling, await rolloutStep(world, story.rolling, { now }), { by: 'con', now });
}

/** v2 with all of the traffic. */
async function complete(scene: Scene): Promise<string> {
  const [base, now] = [await half(scene), after(scene, 151)];
  return scene.world.land(base, await rolloutStep(scene.world, base, { now, action: 'complete' }), { by: 'con', now });
}

/** The rollout taken back: v1 serves again. */
async function back({ world, story, then }: Scene): Promise<string> {
  return world.land(story.rolling, await rollback(world, story.rolling, { now: then }), { by: 'oli', now: then });
}

async function held(scene: Scene, base: string, version: string): Promise<string> {
  const { world, then } = scene;
  return world.land(base, await barring(world, base, { version, now: then }), { by: 'oli', now: then });
}

type State = (scene: Scene) => Promise<string> | string;

/** Puts the files of prod back to what they were in another commit. */
function returned(from: State, to: State, wish: CommitWish = { by: 'oli' }): (scene: Scene) => Promise<Push> {
  return async (scene) => {
    const [base, then] = [await from(scene), await to(scene)];
    const files = await restoring(scene.world, PROD, { from: base, to: then });
    return { base, tip: await scene.world.commit(base, { ...files, ...wish.with }, wish) };
  };
}

const rolling: State = ({ story }) => story.rolling;
const serving: State = ({ story }) => story.serving;

/** Reverts with stock git, signed with somebody's key or with none, and pushes the clone. */
function reverted(from: State, commits: readonly string[], by?: string): (scene: Scene) => Promise<Push> {
  return async (scene) => {
    const base = await from(scene);
    const clone = checkoutAt(scene, base);
    const revert = ['revert', '--no-edit', ...commits];
    if (by === undefined) clone.git(...revert);
    else await clone.as(by, ...revert);
    return { base, from: clone.directory, words: ['HEAD:refs/heads/main'] };
  };
}

/** A promotion of v2 that was planned on one state, and comes on another. */
function late(stage: 'staging' | 'prod', planned: State, comes: State): (scene: Scene) => Promise<Push> {
  return async (scene) => {
    const { world, then } = scene;
    const [asked, base] = [await planned(scene), await comes(scene)];
    const plan = await promotion(world, asked, { version: 'v2', stage, now: then, plan: { strategy: 'immediate' } });
    return { base, tip: await world.carryOut(base, plan, { by: 'pam', approvedBy: ['rita'] }) };
  };
}

const REPLAYED: readonly PushAttack[] = (
  [
    {
      variant: 'the revert of a revert, with stock git and the key of somebody on call',
      code: 'replay',
      about: PROD,
      make: reverted(back, ['HEAD'], 'oli'),
    },
    {
      variant: 'the commit of a promotion picked once more after its rollback',
      code: 'replay',
      about: PROD,
      make: async (scene) => {
        const base = await back(scene);
        const clone = checkoutAt(scene, base);
        await clone.as('pam', 'cherry-pick', scene.story.rolling);
        return { base, from: clone.directory, words: ['HEAD:refs/heads/main'] };
      },
    },
    {
      variant: 'the bytes of a promotion put back by its requester',
      code: 'replay',
      about: 'a stage that has not moved since',
      make: returned(back, rolling, { by: 'pam' }),
    },
    {
      variant: 'a promotion that waited while another one went through',
      code: ['chain', 'replay', 'rollout'],
      about: PROD,
      make: late('prod', ({ story }) => story.following, rolling),
    },
    {
      variant: 'a promotion that waited while its stage went forth and back',
      code: 'replay',
      about: 'a stage that has not moved since',
      make: late('prod', ({ story }) => story.following, back),
    },
    {
      variant: 'the promotion of a stage used for its next cycle',
      code: 'replay',
      about: STAGING,
      make: async ({ world, story }) => {
        const away = await restoring(world, STAGING, { from: story.following, to: story.staged });
        const base = await world.commit(story.following, away, { by: 'oli' });
        const again = await restoring(world, STAGING, { from: base, to: story.following });
        return { base, tip: await world.commit(base, again, { by: 'pam' }) };
      },
    },
  ] as readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'replayed-promotion', ...attack }));

const PLAIN: readonly PushAttack[] = (
  [
    {
      variant: 'the honest history in one push: without it, no refusal would mean anything',
      about: 'ok',
      make: ({ world, story }) => Promise.resolve({ base: world.first, tip: story.rolling }),
    },
    {
      variant: 'git revert of a rollout that began, by somebody on call',
      about: 'rolls fraud back',
      make: reverted(rolling, ['HEAD'], 'oli'),
    },
    { variant: 'git revert of it by an owner', about: 'rolls fraud back', make: reverted(rolling, ['HEAD'], 'olga') },
    {
      variant: 'git revert of every step of a complete rollout, in one push',
      about: 'rolls fraud back',
      make: reverted(complete, ['HEAD', 'HEAD~1', 'HEAD~2'], 'oli'),
    },
    { variant: 'the files of before, put back by hand', about: 'rolls fraud back', make: returned(complete, serving) },
    {
      variant: 'a revert that nobody signed, with a hold by somebody on call',
      about: 'rolls fraud back',
      make: async (scene) => {
        const { world, then } = scene;
        const base = await complete(scene);
        const hold = await world.signed(base, await barring(world, base, { version: 'v2', now: then }), { by: 'oli' });
        return returned(() => base, serving, { committer: null, with: hold })(scene);
      },
    },
    {
      variant: 'git revert of a merged request',
      about: 'rolls fraud back',
      make: async (scene) => {
        const { world, story, then } = scene;
        const plan = await promotion(world, story.following, { version: 'v2', ...inProd, now: then });
        const side = await world.carryOut(story.following, plan, { by: 'pam', approvedBy: ['rex'] });
        const merge = await world.carryOut(story.following, plan, { by: 'pam', approvedBy: ['rex'], merging: [side] });
        const clone = checkoutAt(scene, merge);
        await clone.as('oli', 'revert', '--no-edit', '-m', '1', 'HEAD');
        return { base: merge, from: clone.directory, words: ['HEAD:refs/heads/main'] };
      },
    },
  ] as readonly Omit<PushAttack, 'row' | 'code'>[]
).map((attack) => ({ row: 'plain-revert', code: 'accepted', ...attack }));

const NO_ROLE = {
  code: 'not-authorised',
  about: [`${PROD}/stage.yaml`, 'a commit signed by a oncall or owner'],
} as const;

/** The revert of a complete rollout that nobody signed, with a hold beside it. */
function withHold(by: string, change: (scene: Scene, base: string) => Promise<{ plan: CommitPlan; base: string }>) {
  return async (scene: Scene): Promise<Push> => {
    const { plan, base } = await change(scene, await complete(scene));
    const files = await scene.world.signed(base, plan, {
      by,
      approvedBy: plan.subject.startsWith('Release') ? ['rita'] : [],
    });
    return returned(() => base, serving, { committer: null, with: files })(scene);
  };
}

const UNAUTHORISED: readonly PushAttack[] = (
  [
    { variant: 'git revert without a signature', ...NO_ROLE, make: reverted(rolling, ['HEAD']) },
    { variant: 'git revert by the promoter', ...NO_ROLE, make: reverted(rolling, ['HEAD'], 'pam') },
    { variant: 'git revert by a stranger', ...NO_ROLE, make: reverted(rolling, ['HEAD'], 'mallory') },
    {
      variant: 'a return by the controller, whom the policy leaves out',
      ...NO_ROLE,
      make: returned(complete, serving, { by: 'con' }),
    },
    {
      variant: 'a return by somebody on call for other models',
      ...NO_ROLE,
      make: returned(complete, serving, { by: 'risky' }),
    },
    {
      variant: 'with a hold by an evaluator, who may hold and not roll back',
      ...NO_ROLE,
      make: withHold('eve', async ({ world, then }, base) => ({
        base,
        plan: await barring(world, base, { version: 'v2', now: then, by: 'eve' }),
      })),
    },
    {
      variant: 'with a hold that names somebody on call, signed by another',
      code: 'signer-mismatch',
      about: 'spec.by',
      make: withHold('eve', async ({ world, then }, base) => ({
        base,
        plan: await barring(world, base, { version: 'v2', now: then, by: 'oli' }),
      })),
    },
    {
      variant: 'with a hold on another version',
      code: ['held', 'not-authorised'],
      about: 'a hold on v2',
      make: withHold('oli', async ({ world, then }, base) => ({
        base,
        plan: await barring(world, base, { version: 'v1', now: then }),
      })),
    },
    {
      variant: 'with a hold that landed before',
      ...NO_ROLE,
      make: async (scene) =>
        returned(async (at) => held(at, await complete(at), 'v2'), serving, { committer: null })(scene),
    },
    {
      variant: 'with the release of a hold',
      ...NO_ROLE,
      make: withHold('olga', async (scene, from) => {
        const base = await held(scene, from, 'v2');
        return {
          base,
          plan: await barring(scene.world, base, { version: 'v2', now: scene.then, action: 'release', by: 'olga' }),
        };
      }),
    },
    {
      variant: 'a return of staging by whoever may promote into it',
      code: 'not-authorised',
      about: `${STAGING}/stage.yaml`,
      make: async ({ world, story }) => ({
        base: story.following,
        tip: await world.commit(
          story.following,
          await restoring(world, STAGING, { from: story.following, to: story.staged }),
          { by: 'pam' },
        ),
      }),
    },
    {
      variant: 'a return of dev by whoever may register',
      code: 'not-authorised',
      about: 'stages/dev/stage.yaml',
      make: async ({ world, story }) => ({
        base: story.second,
        tip: await world.commit(
          story.second,
          await restoring(world, stageDirectory('fraud', 'dev'), { from: story.second, to: story.registered }),
          { by: 'reg' },
        ),
      }),
    },
  ] as readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'unauthorised-revert', ...attack }));

/** v3 on its way into prod, after v2 went all the way. */
async function third(scene: Scene): Promise<string> {
  const { world } = scene;
  const { registration } = await import('../support/moves.ts');
  const [base, now] = [await complete(scene), after(scene, 160)];
  const registered = await world.land(base, await registration(world, base, { auc: 0.97, now }), { by: 'reg', now });
  const staged = await world.land(registered, await promotion(world, registered, { version: 'v3', now }), {
    by: 'pam',
    now,
  });
  const plan = await promotion(world, staged, { version: 'v3', ...inProd, now });
  return world.land(staged, plan, { by: 'pam', approvedBy: ['rex'], now });
}

const WRONG: readonly PushAttack[] = (
  [
    {
      variant: 'to the middle of an earlier rollout',
      code: 'rollback',
      about: 'a state whose rollout was complete',
      make: returned(third, rolling),
    },
    {
      variant: 'to a version that is held',
      code: 'held',
      about: 'v1, which is held',
      make: returned(async (scene) => held(scene, await complete(scene), 'v1'), serving),
    },
    {
      variant: 'to a version that the same commit holds',
      code: 'held',
      about: 'v1, which is held',
      make: async (scene) => {
        const base = await complete(scene);
        const hold = await scene.world.signed(
          base,
          await barring(scene.world, base, { version: 'v1', now: scene.then }),
          { by: 'oli' },
        );
        return returned(() => base, serving, { by: 'oli', with: hold })(scene);
      },
    },
    {
      variant: 'to before the first promotion: an empty stage',
      code: 'immutable',
      about: 'the pointer to stay',
      make: returned(serving, ({ story }) => story.staged),
    },
    {
      variant: 'from a pause to the same step before it, so that its wait goes on',
      code: 'rollback',
      about: 'less traffic',
      make: returned(async (scene) => {
        const { world, story } = scene;
        const now = after(scene, 10);
        return world.land(story.rolling, await rolloutStep(world, story.rolling, { now, action: 'pause' }), {
          by: 'con',
          now,
        });
      }, rolling),
    },
    {
      variant: 'to a state of another branch, which nobody judged',
      code: ['chain', 'replay', 'rollout'],
      about: PROD,
      make: async (scene) => {
        const { world, story, then } = scene;
        const other = await promotion(world, story.following, {
          version: 'v2',
          ...inProd,
          now: then,
          plan: { strategy: 'immediate' },
        });
        const branch = await world.carryOut(story.following, other, { by: 'pam', approvedBy: ['rex'] });
        return returned(rolling, () => branch)(scene);
      },
    },
    {
      variant: 'to a state of another branch that was merged without it',
      code: ['chain', 'replay', 'rollout'],
      about: PROD,
      make: async (scene) => {
        const { world, story, then } = scene;
        const other = await promotion(world, story.following, {
          version: 'v2',
          ...inProd,
          now: then,
          plan: { strategy: 'immediate' },
        });
        const branch = await world.carryOut(story.following, other, { by: 'pam', approvedBy: ['rex'] });
        const merged = await world.commit(story.rolling, { 'notes.txt': 'merged' }, { merging: [branch], by: 'pam' });
        return returned(
          () => merged,
          () => branch,
        )(scene);
      },
    },
    ...(
      [
        [
          'with an approval more',
          { [`${PROD}/approvals/${idOf('rita')}.sig`]: 'text' },
          ['bad-signature', 'chain', 'clock', 'replay', 'stage-order'],
        ],
        [
          'with another kustomization',
          { [`${PROD}/kustomization.yaml`]: 'kind: Component\n' },
          ['chain', 'clock', 'derived-file', 'replay', 'stage-order'],
        ],
        [
          'without one of its signatures',
          { [`${PROD}/promotion.yaml.sig`]: null },
          ['chain', 'clock', 'missing-signature', 'replay'],
        ],
        [
          'with a decision that nobody made',
          { [DECISION]: 'kind: Decision\n' },
          ['chain', 'clock', 'replay', 'stage-order', 'ungoverned-shape'],
        ],
      ] as const
    ).map(([what, edits, code]) => ({
      variant: `to the right state, ${what}`,
      code,
      about: 'previous: sha256',
      make: returned(complete, serving, { by: 'oli', with: edits }),
    })),
    {
      variant: 'to the pointer of before, with the request of now',
      code: ['chain', 'replay', 'ungoverned-shape'],
      about: PROD,
      make: async ({ world, story }) => {
        const names = ['stage.yaml', 'stage.yaml.sig'].map((name) => `${PROD}/${name}`);
        const files = await Promise.all(
          names.map(async (path) => [path, await world.read(story.serving, path)] as const),
        );
        return {
          base: story.rolling,
          tip: await world.commit(story.rolling, Object.fromEntries(files), { by: 'oli' }),
        };
      },
    },
  ] as readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'wrong-restore', ...attack }));

type Action = NonNullable<Parameters<typeof rolloutStep>[2]>['action'];

/** A step of the rollout in prod, with a lie where a test says so. */
function step(
  wish: CommitWish & {
    readonly from?: State;
    readonly action?: Action;
    readonly plan?: ReleasePlan;
    readonly lie?: (plan: CommitPlan) => CommitPlan;
    /** Minutes after the honest history. */
    readonly at?: number;
  } = {},
): (scene: Scene) => Promise<Push> {
  return async (scene) => {
    const base = await (wish.from ?? rolling)(scene);
    const { action, plan, by = 'con' } = wish;
    const asked = { now: after(scene, wish.at ?? 31), by, ...(action && { action }), ...(plan && { plan }) };
    const made = (wish.lie ?? ((same) => same))(await rolloutStep(scene.world, base, asked));
    return { base, tip: await scene.world.carryOut(base, made, { by, ...wish }) };
  };
}

const pointer = (change: Parameters<typeof alteredStage>[1]) => (plan: CommitPlan) =>
  alteredStage(plan, change, inProd);
const lie = (spec: object) => (plan: CommitPlan) =>
  altered(plan, { kind: 'Decision', path: DECISION }, (document) => ({
    ...document,
    spec: { ...document.spec, ...spec },
  }));

/** The end of the history is a moment ago: nothing was watched yet. */
const justNow: State = (scene) => half(scene, after(scene, 179));

const STEPS: readonly PushAttack[] = (
  [
    {
      variant: 'before the step before was watched for as long as planned',
      code: 'rollout',
      about: ['step 2 held for 2h', 'clock of this machine'],
      make: step({ from: justNow, action: 'complete', at: 180 }),
    },
    {
      variant: 'the same, with a decision dated ahead',
      code: ['clock', 'rollout'],
      about: 'step 2 held for 2h',
      make: step({ from: justNow, action: 'complete', at: 400 }),
    },
    { variant: 'a step left out', code: 'rollout', about: 'not the last step', make: step({ action: 'complete' }) },
    {
      variant: 'more traffic than the step is given',
      code: 'chain',
      about: 'slots.blue.weight',
      make: step({
        lie: pointer((spec) => ({
          ...spec,
          slots: { blue: { ...spec.slots.blue, weight: 20 }, green: { ...spec.slots.green, weight: 80 } },
        })),
      }),
    },
    {
      variant: 'the champion moved before the end',
      code: 'chain',
      about: 'champion',
      make: step({
        lie: pointer((spec) => ({
          ...spec,
          champion: spec.champion === 'blue' ? 'green' : 'blue',
          ...identityOf(spec),
        })),
      }),
    },
    {
      variant: 'by somebody on call, who may only roll back',
      code: 'not-authorised',
      about: DECISION,
      make: step({ by: 'oli' }),
    },
    { variant: 'by a stranger', code: 'unknown-key', about: PROD, make: step({ by: 'mallory' }) },
    {
      variant: 'by the plan of the attacker',
      code: 'chain',
      about: 'weight',
      make: step({
        plan: { ...CANARY, steps: [{ weight: 10, hold: '1s' }, { weight: 99, hold: '1s' }, { weight: 100 }] },
      }),
    },
    {
      variant: 'with the approved plan rewritten',
      code: 'bad-signature',
      about: 'promotion.yaml',
      make: async (scene) => {
        const path = `${PROD}/promotion.yaml`;
        const text = (await scene.world.read(scene.story.rolling, path)).replace('30m', '1s');
        return step({ with: { [path]: text } })(scene);
      },
    },
    {
      variant: 'with an approval taken away',
      code: 'ungoverned-shape',
      about: 'approvals/',
      make: step({ with: { [`${PROD}/approvals/${idOf('rex')}.sig`]: null } }),
    },
    {
      variant: 'with a decision about another promotion',
      code: 'rollout',
      about: 'promotion: sha256',
      make: step({ lie: lie({ promotion: someDigest }) }),
    },
    {
      variant: 'with a decision about another pointer',
      code: 'rollout',
      about: 'previous: sha256',
      make: step({ lie: lie({ previous: someDigest }) }),
    },
    {
      variant: 'with a decision in the name of somebody else',
      code: 'signer-mismatch',
      about: 'spec.by',
      make: step({ lie: lie({ by: idOf('pam') }) }),
    },
    {
      variant: 'with a decision that nobody signed',
      code: 'missing-signature',
      about: DECISION,
      make: step({ with: { [`${DECISION}.sig`]: null } }),
    },
    {
      variant: 'without a decision',
      code: 'ungoverned-shape',
      about: 'stage.yaml changed on its own',
      make: step({ with: { [DECISION]: null, [`${DECISION}.sig`]: null } }),
    },
    {
      variant: 'of a version that is held',
      code: 'held',
      about: 'v2, which is held',
      make: step({ from: async (scene) => held(scene, scene.story.rolling, 'v2') }),
    },
    {
      variant: 'to resume what was not paused',
      code: 'rollout',
      about: 'it is not paused',
      make: step({ action: 'resume' }),
    },
    {
      variant: 'that calls itself a rollback',
      code: 'chain',
      about: 'slots.blue.weight',
      make: step({ lie: lie({ action: 'roll-back' }) }),
    },
    {
      variant: 'of a rollout that is over',
      code: 'rollout',
      about: PROD,
      make: step({ from: complete, action: 'pause', at: 152 }),
    },
  ] as readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'rollout-steps', ...attack }));

function identityOf(spec: Parameters<Parameters<typeof alteredStage>[1]>[0]) {
  const { version, digest, uri } = spec.slots[spec.champion === 'blue' ? 'green' : 'blue'];
  return { version, digest, uri };
}

/** Attacks on the way back, and on the steps of a rollout. */
export const TRIED: readonly PushAttack[] = [...REPLAYED, ...PLAIN, ...UNAUTHORISED, ...WRONG, ...STEPS];
