import { beforeAll, describe, expect, it } from 'vitest';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { alteredPromotion, alteredStage, promotion, registration, rollback, rolloutStep } from '../support/moves.ts';
import { blobEntry } from '../support/odd-trees.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';
import { idOf, minutes, someDigest, type Edits } from '../support/world.ts';

let story: Story;
/** The promotion of v2 into prod, asked for where it stands in staging. */
let request: CommitPlan;
beforeAll(async () => {
  story = await storyUpTo('rolling');
  request = await promotion(story.world, story.following, { version: 'v2', stage: 'prod' });
});

const DEV = 'registry/fraud/stages/dev';
const PROD = 'registry/fraud/stages/prod';
const asPromoter = { by: 'pam', approvedBy: ['rex'] } as const;

/** Removes every file of a stage. */
function emptied(stage: string): Edits {
  const files = ['stage', 'promotion', 'decision'].flatMap((name) => [`${name}.yaml`, `${name}.yaml.sig`]);
  return Object.fromEntries(
    [...files, 'kustomization.yaml', `approvals/${idOf('rex')}.sig`].map((name) => [`${stage}/${name}`, null]),
  );
}

describe('a stage that is changed by hand', () => {
  it('is refused with the way to move it', async () => {
    const { world, serving } = story;
    const text = await world.read(serving, `${PROD}/stage.yaml`);
    const commit = await world.commit(serving, { [`${PROD}/stage.yaml`]: text.replace('weight: 100', 'weight: 90') });
    const { refusals } = await world.judge(commit);
    expect(refusals).toContainEqual(
      expect.objectContaining({ code: 'ungoverned-shape', found: 'stage.yaml changed on its own' }),
    );
  });

  it('is refused also when its pointer is signed anew', async () => {
    const { world, serving } = story;
    const { edits, ...plan } = await rolloutStep(world, serving, { by: 'pam' });
    const alone = {
      ...plan,
      edits: new Map([...edits].filter(([path]) => !path.includes('decision'))),
      signatures: plan.signatures.filter(({ path }) => !path.includes('decision')),
    };
    const commit = await world.carryOut(serving, alone, { by: 'pam' });
    expectRefused(await world.judge(commit), 'ungoverned-shape', 'stage.yaml changed on its own');
  });

  it('is refused when it would be empty', async () => {
    const { world, serving } = story;
    const commit = await world.commit(serving, emptied(PROD));
    expectRefused(await world.judge(commit), 'immutable', 'its removal');
  });

  it('is refused when mreg.yaml does not name it', async () => {
    const { world, serving } = story;
    const text = await world.read(serving, `${PROD}/stage.yaml`);
    const commit = await world.commit(serving, { 'registry/fraud/stages/canary/stage.yaml': text });
    expectRefused(await world.judge(commit), 'stage-order', 'a stage of mreg.yaml: dev, staging, prod; canary');
  });

  const decision = `${PROD}/decision.yaml`;
  it.each([
    ['a decision alone', { [decision]: 'text', [`${decision}.sig`]: 'text' }],
    ['the request without its pointer', { [`${PROD}/promotion.yaml`]: 'text' }],
    ['a late approval', { [`${PROD}/approvals/${idOf('rita')}.sig`]: 'text' }],
    ['an approval taken away', { [`${PROD}/approvals/${idOf('rex')}.sig`]: null }],
    ['another signature of the request', { [`${PROD}/promotion.yaml.sig`]: 'text' }],
  ])('is refused with %s', async (_what, edits) => {
    const { world, serving } = story;
    const [path = ''] = Object.keys(edits);
    expectRefused(await world.judge(await world.commit(serving, edits)), 'ungoverned-shape', path);
  });

  it.each([
    ['the kustomize Component edited', 'kind: Component', 'kind: Kustomization'],
    ['the kustomize Component removed', undefined, undefined],
  ])('is refused with %s along with a promotion', async (_what, from, to) => {
    const { world, following } = story;
    const path = `${PROD}/kustomization.yaml`;
    const text = await world.read(following, path);
    const edited = from === undefined ? null : text.replace(from, to);
    const commit = await world.carryOut(following, request, { ...asPromoter, with: { [path]: edited } });
    expectRefused(await world.judge(commit), 'derived-file', 'the Component that mreg writes');
  });
});

