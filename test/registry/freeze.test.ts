import { beforeAll, describe, expect, it } from 'vitest';
import type { FreezeDocument } from '../../src/documents/kinds/freeze.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { readStandingFreezes } from '../../src/registry/freezes.ts';
import { barring, freezing, policyChange, promotion, rollback, rolloutStep, unfreezing } from '../support/moves.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';
import { altered, idOf, minutes, signerOf, START, type CommitWish } from '../support/world.ts';
import { createSignature } from '../../src/signing/sshsig.ts';

const FIRST = 'policies/freezes/1.yaml';

let story: Story;
/** All of prod frozen by olga, an owner, while v2 waits in staging. */
let frozen: string;
beforeAll(async () => {
  story = await storyUpTo('rolling');
  const { world, following } = story;
  frozen = await world.land(following, await freezing(world, following, { by: 'olga' }), { by: 'olga' });
});

interface Step extends CommitWish {
  readonly on?: string;
}

/** Makes a plan's commit on the story, and judges it. */
async function judged(plan: CommitPlan, { on = story.following, ...wish }: Step) {
  const { world } = story;
  return world.judge(await world.carryOut(on, plan, wish), wish);
}

/** A plan whose only document says something else. */
function lie(plan: CommitPlan, change: Partial<FreezeDocument['spec']>): CommitPlan {
  const [path = ''] = plan.edits.keys();
  return altered(plan, { kind: 'Freeze', path }, (document) => ({
    ...document,
    spec: { ...document.spec, ...change },
  }));
}

const freezeBy = (by: string, wish: Parameters<typeof freezing>[2] = {}): Promise<CommitPlan> =>
  freezing(story.world, story.following, { ...wish, by });
const unfreezeBy = (by: string, now = START): Promise<CommitPlan> => unfreezing(story.world, frozen, { by, now });

/** v2 asks for prod. */
const intoProd = async (on: string, wish: Parameters<typeof promotion>[2] = {}): Promise<CommitPlan> =>
  promotion(story.world, on, { version: 'v2', stage: 'prod', ...wish });
const asked = { by: 'pam', approvedBy: ['rex'] } as const;

describe('a freeze', () => {
  it.each(['oli', 'olga', 'ann'])('is accepted from %s, who answers for all models', async (by) => {
    const verdict = await judged(await freezeBy(by), { by });
    expectAccepted(verdict);
    expect(verdict.changes).toEqual([{ action: 'freeze', by: idOf(by), detail: 'prod of *: holidays' }]);
  });

  it.each(['pam', 'rita', 'reg', 'con', 'zoe', 'risky'])('of all models is refused from %s', async (by) => {
    expectRefused(await judged(await freezeBy(by), { by }), 'not-authorised', `all of *; one by ${idOf(by)}`);
  });

  it.each([
    ['risk/*', undefined],
    ['risk/fraud', undefined],
    ['risk*', 'risk*'],
    ['fraud', 'fraud'],
  ])('of %s by somebody with the roles for risk/* alone', async (glob, refused) => {
    const verdict = await judged(await freezeBy('risky', { models: [glob] }), { by: 'risky' });
    if (refused === undefined) expectAccepted(verdict);
    else expectRefused(verdict, 'not-authorised', `all of ${refused}`);
  });

  it('of models of which one is not the signer’s is refused', async () => {
    const verdict = await judged(await freezeBy('risky', { models: ['risk/*', 'fraud'] }), { by: 'risky' });
    expectRefused(verdict, 'not-authorised', 'all of fraud;');
  });

  it.each([
    ['of a stage that there is not', { stages: ['production'] }, 'stage-order', 'after the first: staging, prod'],
    ['of the first stage', { stages: ['dev', 'prod'] }, 'stage-order', 'dev'],
    ['in the name of somebody else', { by: idOf('olga') }, 'signer-mismatch', 'spec.by'],
    [
      'that was over when it came',
      { at: '2026-01-05T08:00:00Z', until: '2026-01-05T10:00:00Z' },
      'expired',
      'until after',
    ],
    ['made in the future', { at: '2026-01-05T10:06:00Z' }, 'clock', 'at not after'],
    ['that does not stand after it', { standing: [] }, 'chain', 'standing: 1, which nobody lifted; left out'],
    ['after which another stands that there is not', { standing: [1, 7] }, 'chain', 'standing: 1; 7, too'],
  ] as const)('is refused %s', async (_what, change, code, about) => {
    const plan = lie(await freezeBy('oli'), change as Partial<FreezeDocument['spec']>);
    expectRefused(await judged(plan, { by: 'oli' }), code, about);
  });

  it('is refused with a number too far', async () => {
    const path = 'policies/freezes/2.yaml';
    const text = String((await freezeBy('oli')).edits.get(FIRST)).replace('sequence: 1', 'sequence: 2');
    const plan: CommitPlan = {
      edits: new Map([[path, text.replace('- 1', '- 2')]]),
      signatures: [{ path, namespace: 'mreg.freeze.v1' }],
      subject: 'Freeze',
      trailers: {},
    };
    expectRefused(await judged(plan, { by: 'oli' }), 'sequence', 'number 1; 2');
  });

  it.each([
    ['unsigned', null, 'missing-signature'],
    ['signed as a policy', 'mreg.policy.v1', 'bad-signature'],
  ])('is refused %s', async (_what, namespace, code) => {
    const { world, following } = story;
    const text = String((await freezeBy('oli')).edits.get(FIRST));
    const sig = namespace === null ? {} : { [`${FIRST}.sig`]: await createSignature(signerOf('oli'), namespace, text) };
    const commit = await world.commit(following, { [FIRST]: text, ...sig }, { by: 'oli' });
    expectRefused(await world.judge(commit), code as 'bad-signature');
  });

  it('never changes, and is never removed', async () => {
    const { world } = story;
    for (const content of [null, 'text']) {
      const commit = await world.commit(frozen, { [FIRST]: content }, { by: 'olga' });
      expectRefused(await world.judge(commit), 'immutable', FIRST);
    }
  });

  it('comes with no policy', async () => {
    const { world, following } = story;
    const policy = await policyChange(world, following, (spec) => spec);
    const along = await world.signed(following, policy, { by: 'ann', approvedBy: ['bob'] });
    const verdict = await judged(await freezeBy('oli'), { by: 'oli', with: along });
    expectRefused(verdict, 'mixed-change', 'alone in its commit');
  });

  it('may come with a hold of another matter', async () => {
    const { world, following } = story;
    const along = await world.signed(following, await barring(world, following, { by: 'oli' }), { by: 'oli' });
    expectAccepted(await judged(await freezeBy('oli'), { by: 'oli', with: along }));
  });
});

