import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import { barring, freezing, promotion, rollback, rolloutStep, unfreezing } from '../support/moves.ts';
import { altered, idOf, signerOf, type CommitWish, type Edits } from '../support/world.ts';
import type { Push, PushAttack } from './attack.ts';
import type { Scene } from './scene.ts';

const FIRST = 'policies/freezes/1.yaml';
const SECOND = 'policies/freezes/2.yaml';
const breakGlass = { reason: 'every score is wrong' };
const inProd = { version: 'v2', stage: 'prod' } as const;

/** All of prod frozen while v2 stands in staging, or while it rolls out. */
async function frozen({ world, story, then }: Scene, on: 'following' | 'rolling' = 'following'): Promise<string> {
  const base = story[on];
  return world.land(base, await freezing(world, base, { by: 'olga', now: then }), { by: 'olga', now: then });
}

/** A plan carried out on the frozen state. */
function onFrozen(
  plan: (scene: Scene, base: string) => Promise<CommitPlan>,
  wish: CommitWish,
  along: (scene: Scene, base: string) => Promise<Edits> = () => Promise.resolve({}),
): (scene: Scene) => Promise<Push> {
  return async (scene) => {
    const base = await frozen(scene);
    const made = { ...wish, with: await along(scene, base) };
    return { base, tip: await scene.world.carryOut(base, await plan(scene, base), made) };
  };
}

const asking =
  (wish: Partial<Parameters<typeof promotion>[2]> = {}) =>
  ({ world, then }: Scene, base: string) =>
    promotion(world, base, { ...inProd, now: then, ...wish });
const lifting =
  (by: string) =>
  ({ world, then }: Scene, base: string) =>
    unfreezing(world, base, { by, now: then });

/** Files of the frozen state changed by hand. */
function byHand(edits: (scene: Scene, base: string) => Promise<Edits> | Edits): (scene: Scene) => Promise<Push> {
  return async (scene) => {
    const base = await frozen(scene);
    return { base, tip: await scene.world.commit(base, await edits(scene, base), { by: 'olga' }) };
  };
}

const FROZEN: readonly PushAttack[] = (
  [
    {
      variant: 'a promotion into the frozen stage, approved by all who must',
      code: 'gate',
      about: ['promotion.yaml: freeze', `frozen by ${idOf('olga')} until somebody lifts it: holidays`],
      make: onFrozen(asking(), { by: 'pam', approvedBy: ['rex'] }),
    },
    {
      variant: 'a promotion in the very commit that lifts the freeze',
      code: ['gate', 'mixed-change'],
      about: 'promotion.yaml: freeze',
      make: onFrozen(asking(), { by: 'pam', approvedBy: ['rex'] }, async (scene, base) =>
        scene.world.signed(base, await lifting('olga')(scene, base), { by: 'olga' }),
      ),
    },
    {
      variant: 'a freeze of all models by an owner of some',
      code: 'not-authorised',
      about: [FIRST, 'all of *'],
      make: async ({ world, story, then }) => {
        const plan = await freezing(world, story.following, { by: 'risky', now: then });
        return { base: story.following, tip: await world.carryOut(story.following, plan, { by: 'risky' }) };
      },
    },
    {
      variant: 'a freeze of all models lifted by an owner of some',
      code: 'not-authorised',
      about: [SECOND, 'all of *'],
      make: onFrozen(lifting('risky'), { by: 'risky' }),
    },
    {
      variant: 'a freeze lifted by whoever waits for it',
      code: 'not-authorised',
      about: SECOND,
      make: onFrozen(lifting('pam'), { by: 'pam' }),
    },
    {
      variant: 'a freeze of a model of one’s own, which leaves the one of all out of those that stand',
      code: 'chain',
      about: 'standing: 1, which nobody lifted',
      make: async (scene) => {
        const { world, then } = scene;
        const base = await frozen(scene);
        const plan = await freezing(world, base, { by: 'risky', now: then, models: ['risk/*'] });
        const lie = altered(plan, { kind: 'Freeze', path: SECOND }, (document) => ({
          ...document,
          spec: { ...document.spec, standing: [2] },
        }));
        return { base, tip: await world.carryOut(base, lie, { by: 'risky' }) };
      },
    },
    {
      variant: 'the end of a freeze of one’s own that never was, under which the one of all vanishes',
      code: 'chain',
      about: 'lifts: 1',
      make: onFrozen(
        async (scene, base) =>
          altered(await lifting('risky')(scene, base), { kind: 'Freeze', path: SECOND }, (document) => ({
            ...document,
            spec: { ...document.spec, lifts: 7 },
          })),
        { by: 'risky' },
      ),
    },
    {
      variant: 'a freeze removed',
      code: 'immutable',
      about: FIRST,
      make: byHand(() => ({ [FIRST]: null, [`${FIRST}.sig`]: null })),
    },
    {
      variant: 'a freeze given an end and signed again',
      code: 'immutable',
      about: FIRST,
      make: byHand(async ({ world }, base) => {
        const text = (await world.read(base, FIRST)).replace(
          '  standing:',
          '  until: "2026-01-05T10:00:00Z"\n  standing:',
        );
        return { [FIRST]: text, [`${FIRST}.sig`]: await createSignature(signerOf('olga'), 'mreg.freeze.v1', text) };
      }),
    },
    {
      variant: 'the end of a freeze that nobody signed',
      code: 'missing-signature',
      about: SECOND,
      make: byHand(async (scene, base) => ({
        [SECOND]: (await lifting('olga')(scene, base)).edits.get(SECOND) ?? null,
      })),
    },
    {
      variant: 'the end of a freeze past a number that is not there',
      code: 'sequence',
      about: 'number 2',
      make: byHand(async (scene, base) => {
        const path = 'policies/freezes/3.yaml';
        const plan = await lifting('olga')(scene, base);
        const text = String(plan.edits.get(SECOND)).replace('sequence: 2', 'sequence: 3');
        return { [path]: text, [`${path}.sig`]: await createSignature(signerOf('olga'), 'mreg.freeze.v1', text) };
      }),
    },
    {
      variant: 'an approval beside a freeze, of which nobody asks one',
      code: 'ungoverned-shape',
      about: `${FIRST}.approvals`,
      make: byHand(() => ({ [`${FIRST}.approvals/${idOf('ann')}.sig`]: 'text' })),
    },
    {
      variant: 'a rollout that goes on in the frozen stage',
      code: 'frozen',
      about: 'prod of fraud not frozen',
      make: async (scene) => {
        const { world, then } = scene;
        const [base, now] = [await frozen(scene, 'rolling'), new Date(then.getTime() + 31 * 60_000)];
        return { base, tip: await world.carryOut(base, await rolloutStep(world, base, { now }), { by: 'con' }) };
      },
    },
    {
      variant: 'the way back, which no freeze closes',
      code: 'accepted',
      about: '',
      make: async (scene) => {
        const { world, then } = scene;
        const base = await frozen(scene, 'rolling');
        return { base, tip: await world.carryOut(base, await rollback(world, base, { now: then }), { by: 'oli' }) };
      },
    },
  ] as readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'frozen-stage', ...attack }));