describe('a pointer that moves forward', () => {
  const moved = (change: Parameters<typeof alteredStage>[1]): CommitPlan =>
    alteredStage(request, change, { stage: 'prod' });

  it('is accepted as mreg plans it', async () => {
    const { world, following } = story;
    expectAccepted(await world.judge(await world.carryOut(following, request, asPromoter)));
  });

  it('is accepted on a state that has moved on elsewhere', async () => {
    const { world, following } = story;
    const elsewhere = await registration(world, following, { model: 'risk' });
    const later = await world.land(following, elsewhere, { by: 'reg' });
    expectAccepted(await world.judge(await world.carryOut(later, request, asPromoter)));
  });

  it('from another pointer than the one in force is refused', async () => {
    const { world, following } = story;
    const plan = moved((spec) => ({ ...spec, previous: someDigest }));
    expectRefused(await world.judge(await world.carryOut(following, plan, asPromoter)), 'chain', 'previous');
  });

  it.each([
    ['no commit at all', () => Promise.resolve('f'.repeat(40))],
    ['a file', async ({ world }: Story) => Promise.resolve(blobEntry(world.repository, '100644', 'x').oid)],
    ['a commit that is still to come', ({ rolling }: Story) => Promise.resolve(rolling)],
    [
      'a commit of another branch',
      async ({ world, first }: Story & { first: string }) => world.commit(first, { x: '' }),
    ],
    [
      'a commit that was never pushed, with the same stage',
      ({ world, following }: Story) => world.commit(following, { x: '' }),
    ],
    ['a commit before the pointer in force', ({ staged }: Story) => Promise.resolve(staged)],
  ])('and says that it was judged on %s is refused', async (_what, commitOf) => {
    const { world, following } = story;
    const base = await commitOf({ ...story, first: world.first });
    const plan = alteredStage(
      alteredPromotion(request, (spec) => ({ ...spec, base }), { stage: 'prod' }),
      (spec) => ({ ...spec, base }),
      { stage: 'prod' },
    );
    expectRefused(await world.judge(await world.carryOut(following, plan, asPromoter)), 'replay', base);
  });

  // Attack: a merged branch changed what a rollback would bring back; the promotion that follows makes it the past.
  it('from a commit of a merged branch whose stage differs in anything is refused', async () => {
    const { world, following } = story;
    const side = await world.commit(following, { [`${PROD}/kustomization.yaml`]: 'hostile: true\n' });
    const merge = await world.commit(following, { 'deploy/app.yaml': 'a: 1' }, { merging: [side] });
    expectAccepted(await world.judge(merge));
    const plan = alteredStage(
      alteredPromotion(request, (spec) => ({ ...spec, base: side }), { stage: 'prod' }),
      (spec) => ({ ...spec, base: side }),
      { stage: 'prod' },
    );
    expectRefused(await world.judge(await world.carryOut(merge, plan, asPromoter)), 'replay', side);
  });

  it('from a commit whose pointer nobody can read is refused', async () => {
    const { world, following } = story;
    const side = await world.commit(following, { [`${PROD}/stage.yaml`]: '[' });
    const merge = await world.commit(following, { 'deploy/app.yaml': 'a: 1' }, { merging: [side] });
    const plan = alteredStage(
      alteredPromotion(request, (spec) => ({ ...spec, base: side }), { stage: 'prod' }),
      (spec) => ({ ...spec, base: side }),
      { stage: 'prod' },
    );
    expectRefused(await world.judge(await world.carryOut(merge, plan, asPromoter)), 'replay', side);
  });

  it('a second time, after it was rolled back, is refused', async () => {
    const { world, rolling, following } = story;
    const back = await world.land(rolling, await rollback(world, rolling), { by: 'oli' });
    const again = await world.carryOut(back, request, asPromoter);
    expectRefused(await world.judge(again), 'replay', `a stage that has not moved since ${following}`);
    const reverted = await world.commit(back, await filesOf(rolling), { by: 'oli' });
    expectRefused(await world.judge(reverted), 'replay', `a stage that has not moved since ${following}`);
  });

  it('at a time that is still to come is refused, but for five minutes between two clocks', async () => {
    const { world, following } = story;
    const commit = await world.carryOut(following, request, asPromoter);
    expectRefused(await world.judge(commit, { now: minutes(-6) }), 'clock', 'not after');
    expectAccepted(await world.judge(commit, { now: minutes(-5) }));
  });

  it('at a time before the pointer that it replaces is refused', async () => {
    const { world, following } = story;
    const plan = await promotion(world, following, { version: 'v2', stage: 'prod', now: minutes(-1) });
    expectRefused(await world.judge(await world.carryOut(following, plan, asPromoter)), 'clock', 'not before');
  });

  it.each([
    ['another weight', (spec) => slots(spec, { blue: { weight: 80 }, green: { weight: 20 } }), 'slots.blue.weight'],
    ['traffic copied', (spec) => slots(spec, { green: { mirror: 100 } }), 'slots.green.mirror: 0'],
    ['another version on trial', (spec) => slots(spec, { green: { version: 'v1' } }), 'slots.green.version: "v2"'],
    ['other bytes', (spec) => slots(spec, { green: { digest: someDigest } }), 'slots.green.digest'],
    ['bytes from elsewhere', (spec) => slots(spec, { green: { uri: 'file:///etc' } }), 'slots.green.uri'],
    ['the end of its rollout', (spec) => ({ ...spec, rollout: { ...spec.rollout, phase: 'complete' } }), 'phase'],
    ['fewer steps', (spec) => ({ ...spec, rollout: { ...spec.rollout, steps: 1 } }), 'rollout.steps: 3'],
    ['an earlier start', (spec) => ({ ...spec, rollout: { ...spec.rollout, since: EARLY } }), 'rollout.since'],
    ['another time', (spec) => ({ ...spec, movedAt: '2026-01-05T10:00:01Z' }), 'spec.movedAt'],
    ['another request', (spec) => ({ ...spec, promotion: someDigest }), 'spec.promotion'],
  ] as [string, Parameters<typeof alteredStage>[1], string][])(
    'with %s than its plan says is refused',
    async (_what, change, about) => {
      const { world, following } = story;
      expectRefused(await world.judge(await world.carryOut(following, moved(change), asPromoter)), 'chain', about);
    },
  );

  it('without the line that keeps it from being applied as a manifest is refused', async () => {
    const { world, following } = story;
    const text = request.edits.get(`${PROD}/stage.yaml`);
    const bare = String(text).replace('# +argocd:skip-file-rendering\n', '');
    const plan = { ...request, edits: new Map([...request.edits, [`${PROD}/stage.yaml`, bare]]) };
    expectRefused(await world.judge(await world.carryOut(following, plan, asPromoter)), 'derived-file', 'first line');
  });

  it('and is signed by nobody, or by a stranger, is refused', async () => {
    const { world, following } = story;
    const sig = `${PROD}/stage.yaml.sig`;
    const bare = await world.carryOut(following, request, { ...asPromoter, with: { [sig]: null } });
    expectRefused(await world.judge(bare), 'missing-signature');
    const stranger = await world.carryOut(following, request, { by: 'mallory', approvedBy: ['rex'] });
    expectRefused(await world.judge(stranger), 'unknown-key');
  });
});