describe('the end of a freeze', () => {
  it.each(['oli', 'olga', 'ann'])('is accepted from %s, who answers for all models', async (by) => {
    const verdict = await judged(await unfreezeBy(by), { on: frozen, by });
    expectAccepted(verdict);
    expect(verdict.changes).toEqual([{ action: 'unfreeze', by: idOf(by), detail: 'freeze 1: back at work' }]);
  });

  it.each(['pam', 'rita', 'con', 'zoe', 'risky'])(
    'is refused from %s, who may not lift what is about all',
    async (by) => {
      expectRefused(await judged(await unfreezeBy(by), { on: frozen, by }), 'not-authorised', 'all of *');
    },
  );

  it('is refused where that freeze is not in force', async () => {
    const plan = lie(await unfreezeBy('oli'), { lifts: 2, standing: [1] });
    expectRefused(await judged(plan, { on: frozen, by: 'oli' }), 'chain', 'lifts: 1; 2');
    const { world } = story;
    const lifted = await world.land(frozen, await unfreezeBy('oli'), { by: 'oli' });
    const text = String((await unfreezeBy('oli')).edits.get('policies/freezes/2.yaml'));
    const path = 'policies/freezes/3.yaml';
    const again: CommitPlan = {
      edits: new Map([[path, text.replace('sequence: 2', 'sequence: 3')]]),
      signatures: [{ path, namespace: 'mreg.freeze.v1' }],
      subject: 'Again',
      trailers: {},
    };
    expectRefused(await judged(again, { on: lifted, by: 'oli' }), 'chain', 'lifts: none stands; 1');
  });

  it('is refused where it is over by itself', async () => {
    const { world, following } = story;
    const plan = await freezing(world, following, { until: minutes(60) });
    const ending = await world.land(following, plan, { by: 'oli' });
    const lifting = await unfreezing(world, ending, { now: minutes(30) });
    expectAccepted(await judged(lifting, { on: ending, by: 'oli', now: minutes(59) }));
    expectRefused(await judged(lifting, { on: ending, by: 'oli', now: minutes(60) }), 'expired', 'a freeze in force');
  });

  it('is refused where it leaves the freeze standing, or takes another along', async () => {
    const { world } = story;
    const both = await world.land(frozen, await freezing(world, frozen, { models: ['fraud'] }), { by: 'oli' });
    const plan = await unfreezing(world, both);
    expectRefused(
      await judged(lie(plan, { standing: [1, 2] }), { on: both, by: 'oli' }),
      'chain',
      'standing: 2; 1, too',
    );
    expectRefused(
      await judged(lie(plan, { standing: [] }), { on: both, by: 'oli' }),
      'chain',
      'standing: 2, which nobody',
    );
    expectAccepted(await judged(plan, { on: both, by: 'oli' }));
  });
});

