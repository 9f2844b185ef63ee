import { beforeAll, describe, expect, it } from 'vitest';
import type { Check, PromotionDocument } from '../../src/documents/kinds/promotion.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import * as plans from '../support/moves.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';
import { idOf, minutes, POLICY, someDigest, type CommitWish } from '../support/world.ts';

type Codes = Parameters<typeof expectRefused>[1];
type Spec = PromotionDocument['spec'];

const PROD = 'registry/fraud/stages/prod';
const asPromoter = { by: 'pam', approvedBy: ['rex'] } as const;
const intoProd = { version: 'v2', stage: 'prod' } as const;

let story: Story;
/** The promotion of v2 into prod, as mreg plans it. */
let request: CommitPlan;
beforeAll(async () => {
  story = await storyUpTo('rolling');
  request = await plans.promotion(story.world, story.following, intoProd);
});

/** Judges `request`, or another plan, carried out where it was made. */
async function judged(plan: CommitPlan = request, wish: CommitWish = asPromoter) {
  const { world, following } = story;
  return world.judge(await world.carryOut(following, plan, wish), wish);
}

function edited(checks: readonly Check[], change: Partial<Check>): Pick<Spec, 'checks'> {
  return { checks: checks.map((check) => (check.gate === 'auc' ? { ...check, ...change } : check)) };
}

