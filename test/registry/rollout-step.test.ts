import { beforeAll, describe, expect, it } from 'vitest';
import type { DecisionDocument } from '../../src/documents/kinds/decision.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { stageStateAt } from '../../src/registry/stage-chain.ts';
import * as plans from '../support/moves.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';
import { altered, approvalBy, idOf, minutes, someDigest, type CommitWish } from '../support/world.ts';

const PROD = 'registry/fraud/stages/prod';
const inProd = { stage: 'prod' } as const;

type Action = DecisionDocument['spec']['action'];

let story: Story;
beforeAll(async () => {
  story = await storyUpTo('rolling');
});

interface Step extends CommitWish {
  readonly from?: string;
  readonly action?: Action;
  readonly change?: (plan: CommitPlan) => CommitPlan;
}

/** Makes the commit of a rollout step; the first one, on time, unless a test says otherwise. */
async function stepped({ from = story.rolling, action, change = (plan) => plan, ...wish }: Step = {}): Promise<string> {
  const { world } = story;
  const { by = 'con', now = minutes(30) } = wish;
  const plan = await plans.rolloutStep(world, from, { by, now, ...(action === undefined ? {} : { action }) });
  return world.carryOut(from, change(plan), { ...wish, by, now });
}

async function judged(step: Step = {}) {
  return story.world.judge(await stepped(step), { now: step.now ?? minutes(30) });
}

/** Makes a step that must be accepted. */
async function landed(step: Step): Promise<string> {
  const commit = await stepped(step);
  expectAccepted(await story.world.judge(commit, { now: step.now ?? minutes(30) }));
  return commit;
}

async function stageOf(commit: string) {
  const state = await stageStateAt(await story.world.at(commit), { model: 'fraud', stage: 'prod' });
  return state!.stage.spec;
}

describe('a rollout', () => {
  it('goes through its steps, and moves the champion only at the last', async () => {
    const half = await landed({});
    expect(await stageOf(half)).toMatchObject({
      version: 'v1',
      champion: 'blue',
      slots: { blue: { version: 'v1', weight: 50 }, green: { version: 'v2', weight: 50 } },
      rollout: { phase: 'progressing', step: 2, steps: 3 },
    });
    const all = await landed({ from: half, action: 'complete', now: minutes(150) });
    expect(await stageOf(all)).toMatchObject({
      version: 'v2',
      champion: 'green',
      slots: { blue: { version: 'v1', weight: 0 }, green: { version: 'v2', weight: 100 } },
      rollout: { phase: 'complete', step: 3 },
    });
  });

  it('may be moved by the controller and by a promoter', async () => {
    expectAccepted(await judged({ by: 'con' }));
    expectAccepted(await judged({ by: 'rex' }));
  });

  it('pauses at any time, and goes on after it with the hold of its step anew', async () => {
    const paused = await landed({ action: 'pause', now: minutes(29) });
    expectRefused(
      await judged({ from: paused, now: minutes(40) }),
      ['rollout', 'chain'].slice(0, 1) as never,
      'resume it first',
    );
    const resumed = await landed({ from: paused, action: 'resume', now: minutes(60) });
    expectRefused(await judged({ from: resumed, now: minutes(89) }), 'rollout', 'step 1 held for 30m, until');
    await landed({ from: resumed, now: minutes(90) });
  });

  it('says at any time why it goes back, and takes no traffic with that', async () => {
    const told = await landed({ action: 'roll-back', now: minutes(1) });
    expect(await stageOf(told)).toMatchObject({
      slots: { blue: { version: 'v1', weight: 90 }, green: { version: 'v2', weight: 10 } },
      rollout: { phase: 'paused', step: 1 },
    });
    expectRefused(await judged({ from: told, now: minutes(40) }), 'rollout', 'resume it first');
  });

  // Attack, or just patience: the hold would be over before the first customer saw the new version.
  it('counts the hold of the first step from when the promotion landed, not from when it was asked for', async () => {
    const { world, following } = story;
    const plan = await plans.promotion(world, following, { version: 'v2', stage: 'prod' });
    const now = minutes(60);
    const landedLate = await world.land(following, plan, { by: 'pam', approvedBy: ['rex'], now });
    expectRefused(await judged({ from: landedLate, now: minutes(89) }), 'rollout', 'until 2026-01-05T11:30:00.000Z');
    await landed({ from: landedLate, now: minutes(90) });
  });

  it('ends in one step where the plan has one', async () => {
    const { world, following } = story;
    const plan = { strategy: 'canary', steps: [{ weight: 10, hold: '30m' }] } as const;
    const asked = await plans.promotion(world, following, {
      version: 'v2',
      stage: 'prod',
      plan: { ...plan, steps: [...plan.steps] },
    });
    const rolling = await world.land(following, asked, { by: 'pam', approvedBy: ['rex'] });
    const now = minutes(30);
    const step = await plans.rolloutStep(world, rolling, {
      now,
      action: 'complete',
      plan: { ...plan, steps: [...plan.steps] },
    });
    expectAccepted(await world.judge(await world.carryOut(rolling, step, { by: 'con', now }), { now }));
  });
});