describe('freezes that stand', () => {
  it('are those that nobody lifted; what has ended goes with the next, and not before', async () => {
    const { world, following } = story;
    const numbers = async (commit: string) =>
      (await readStandingFreezes(await world.at(commit))).map(({ number }) => number);
    const land = async (on: string, plan: CommitPlan, now: Date) => world.land(on, plan, { by: 'oli', now });
    const first = await land(following, await freezing(world, following, { until: minutes(60) }), START);
    const second = await land(first, await freezing(world, first, { stages: ['staging'] }), START);
    expect(await numbers(second)).toEqual([1, 2]);
    const third = await freezing(world, second, { models: ['x'], now: minutes(60) });
    expectRefused(await judged(third, { on: second, by: 'oli', now: minutes(59) }), 'clock', 'standing: 1, until');
    expect(await numbers(await land(second, third, minutes(60)))).toEqual([2, 3]);
    const careful = lie(third, { standing: [1, 2, 3] });
    expect(await numbers(await land(second, careful, minutes(60)))).toEqual([1, 2, 3]);
    // Said to be made while the first still stood: then it should be among those that stand.
    const early = lie(third, { at: '2026-01-05T10:30:00Z' });
    expectRefused(await judged(early, { on: second, by: 'oli', now: minutes(60) }), 'chain', 'standing: 1, until');
  });
});

describe('a frozen stage', () => {
  it('is not promoted into, and says who froze it until when and why', async () => {
    const about = `prod is frozen by ${idOf('olga')} until somebody lifts it: holidays (${FIRST})`;
    expectRefused(await judged(await intoProd(frozen), { on: frozen, ...asked }), 'gate', about);
  });

  it.each([
    ['another stage', { stages: ['staging'] }],
    ['another model', { models: ['frau', 'raud', 'risk/*'] }],
    ['a time that is over', { until: minutes(5) }],
  ])('is another where the freeze is of %s', async (_what, wish) => {
    const { world, following } = story;
    const elsewhere = await world.land(following, await freezing(world, following, wish), { by: 'oli' });
    const plan = await intoProd(elsewhere, { now: minutes(5) });
    expectAccepted(await judged(plan, { on: elsewhere, ...asked, now: minutes(5) }));
  });

  it('opens once its freeze is lifted, also for what was asked for and approved before', async () => {
    const { world } = story;
    const plan = await intoProd(frozen);
    const lifted = await world.land(frozen, await unfreezeBy('oli'), { by: 'oli' });
    expectAccepted(await judged(plan, { on: lifted, ...asked }));
  });

  // Attack: in force is what the parent holds, so whoever lifts a freeze cannot use it in the same breath.
  it('stays frozen for a promotion in the very commit that lifts the freeze', async () => {
    const { world } = story;
    const along = await world.signed(frozen, await unfreezeBy('oli'), { by: 'oli' });
    const verdict = await judged(await intoProd(frozen), { on: frozen, ...asked, with: along });
    expectRefused(verdict, ['gate', 'mixed-change'], 'a move forward without a freeze');
  });

  it('takes no promotion in the very commit that freezes it', async () => {
    const { world, following } = story;
    const along = await world.signed(following, await freezeBy('oli'), { by: 'oli' });
    const verdict = await judged(await intoProd(following), { ...asked, with: along });
    expectRefused(verdict, 'mixed-change', 'policies/freezes/1.yaml');
  });
});