describe('a promotion', () => {
  it('is accepted when its gates pass and its approvals were made', async () => {
    const verdict = await judged();
    expectAccepted(verdict);
    expect(verdict.changes).toEqual([
      { action: 'promote', model: 'fraud', stage: 'prod', version: 'v2', by: idOf('pam'), detail: 'canary' },
    ]);
  });

  it('may share traffic in fractions of a percent', async () => {
    const { world, following } = story;
    for (const weight of [64.1, 8.04, 33.333]) {
      const plan = { strategy: 'canary' as const, steps: [{ weight }, { weight: 100 }] };
      expectAccepted(await judged(await plans.promotion(world, following, { ...intoProd, plan })));
    }
  });

  const lies: readonly (readonly [string, (spec: Spec) => Partial<Spec>, Codes, string])[] = [
    ['a version that is not registered', () => ({ version: 'v9' }), 'chain', 'a registered version of fraud; v9'],
    ['the digest of another version.yaml', () => ({ versionDigest: someDigest }), 'chain', 'versionDigest'],
    ['the digest of another artifact', () => ({ artifact: someDigest }), 'chain', 'artifact'],
    ['another pointer before it', () => ({ previous: someDigest }), 'chain', 'promotion.yaml: previous'],
    ['another base than its pointer', () => ({ base: story.serving }), 'chain', 'promotion.yaml: base'],
    ['another way back', () => ({ rollbackTo: 'none' }), 'chain', 'rollbackTo: v1'],
    ['other policies', () => ({ policy: someDigest }), 'policy', 'policy'],
    ['another trust root', () => ({ trust: 2 }), 'policy', 'trust: 1'],
    ['no evidence', () => ({ evidence: [] }), 'checks', 'evidence'],
    ['other evidence', (spec) => ({ evidence: [{ ...spec.evidence[0]!, digest: someDigest }] }), 'checks', 'evidence'],
    ['a check less', ({ checks }) => ({ checks: checks.filter(({ gate }) => gate !== 'auc') }), 'checks', 'auc'],
    ['a check more', ({ checks }) => ({ checks: [...checks, { gate: 'x', verdict: 'pass' }] }), 'checks', 'x'],
    ['a check twice', ({ checks }) => ({ checks: [...checks, checks.at(-1)!] }), 'checks', 'auc'],
    ['a better number', ({ checks }) => edited(checks, { observed: 0.99 }), 'checks', '"observed":0.99'],
    ['a lower bar', ({ checks }) => edited(checks, { required: 'min 0.1' }), 'checks', '"required":"min 0.1"'],
    ['an invented baseline', ({ checks }) => edited(checks, { baseline: 0.1 }), 'checks', '"baseline":0.1'],
    ['a verdict that no gate gave', ({ checks }) => edited(checks, { verdict: 'skip' }), 'checks', '"verdict":"skip"'],
    ['another requester', () => ({ requestedBy: idOf('rita') }), 'signer-mismatch', 'spec.requestedBy'],
    ['a life longer than 14 days', () => ({ expiresAt: '2026-01-19T10:00:01Z' }), 'policy', 'at most 14 days'],
    ['another stage before', () => ({ from: 'dev' }), ['stage-order', 'gate', 'checks'], 'from dev to prod'],
  ];
  it.each(lies)('that says %s is refused', async (_what, change, codes, about) => {
    const lie = plans.alteredPromotion(request, (spec) => ({ ...spec, ...change(spec) }), intoProd);
    expectRefused(await judged(lie), codes, about);
  });

  it.each([
    ['has no role', 'zoe'],
    ['has another role', 'eve'],
    ['has the role for other models', 'risky'],
  ])('by somebody who %s is refused', async (_what, by) => {
    const { world, following } = story;
    const plan = await plans.promotion(world, following, { ...intoProd, by });
    expectRefused(await judged(plan, { by, approvedBy: ['rex'] }), 'not-authorised', `${idOf(by)}, who is none`);
  });

  it('whose pointer names another mover is refused', async () => {
    const lie = plans.alteredStage(request, (spec) => ({ ...spec, movedBy: idOf('rex') }), intoProd);
    expectRefused(await judged(lie), ['signer-mismatch', 'chain'], 'spec.movedBy');
  });

  it('whose pointer somebody else signed is refused', async () => {
    const { world, following } = story;
    const path = `${PROD}/stage.yaml.sig`;
    const byRex = await world.signed(following, request, { by: 'rex' });
    const verdict = await judged(request, { ...asPromoter, with: { [path]: byRex[path]! } });
    expectRefused(verdict, 'signer-mismatch', `the signer: ${idOf('pam')}`);
  });

  it('that has expired is refused, by the clock of the judge', async () => {
    const fortnight = 14 * 24 * 60;
    expectRefused(await judged(request, { ...asPromoter, now: minutes(fortnight) }), 'expired', '2026-01-19T10:00:00Z');
    expectAccepted(await judged(request, { ...asPromoter, now: minutes(fortnight - 1) }));
  });

  it('of a version that does not stand in the stage before is refused', async () => {
    const { world, following } = story;
    const plan = await plans.promotion(world, following, { version: 'v1', stage: 'prod' });
    expectRefused(await judged(plan), 'stage-order', 'the version in staging: v2; v1');
  });

  it('that lacks approvals of a floor and of a gate is refused once, with everybody who is needed', async () => {
    const floored = await storyUpTo('staged', {
      root: (spec) => ({ ...spec, floors: [{ to: 'prod', approvals: 2 }] }),
    });
    const plan = await plans.promotion(floored.world, floored.staged, { stage: 'prod' });
    const verdict = await floored.world.judge(await floored.world.carryOut(floored.staged, plan, { by: 'pam' }));
    expectRefused(verdict, 'gate', 'approvals: 0 of 2 and 0 of 1; missing 1 reviewer; missing 1 of any role');
    expect(verdict.refusals).toHaveLength(1);
  });

  it('while another rollout is in progress is refused', async () => {
    const { world, rolling } = story;
    const plan = await plans.promotion(world, rolling, intoProd);
    expectRefused(
      await world.judge(await world.carryOut(rolling, plan, asPromoter)),
      'rollout',
      'no rollout in progress',
    );
  });

  it('of a version that fails a gate is refused with what the gate found', async () => {
    const { world, following } = story;
    const third = await world.land(following, await plans.registration(world, following, { auc: 0.7 }), { by: 'reg' });
    const plan = await plans.promotion(world, third, { version: 'v3' });
    expectRefused(await world.judge(await world.carryOut(third, plan, { by: 'pam' })), 'gate', 'auc: min 0.8');
  });

  it('of a version under hold is refused, whenever it was asked for', async () => {
    const { world, following } = story;
    const held = await world.land(following, await plans.barring(world, following, { version: 'v2' }), { by: 'oli' });
    expectRefused(await world.judge(await world.carryOut(held, request, asPromoter)), ['gate', 'checks'], 'not-held');
    const later = await plans.promotion(world, held, intoProd);
    expectRefused(await world.judge(await world.carryOut(held, later, asPromoter)), 'gate', 'not-held');
  });

  it.each(['decision.yaml', 'decision.yaml.sig'])('that leaves %s of an earlier rollout is refused', async (name) => {
    expectRefused(
      await judged(request, { ...asPromoter, with: { [`${PROD}/${name}`]: 'x' } }),
      'ungoverned-shape',
      name,
    );
  });

  it.each(['canary', 'shadow', 'champion-challenger'] as const)(
    'that would go by steps of a %s, and names none, is refused',
    async (strategy) => {
      const lie = plans.alteredPromotion(request, (spec) => ({ ...spec, plan: { strategy } }), intoProd);
      expectRefused(await judged(lie), 'schema', 'spec.plan.steps');
    },
  );

  it('that nobody signed is refused', async () => {
    const verdict = await judged(request, { ...asPromoter, with: { [`${PROD}/promotion.yaml.sig`]: null } });
    expectRefused(verdict, 'missing-signature', `${PROD}/promotion.yaml`);
  });
});