const EARLY = '2026-01-01T00:00:00Z';

type StageSpec = Parameters<Parameters<typeof alteredStage>[1]>[0];
type SlotChanges = Partial<Record<'blue' | 'green', Partial<StageSpec['slots']['blue']>>>;

function slots(spec: StageSpec, change: SlotChanges): StageSpec {
  const { blue, green } = spec.slots;
  return { ...spec, slots: { blue: { ...blue, ...change.blue }, green: { ...green, ...change.green } } };
}

/** The files of prod in a state. */
async function filesOf(commit: string): Promise<Edits> {
  const names = ['stage.yaml', 'promotion.yaml'].flatMap((name) => [name, `${name}.sig`]);
  const paths = [...names, 'kustomization.yaml', `approvals/${idOf('rex')}.sig`].map((name) => `${PROD}/${name}`);
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await story.world.read(commit, path)] as const)),
  );
}

describe('the first stage', () => {
  const asRegistrar = { by: 'reg' } as const;

  it('moves with the version that the same commit registers', async () => {
    const { world, serving } = story;
    const plan = await registration(world, serving, { auc: 0.7 });
    expectAccepted(await world.judge(await world.carryOut(serving, plan, asRegistrar)));
  });

  it('is refused with a version that was registered before', async () => {
    const { world, second } = story;
    const plan = await registration(world, second, { auc: 0.7 });
    const { edits } = plan;
    const stage = {
      ...plan,
      edits: onlyStage(edits),
      signatures: plan.signatures.filter(({ path }) => path.includes('stages')),
    };
    const old = alteredStage(stage, (spec) => withVersionOf(spec, 'green'), { stage: 'dev' });
    const { refusals } = await world.judge(await world.carryOut(second, old, asRegistrar));
    expect(refusals).toContainEqual(expect.objectContaining({ expected: 'a version that this same commit registers' }));
  });

  it('is refused when somebody else than the registrar signs it', async () => {
    const { world, serving } = story;
    const plan = await registration(world, serving, { auc: 0.7, by: 'olga' });
    const { refusals } = await world.judge(await world.carryOut(serving, plan, { by: 'olga' }));
    expect(refusals).toContainEqual(
      expect.objectContaining({
        code: 'not-authorised',
        path: `${DEV}/stage.yaml`,
        found: expect.stringContaining('olga'),
      }),
    );
  });

  it('is refused when it says that somebody else moved it', async () => {
    const { world, serving } = story;
    const plan = await registration(world, serving, { auc: 0.7 });
    const lie = alteredStage(plan, (spec) => ({ ...spec, movedBy: idOf('ann') }), { stage: 'dev' });
    expectRefused(
      await world.judge(await world.carryOut(serving, lie, asRegistrar)),
      'signer-mismatch',
      'spec.movedBy',
    );
  });

  it('is refused with another body than registration gives it', async () => {
    const { world, serving } = story;
    const plan = await registration(world, serving, { auc: 0.7 });
    const lie = alteredStage(plan, (spec) => slots(spec, { blue: { mirror: 5 } }), { stage: 'dev' });
    expectRefused(await world.judge(await world.carryOut(serving, lie, asRegistrar)), 'chain', 'slots.blue.mirror');
  });

  it('alone goes without a promotion', async () => {
    const { world, following } = story;
    const plan = alteredStage(request, (spec) => ({ ...spec, promotion: 'none' }), { stage: 'prod' });
    const commit = await world.carryOut(following, plan, asPromoter);
    expectRefused(await world.judge(commit), 'stage-order', 'a promotion into prod');
  });

  it('takes no promotion', async () => {
    const { world, registered } = story;
    const plan = await promotion(world, registered, { stage: 'dev', from: 'staging' });
    const { refusals } = await world.judge(await world.carryOut(registered, plan, asPromoter));
    expect(refusals).toContainEqual(expect.objectContaining({ code: 'stage-order', expected: 'from nothing to dev' }));
  });

  it.each(['decision.yaml', 'decision.yaml.sig', 'promotion.yaml.sig', `approvals/${idOf('rex')}.sig`])(
    'is refused with %s, which nobody judges there',
    async (name) => {
      const { world, serving } = story;
      const plan = await registration(world, serving, { auc: 0.7 });
      const commit = await world.carryOut(serving, plan, { ...asRegistrar, with: { [`${DEV}/${name}`]: 'text' } });
      expectRefused(await world.judge(commit), 'ungoverned-shape', name.replace(/\/.*/, ''));
    },
  );
});

function onlyStage(edits: CommitPlan['edits']): CommitPlan['edits'] {
  return new Map([...edits].filter(([path]) => path.includes('/stages/')));
}

function withVersionOf(spec: StageSpec, slot: 'blue' | 'green'): StageSpec {
  const { version, digest, uri } = spec.slots[slot];
  return { ...spec, ...{ version, digest, uri }, champion: slot };
}