describe('a rollout in a frozen stage', () => {
  /** v2 with a tenth of prod, which is frozen then. */
  async function stopped(wish: Parameters<typeof freezing>[2] = {}): Promise<string> {
    const { world, rolling } = story;
    return world.land(rolling, await freezing(world, rolling, wish), { by: 'oli' });
  }

  async function stepped(on: string, action: 'advance' | 'pause' | 'resume' | 'complete', now = minutes(30)) {
    const plan = await rolloutStep(story.world, on, { action, now });
    return judged(plan, { on, by: 'con', now });
  }

  it('does not go on, by whatever name', async () => {
    const { world } = story;
    const on = await stopped();
    expectRefused(await stepped(on, 'advance'), 'frozen', 'prod of fraud not frozen; frozen by');
    const paused = await world.land(on, await rolloutStep(world, on, { action: 'pause' }), { by: 'con' });
    expectRefused(await stepped(paused, 'resume'), 'frozen', FIRST);
    const half = await world.land(story.rolling, await rolloutStep(world, story.rolling, { now: minutes(30) }), {
      ...{ by: 'con', now: minutes(30) },
    });
    const late = await world.land(half, await freezing(world, half, { now: minutes(40) }), {
      by: 'oli',
      now: minutes(40),
    });
    expectRefused(await stepped(late, 'complete', minutes(160)), 'frozen');
  });

  it('pauses and goes back all the same', async () => {
    const { world } = story;
    const on = await stopped();
    expectAccepted(await stepped(on, 'pause'));
    expectAccepted(await judged(await rollback(world, on), { on, by: 'oli' }));
    // What happens at night: back, and closed until somebody has looked at it.
    const along = await world.signed(story.rolling, await freezing(world, story.rolling), { by: 'oli' });
    const back = await rollback(world, story.rolling);
    expectAccepted(await judged(back, { on: story.rolling, by: 'oli', with: along }));
  });

  it('goes on where the freeze is of other models, is over, or is lifted', async () => {
    const { world } = story;
    expectAccepted(await stepped(await stopped({ models: ['risk/*'] }), 'advance'));
    expectAccepted(await stepped(await stopped({ until: minutes(30) }), 'advance'));
    const on = await stopped();
    const lifted = await world.land(on, await unfreezing(world, on), { by: 'oli' });
    expectAccepted(await stepped(lifted, 'advance'));
  });

  it('does not go on in the very commit that lifts the freeze, or brings one', async () => {
    const { world, rolling } = story;
    const on = await stopped();
    const step = { by: 'con', now: minutes(30) } as const;
    const lifting = await world.signed(on, await unfreezing(world, on), { by: 'oli' });
    const plan = await rolloutStep(world, on, step);
    expectRefused(await judged(plan, { on, ...step, with: lifting }), ['frozen', 'mixed-change']);
    const bringing = await world.signed(rolling, await freezing(world, rolling), { by: 'oli' });
    const other = await rolloutStep(world, rolling, step);
    expectRefused(await judged(other, { on: rolling, ...step, with: bringing }), 'mixed-change', 'move forward');
  });
});

describe('a broken glass', () => {
  const breakGlass = { reason: 'scores are wrong for every customer' };

  it('opens a freeze with the approvals of two people who answer for the model', async () => {
    const verdict = await judged(await intoProd(frozen, { breakGlass }), {
      ...{ on: frozen, by: 'pam', approvedBy: ['rex', 'oli', 'olga'] },
    });
    expectAccepted(verdict);
    expect(verdict.changes).toEqual([expect.objectContaining({ action: 'promote', breakGlass: breakGlass.reason })]);
  });

  it.each([
    ['one', ['rex', 'oli']],
    ['one and a reviewer', ['rex', 'oli', 'rita']],
    ['one and somebody with the roles elsewhere', ['rex', 'oli', 'risky']],
    ['nobody but reviewers', ['rex', 'rita']],
  ])('does not with those of %s', async (_who, approvedBy) => {
    const plan = await intoProd(frozen, { breakGlass });
    expectRefused(await judged(plan, { on: frozen, by: 'pam', approvedBy }), 'gate', 'missing');
  });

  it('asks its price also where nothing is frozen, and opens nothing else', async () => {
    const { world, following } = story;
    const plan = await intoProd(following, { breakGlass });
    expectRefused(await judged(plan, asked), 'gate', 'promotion.yaml: break-glass');
    // The reviewer whom the policy asks for is still asked for.
    expectRefused(await judged(plan, { by: 'pam', approvedBy: ['oli', 'olga'] }), 'gate', 'promotion.yaml: review');
    const held = await world.land(following, await barring(world, following, { version: 'v2' }), { by: 'oli' });
    const heldPlan = await intoProd(held, { breakGlass });
    const wish = { on: held, by: 'pam', approvedBy: ['rex', 'oli', 'olga'] };
    expectRefused(await judged(heldPlan, wish), 'gate', 'promotion.yaml: not-held');
  });

  it('lets its rollout go on under a freeze that comes later', async () => {
    const { world, following } = story;
    const plan = await intoProd(following, { breakGlass });
    const rolling = await world.land(following, plan, { by: 'pam', approvedBy: ['rex', 'oli', 'olga'] });
    const on = await world.land(rolling, await freezing(world, rolling), { by: 'oli' });
    const now = minutes(30);
    expectAccepted(await judged(await rolloutStep(world, on, { now }), { on, by: 'con', now }));
  });

  it('is not opened by bytes that nobody approved', async () => {
    const { world } = story;
    const plan = await intoProd(frozen);
    const honest = await world.signed(frozen, plan, { by: 'pam', approvedBy: ['rex', 'oli', 'olga'] });
    const broken = await world.signed(frozen, await intoProd(frozen, { breakGlass }), { by: 'pam' });
    const commit = await world.commit(frozen, { ...honest, ...broken }, { by: 'pam' });
    expectRefused(await world.judge(commit), ['bad-signature', 'gate']);
  });
});
