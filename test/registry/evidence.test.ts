import { beforeAll, describe, expect, it } from 'vitest';
import type { EvidenceDocument } from '../../src/documents/kinds/evidence.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { measurement, registration } from '../support/moves.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';
import { altered, idOf, POLICY, someDigest, type CommitWish, type Edits } from '../support/world.ts';

const FOLDER = 'registry/fraud/versions/v1/evidence';

let story: Story;
beforeAll(async () => {
  story = await storyUpTo('registered');
});

async function judged(plan: CommitPlan, wish: CommitWish = { by: 'eve' }, parent = story.registered) {
  const { world } = story;
  return world.judge(await world.carryOut(parent, plan, wish));
}

/** The second measurement of v1, under a number of the test's choice. */
async function numbered(sequence: number): Promise<CommitPlan> {
  const plan = await measurement(story.world, story.registered);
  const [text = ''] = [...plan.edits.values()].map(String);
  const path = `${FOLDER}/offline-${String(sequence)}.yaml`;
  return {
    ...plan,
    edits: new Map([[path, text.replace('sequence: 2', `sequence: ${String(sequence)}`)]]),
    signatures: [{ path, namespace: 'mreg.evidence.v1' }],
  };
}

describe('evidence', () => {
  it.each(['eve', 'reg'])('is accepted from %s, an evaluator or registrar', async (by) => {
    const verdict = await judged(await measurement(story.world, story.registered, { by }), { by });
    expectAccepted(verdict);
    expect(verdict.changes).toEqual([
      { action: 'evidence', model: 'fraud', version: 'v1', by: idOf(by), detail: 'offline' },
    ]);
  });

  it('starts at 1 for every kind, and several may come at once', async () => {
    const { world, registered } = story;
    const drift = await measurement(world, registered, { kind: 'drift-2' });
    const files = await world.signed(registered, drift, { by: 'eve' });
    const third = await world.signed(registered, await numbered(3), { by: 'eve' });
    expectAccepted(await judged(await numbered(2), { by: 'eve', with: { ...files, ...third } }));
  });

  it.each([
    ['leaves a gap', 3, 'number 2; 3'],
    ['was given before, with other content', 1, 'offline-1.yaml'],
  ] as const)('is refused when its number %s', async (_what, sequence, about) => {
    const { refusals } = await judged(await numbered(sequence));
    expect(refusals.map(({ path, expected, found }) => `${path} ${expected}; ${found}`).join()).toContain(about);
    expect(refusals.map(({ code }) => code)).toEqual([
      sequence === 1 ? 'immutable' : 'sequence',
      ...(sequence === 1 ? ['immutable'] : []),
    ]);
  });

  it('is refused with a gap among several', async () => {
    const fourth = await story.world.signed(story.registered, await numbered(4), { by: 'eve' });
    expectRefused(await judged(await numbered(2), { by: 'eve', with: fourth }), 'sequence', 'offline-4.yaml');
  });

  it.each([
    ['an owner', 'olga'],
    ['an evaluator of other models', 'risky'],
    ['somebody without a role', 'zoe'],
  ])('is refused from %s', async (_what, by) => {
    const plan = await measurement(story.world, story.registered, { by });
    expectRefused(
      await judged(plan, { by }),
      'not-authorised',
      `a evaluator or registrar of fraud; one by ${idOf(by)}`,
    );
  });

  const path = `${FOLDER}/offline-2.yaml`;
  async function lie(
    change: (spec: EvidenceDocument['spec']) => Partial<EvidenceDocument['spec']>,
  ): Promise<CommitPlan> {
    return altered(await measurement(story.world, story.registered), { kind: 'Evidence', path }, (document) => ({
      ...document,
      spec: { ...document.spec, ...change(document.spec) },
    }));
  }

  it.each([
    ['is about other bytes', { subject: someDigest }, 'subject', 'the artifact of fraud@v1'],
    ['names another producer', { producedBy: idOf('reg') }, 'signer-mismatch', 'spec.producedBy'],
    ['is out of range', { metrics: { auc: 1.2 } }, 'number-range', 'spec.metrics.auc'],
    ['is in an impossible unit', { metrics: { auc: { value: 0.9, unit: 'ms' } } }, 'number-range', 'spec.metrics.auc'],
  ] as const)('is refused when it %s', async (_what, change, code, about) => {
    expectRefused(await judged(await lie(() => change)), code, about);
  });

  it('may hold a metric that no catalogue knows, and a value in another unit of its kind', async () => {
    expectAccepted(await judged(await lie(() => ({ metrics: { taste: 7, auc: { value: 91, unit: 'percent' } } }))));
  });

  it('is measured against the catalogue of a model that comes with it', async () => {
    const { world } = story;
    const { first } = world;
    const plan = await registration(world, first, { auc: 1.2 });
    expectRefused(await judged(plan, { by: 'reg' }, first), 'number-range', 'spec.metrics.auc');
  });

  it('comes with a model that cannot be read: refused, and nothing worse', async () => {
    const { world } = story;
    const { first } = world;
    const plan = await registration(world, first);
    const verdict = await judged(plan, { by: 'reg', with: { 'registry/fraud/model.yaml': 'kind: [' } }, first);
    expectRefused(verdict, 'yaml-syntax', 'registry/fraud/model.yaml');
  });

  it('is refused about a version that is not there, or cannot be read', async () => {
    const { world, registered } = story;
    const plan = await measurement(world, registered);
    const moved = [...plan.edits.values()]
      .map(String)[0]!
      .replace('version: v1', 'version: v2')
      .replace('sequence: 2', 'sequence: 1');
    const at = 'registry/fraud/versions/v2/evidence/offline-1.yaml';
    const elsewhere = {
      ...plan,
      edits: new Map([[at, moved]]),
      signatures: [{ path: at, namespace: 'mreg.evidence.v1' }],
    };
    expectRefused(await judged(elsewhere), 'subject', 'of an existing version');
    const version = { 'registry/fraud/versions/v2/version.yaml': '[' };
    const verdict = await judged(elsewhere, { by: 'eve', with: version });
    expectRefused(verdict, ['subject', 'yaml-syntax'], 'of an existing version');
  });

  it('is refused without its signature', async () => {
    const plan = await measurement(story.world, story.registered);
    expectRefused(await judged(plan, { by: 'eve', with: { [`${path}.sig`]: null } }), 'missing-signature');
    const alone: Edits = { [`${path}.sig`]: 'text' };
    const { world, registered } = story;
    expectRefused(await world.judge(await world.commit(registered, alone)), 'missing-file', path);
  });

  it('that a model’s own catalogue and the policy measure differently is kept, and no gate believes it', async () => {
    const metrics = { auc: { unit: 'ratio', min: 0, max: 2, better: 'higher' } } as const;
    const wide = await storyUpTo('registered', { policy: { ...POLICY, metrics } });
    const plan = await measurement(wide.world, wide.registered, { metrics: { auc: 1.2 } });
    expectAccepted(await wide.world.judge(await wide.world.carryOut(wide.registered, plan, { by: 'eve' })));
  });
});