describe('what a promotion rests on', () => {
  it('is the newest evidence: an older request is outdated by a newer measurement', async () => {
    const { world, following } = story;
    const better = await plans.measurement(world, following, { version: 'v2', metrics: { auc: 0.96 } });
    const measured = await world.land(following, better, { by: 'eve' });
    expectRefused(await world.judge(await world.carryOut(measured, request, asPromoter)), 'checks', 'evidence');
  });

  it('is not outdated by evidence that no gate reads', async () => {
    const { world, following } = story;
    const other = await plans.measurement(world, following, { version: 'v2', kind: 'drift', metrics: {} });
    const measured = await world.land(following, other, { by: 'eve' });
    expectAccepted(await world.judge(await world.carryOut(measured, request, asPromoter)));
  });

  it('are the policies and the trust of its parent: a request made under others is outdated', async () => {
    const { world, following } = story;
    const asBoth = { by: 'ann', approvedBy: ['bob'] };
    const policy = await plans.policyChange(world, following, (spec) => ({ ...spec, description: 'the same' }));
    const governed = await world.land(following, policy, asBoth);
    expectRefused(await world.judge(await world.carryOut(governed, request, asPromoter)), 'policy', 'policy: sha256');
    const root = await plans.trustChange(world, following, (spec) => ({ ...spec, expires: '2031-01-01T00:00:00Z' }));
    const trusted = await world.land(following, root, asBoth);
    expectRefused(await world.judge(await world.carryOut(trusted, request, asPromoter)), 'policy', 'trust: 2');
  });

  // Attack: the policy is weakened in the very commit, or the very push, that needs it weak.
  it('is never a policy of its own commit, nor of a later one', async () => {
    const { world, following } = story;
    const third = await world.land(following, await plans.registration(world, following, { auc: 0.7 }), { by: 'reg' });
    const weak = await plans.policyChange(world, third, () => ({ ...POLICY, transitions: withoutGates() }));
    const asBoth = { by: 'ann', approvedBy: ['bob'] };
    const plan = await plans.promotion(world, third, { version: 'v3' });
    const files = await world.signed(third, plan, { by: 'pam' });
    const together = await world.carryOut(third, weak, { ...asBoth, with: files });
    expectRefused(await world.judge(together), ['mixed-change', 'gate'], 'policies/default.yaml');
    const before = await world.carryOut(third, plan, { by: 'pam' });
    expectRefused(await world.judge(before), 'gate', 'auc');
    const first = await world.land(third, weak, asBoth);
    const asked = await plans.promotion(world, first, { version: 'v3' });
    expectAccepted(await world.judge(await world.carryOut(first, asked, { by: 'pam' })));
  });

  it.each([
    ['a hold', () => plans.barring(story.world, story.following), 'oli'],
    ['evidence', () => plans.measurement(story.world, story.following, { version: 'v2' }), 'eve'],
    ['the next version', () => plans.registration(story.world, story.following, { auc: 0.7 }), 'reg'],
    ['a promotion into another stage', () => plans.promotion(story.world, story.following, { version: 'v2' }), 'pam'],
  ])('comes before it: %s of the same model alongside is refused', async (_what, planOf, by) => {
    const { world, following } = story;
    const along = await world.signed(following, await planOf(), { by });
    const { refusals } = await judged(request, { ...asPromoter, with: along });
    const mixed = refusals.filter(({ code }) => code === 'mixed-change');
    expect(mixed.map(({ expected }) => expected)).toContain('a promotion with no other change to its model');
  });

  it('is one model alone: another model may move in the same commit', async () => {
    const { world, following } = story;
    const other = await plans.registration(world, following, { model: 'risk' });
    const along = await world.signed(following, other, { by: 'reg' });
    expectAccepted(await judged(request, { ...asPromoter, with: along }));
  });
});

function withoutGates() {
  return POLICY.transitions.map((transition) => ({ ...transition, gates: [] }));
}