const BROKEN: readonly PushAttack[] = (
  [
    {
      variant: 'by one who is on call and a reviewer',
      code: 'gate',
      about: ['promotion.yaml: break-glass', '1 of 2', 'missing 1 oncall or owner'],
      make: onFrozen(asking({ breakGlass }), { by: 'pam', approvedBy: ['rex', 'rita', 'oli'] }),
    },
    {
      variant: 'by one, and an owner of other models',
      code: 'gate',
      about: ['promotion.yaml: break-glass', '1 of 2'],
      make: onFrozen(asking({ breakGlass }), { by: 'pam', approvedBy: ['rex', 'oli', 'risky'] }),
    },
    {
      variant: 'by nobody, for a promotion that its requester calls urgent',
      code: 'gate',
      about: '0 of 2',
      make: onFrozen(asking({ breakGlass }), { by: 'pam', approvedBy: ['rex'] }),
    },
    {
      variant: 'after people approved the promotion without it',
      code: ['bad-signature', 'gate'],
      about: 'promotion.yaml: break-glass',
      make: byHand(async (scene, base) => {
        const honest = await scene.world.signed(base, await asking()(scene, base), {
          ...{ by: 'pam', approvedBy: ['rex', 'oli', 'olga'] },
        });
        return {
          ...honest,
          ...(await scene.world.signed(base, await asking({ breakGlass })(scene, base), { by: 'pam' })),
        };
      }),
    },
    {
      variant: 'by two, for a version that is held',
      code: 'gate',
      about: 'promotion.yaml: not-held',
      make: async ({ world, story, then }) => {
        const held = await barring(world, story.following, { version: 'v2', now: then });
        const base = await world.land(story.following, held, { by: 'oli', now: then });
        const plan = await promotion(world, base, { ...inProd, now: then, breakGlass });
        return { base, tip: await world.carryOut(base, plan, { by: 'pam', approvedBy: ['rex', 'oli', 'olga'] }) };
      },
    },
    {
      variant: 'by two, without the reviewer whom the policy asks for',
      code: 'gate',
      about: 'promotion.yaml: review',
      make: onFrozen(asking({ breakGlass }), { by: 'pam', approvedBy: ['oli', 'olga'] }),
    },
    {
      variant: 'by two people who answer for the model, with all approvals of the policy',
      code: 'accepted',
      about: '',
      make: onFrozen(asking({ breakGlass }), { by: 'pam', approvedBy: ['rex', 'oli', 'olga'] }),
    },
  ] as readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'broken-glass', ...attack }));

/** Attacks on frozen stages, and on the glass that opens them. */
export const TRIED: readonly PushAttack[] = [...FROZEN, ...BROKEN];
