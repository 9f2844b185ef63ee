import { beforeAll, describe, expect, it } from 'vitest';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import * as plans from '../support/moves.ts';
import { expectAccepted, storyUpTo, type Story } from '../support/story.ts';
import { makeWorld, minutes, signerOf, type CommitWish, type World } from '../support/world.ts';

/** A step that writes documents of these kinds, and who carries it out. */
interface Case extends CommitWish {
  readonly parent: (story: Story) => string;
  readonly plan: (world: World, parent: string) => Promise<CommitPlan>;
}

const asBoth = { by: 'ann', approvedBy: ['bob'] };
const intoProd = { version: 'v2', stage: 'prod' };
const later = { expires: '2031-01-01T00:00:00Z' };

const CASES: readonly (readonly [string, Case])[] = [
  ['registration', { parent: ({ world }) => world.first, plan: plans.registration, by: 'reg' }],
  ['measurement', { parent: ({ rolling }) => rolling, plan: plans.measurement, by: 'eve' }],
  ['hold', { parent: ({ rolling }) => rolling, plan: plans.barring, by: 'oli' }],
  [
    'promotion',
    {
      parent: ({ following }) => following,
      plan: (world, parent) => plans.promotion(world, parent, intoProd),
      ...{ by: 'pam', approvedBy: ['rex'] },
    },
  ],
  [
    'rollout step',
    {
      parent: ({ rolling }) => rolling,
      plan: (world, parent) => plans.rolloutStep(world, parent, { now: minutes(30) }),
      ...{ by: 'con', now: minutes(30) },
    },
  ],
  [
    'policy',
    {
      parent: ({ rolling }) => rolling,
      plan: (world, parent) => plans.policyChange(world, parent, (spec) => ({ ...spec, description: 'new' })),
      ...asBoth,
    },
  ],
  [
    'trust root',
    {
      parent: ({ rolling }) => rolling,
      plan: (world, parent) => plans.trustChange(world, parent, (spec) => ({ ...spec, ...later })),
      ...asBoth,
    },
  ],
  [
    'mreg.yaml',
    {
      parent: ({ rolling }) => rolling,
      plan: (world, parent) => plans.settingsChange(world, parent, () => ({ stores: [] })),
      ...asBoth,
    },
  ],
];

let story: Story;
let other: World;
beforeAll(async () => {
  story = await storyUpTo('rolling');
  other = await makeWorld({ root: (spec) => ({ ...spec, nonce: 'ffeeddccbbaa99887766554433221100' }) });
});

describe.each(CASES)('the documents of a %s', (_name, { parent, plan, ...wish }) => {
  it('count with the signatures that mreg makes', async () => {
    const from = parent(story);
    const commit = await story.world.carryOut(from, await plan(story.world, from), wish);
    expectAccepted(await story.world.judge(commit, wish));
  });

  it.each(['mreg.approval.v1', 'mreg.model-card.v1', 'git', 'file'])(
    'do not count with a signature for another purpose: %s',
    async (namespace) => {
      const { world } = story;
      const from = parent(story);
      const planned = await plan(world, from);
      const files = await world.signed(from, planned, wish);
      for (const { path } of planned.signatures) {
        const sig = await createSignature(signerOf(wish.by ?? 'ann'), namespace, planned.edits.get(path) ?? '');
        const commit = await world.commit(from, { ...files, [`${path}.sig`]: sig }, wish);
        const { refusals } = await world.judge(commit, wish);
        expect(refusals, path).toContainEqual(expect.objectContaining({ code: 'bad-signature' }));
      }
    },
  );

  it('do not count in the name of another registry', async () => {
    const { world } = story;
    const from = parent(story);
    const { edits, ...planned } = await plan(world, from);
    const foreign = [...edits].map(([path, text]) => {
      return [path, typeof text === 'string' ? text.replaceAll(world.registry, other.registry) : text] as const;
    });
    const commit = await world.carryOut(from, { ...planned, edits: new Map(foreign) }, wish);
    const { refusals } = await world.judge(commit, wish);
    expect(refusals).toContainEqual(expect.objectContaining({ code: 'wrong-registry', found: other.registry }));
  });
});