describe('a rollout step is refused', () => {
  it.each([
    ['before its hold is over', { now: minutes(29) }, 'rollout', 'step 1 held for 30m'],
    ['when it would end the rollout too soon', { action: 'complete' }, 'rollout', 'not the last step'],
    ['when it resumes what is not paused', { action: 'resume' }, 'rollout', 'it is not paused'],
    ['from somebody without the role', { by: 'oli' }, 'not-authorised', 'a controller or promoter of fraud'],
    ['from somebody with the role for other models', { by: 'risky' }, 'not-authorised', 'risky'],
    ['from a stranger', { by: 'mallory' }, 'unknown-key', ''],
  ] as const)('%s', async (_what, step, code, about) => {
    expectRefused(await judged(step), code, about);
  });

  it('at the last step when it goes on', async () => {
    const half = await landed({});
    expectRefused(await judged({ from: half, now: minutes(150) }), 'rollout', 'the next step is the last: complete it');
  });

  it('before the hold of the last step is over', async () => {
    const half = await landed({});
    expectRefused(await judged({ from: half, action: 'complete', now: minutes(149) }), 'rollout', 'step 2 held for 2h');
  });

  it('when it pauses twice', async () => {
    const paused = await landed({ action: 'pause' });
    expectRefused(await judged({ from: paused, action: 'pause', now: minutes(31) }), 'rollout', 'it is paused already');
  });

  it('when the rollout is complete', async () => {
    const half = await landed({});
    const all = await landed({ from: half, action: 'complete', now: minutes(150) });
    expectRefused(
      await judged({ from: all, action: 'pause', now: minutes(151) }),
      'rollout',
      'the rollout is complete',
    );
  });

  it.each(['advance', 'complete', 'resume'] as const)('while the newcomer is held: no %s', async (action) => {
    const { world } = story;
    const half = await landed({});
    const from = action === 'resume' ? await landed({ action: 'pause' }) : action === 'complete' ? half : story.rolling;
    const held = await world.land(from, await plans.barring(world, from, { version: 'v2' }), { by: 'oli' });
    expectRefused(await judged({ from: held, action, now: minutes(150) }), 'held', 'v2');
  });

  it('but not the pause of a newcomer that is held', async () => {
    const { world, rolling } = story;
    const held = await world.land(rolling, await plans.barring(world, rolling, { version: 'v2' }), { by: 'oli' });
    expectAccepted(await judged({ from: held, action: 'pause' }));
  });

  type StageChange = Parameters<typeof plans.alteredStage>[1];
  it.each([
    ['more traffic than the plan gives', (spec) => weights(spec, 0, 100), 'slots.blue.weight'],
    ['a step further than the next', (spec) => ({ ...spec, rollout: { ...spec.rollout, step: 3 } }), 'rollout.step'],
    ['another number of steps', (spec) => ({ ...spec, rollout: { ...spec.rollout, steps: 2 } }), 'rollout.steps'],
    ['another strategy', (spec) => ({ ...spec, rollout: { ...spec.rollout, strategy: 'shadow' } }), 'strategy'],
    ['its end', (spec) => ({ ...spec, rollout: { ...spec.rollout, phase: 'complete' } }), 'rollout.phase'],
    ['an earlier start', (spec) => ({ ...spec, rollout: { ...spec.rollout, since: '2026-01-05T10:00:00Z' } }), 'since'],
    ['another request', (spec) => ({ ...spec, promotion: someDigest }), 'spec.promotion'],
  ] as [string, StageChange, string][])('with %s', async (_what, change, about) => {
    expectRefused(await judged({ change: (plan) => plans.alteredStage(plan, change, inProd) }), 'chain', about);
  });

  it('when the champion moves before the end', async () => {
    const swap: StageChange = (spec) => {
      const { version, digest, uri } = spec.slots.green;
      return { ...spec, champion: 'green', version, digest, uri };
    };
    expectRefused(await judged({ change: (plan) => plans.alteredStage(plan, swap, inProd) }), 'chain', 'spec.champion');
  });

  it('when the pointer names another mover', async () => {
    const change: StageChange = (spec) => ({ ...spec, movedBy: idOf('pam') });
    expectRefused(await judged({ change: (plan) => plans.alteredStage(plan, change, inProd) }), 'signer-mismatch');
  });

  it('at a time before the step before', async () => {
    const half = await landed({});
    const commit = await stepped({ from: half, action: 'pause', now: minutes(29) });
    expectRefused(await story.world.judge(commit, { now: minutes(31) }), 'clock', 'not before');
  });

  const decisions: readonly (readonly [
    string,
    Partial<DecisionDocument['spec']>,
    'rollout' | 'signer-mismatch',
    string,
  ])[] = [
    ['of another promotion', { promotion: someDigest }, 'rollout', 'promotion: sha256'],
    ['about another pointer', { previous: someDigest }, 'rollout', 'previous: sha256'],
    ['in the name of somebody else', { by: idOf('pam') }, 'signer-mismatch', 'spec.by'],
  ];
  it.each(decisions)('with a decision %s', async (_what, lie, code, about) => {
    const change = (plan: CommitPlan): CommitPlan =>
      altered(plan, { kind: 'Decision', path: `${PROD}/decision.yaml` }, (document) => ({
        ...document,
        spec: { ...document.spec, ...lie },
      }));
    expectRefused(await judged({ change }), code, about);
  });

  it('with a decision that nobody signed, or somebody without the role', async () => {
    const { world, rolling } = story;
    const sig = `${PROD}/decision.yaml.sig`;
    expectRefused(await judged({ with: { [sig]: null } }), 'missing-signature', 'decision.yaml');
    const other = await plans.rolloutStep(world, rolling, { by: 'oli', now: minutes(30) });
    const files = await world.signed(rolling, other, { by: 'oli' });
    const decision = { [sig]: files[sig]!, [`${PROD}/decision.yaml`]: files[`${PROD}/decision.yaml`]! };
    expectRefused(await judged({ with: decision }), 'not-authorised', 'decision.yaml');
  });

  // Attack: the record of who approved what is changed by a step that reads none of it.
  it('with a change of what was approved', async () => {
    const { world, rolling } = story;
    const asked = await world.read(rolling, `${PROD}/promotion.yaml`);
    const changes = {
      [`approvals/${idOf('rex')}.sig`]: null,
      [`approvals/${idOf('rita')}.sig`]: await approvalBy('rita', asked),
      'promotion.yaml.sig': null,
    };
    for (const [name, content] of Object.entries(changes)) {
      expectRefused(await judged({ with: { [`${PROD}/${name}`]: content } }), 'ungoverned-shape', name);
    }
  });

  it('with another plan than the approved one', async () => {
    const { world, rolling } = story;
    const text = (await world.read(rolling, `${PROD}/promotion.yaml`)).replace('30m', '1m');
    const { refusals } = await judged({ with: { [`${PROD}/promotion.yaml`]: text } });
    expect(refusals.map(({ code }) => code)).toContain('bad-signature');
  });

  it('in a stage that no promotion moved', async () => {
    const { world, rolling } = story;
    const { edits, ...plan } = await plans.rolloutStep(world, rolling, { stage: 'dev', now: minutes(30) });
    const invented = [...edits].map(([path, text]) => {
      return [path, String(text).replace('promotion: none', `promotion: "${someDigest}"`)] as const;
    });
    const commit = await world.carryOut(rolling, { ...plan, edits: new Map(invented) }, { by: 'con' });
    const verdict = await world.judge(commit, { now: minutes(30) });
    expectRefused(verdict, 'rollout', 'a promotion whose rollout progresses; none');
  });
});

function weights(spec: Parameters<Parameters<typeof plans.alteredStage>[1]>[0], blue: number, green: number) {
  const { slots } = spec;
  return { ...spec, slots: { blue: { ...slots.blue, weight: blue }, green: { ...slots.green, weight: green } } };
}
