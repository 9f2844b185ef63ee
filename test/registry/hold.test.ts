import { beforeAll, describe, expect, it } from 'vitest';
import type { HoldDocument } from '../../src/documents/kinds/hold.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { barring } from '../support/moves.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';
import { altered, approvalBy, idOf, POLICY, someDigest, type CommitWish } from '../support/world.ts';

const HOLDS = 'registry/fraud/versions/v1/holds';

let story: Story;
/** v1 under hold. */
let held: string;
beforeAll(async () => {
  story = await storyUpTo('registered');
  const { world, registered } = story;
  held = await world.land(registered, await barring(world, registered), { by: 'oli' });
});

async function judged(plan: CommitPlan, wish: CommitWish, parent = story.registered) {
  const { world } = story;
  return world.judge(await world.carryOut(parent, plan, wish));
}

const holdBy = (by: string): Promise<CommitPlan> => barring(story.world, story.registered, { by });
const releaseBy = (by: string): Promise<CommitPlan> => barring(story.world, held, { by, action: 'release' });

/** A plan whose only document says something else. */
function lie(plan: CommitPlan, change: Partial<HoldDocument['spec']>): CommitPlan {
  const [path = ''] = plan.edits.keys();
  return altered(plan, { kind: 'Hold', path }, (document) => ({ ...document, spec: { ...document.spec, ...change } }));
}

describe('a hold', () => {
  it.each(['oli', 'olga', 'con', 'eve'])('is accepted from %s, who may stop a version', async (by) => {
    const verdict = await judged(await holdBy(by), { by });
    expectAccepted(verdict);
    expect(verdict.changes).toEqual([
      { action: 'hold', model: 'fraud', version: 'v1', by: idOf(by), detail: 'because' },
    ]);
  });

  it.each(['pam', 'rita', 'reg', 'risky', 'zoe'])('is refused from %s', async (by) => {
    expectRefused(await judged(await holdBy(by), { by }), 'not-authorised', `${idOf(by)}, who is none`);
  });

  it.each([
    ['about other bytes', { subject: someDigest }, 'subject', 'subject sha256'],
    ['in the name of somebody else', { by: idOf('olga') }, 'signer-mismatch', 'spec.by'],
  ] as const)('is refused %s', async (_what, change, code, about) => {
    expectRefused(await judged(lie(await holdBy('oli'), change), { by: 'oli' }), code, about);
  });

  it.each([
    ['a number too far', 2],
    ['a number far away', 999_999_999],
  ])('is refused with %s', async (_what, sequence) => {
    const path = `${HOLDS}/${String(sequence)}.yaml`;
    const plan = await holdBy('oli');
    const text = String(plan.edits.get(`${HOLDS}/1.yaml`)).replace('sequence: 1', `sequence: ${String(sequence)}`);
    const moved = { ...plan, edits: new Map([[path, text]]), signatures: [{ path, namespace: 'mreg.hold.v1' }] };
    expectRefused(await judged(moved, { by: 'oli' }), 'sequence', `number 1; ${String(sequence)}`);
  });

  it('is refused on a version that does not exist', async () => {
    const path = 'registry/fraud/versions/v9/holds/1.yaml';
    const plan = await holdBy('oli');
    const text = String(plan.edits.get(`${HOLDS}/1.yaml`)).replace('version: v1', 'version: v9');
    const moved = { ...plan, edits: new Map([[path, text]]), signatures: [{ path, namespace: 'mreg.hold.v1' }] };
    expectRefused(await judged(moved, { by: 'oli' }), 'subject', 'of an existing version');
  });

  it('may follow a hold', async () => {
    expectAccepted(await judged(await barring(story.world, held), { by: 'oli' }, held));
  });

  it('is refused when it is changed, removed or signed anew', async () => {
    const { world } = story;
    for (const [path, content] of [
      [`${HOLDS}/1.yaml`, 'text'],
      [`${HOLDS}/1.yaml`, null],
      [`${HOLDS}/1.yaml.sig`, 'text'],
    ] as const) {
      expectRefused(await world.judge(await world.commit(held, { [path]: content })), 'immutable', path);
    }
  });

  it.each([
    ['with it', () => story.registered],
    ['after it', () => held],
  ])('needs no approvals: a file that looks like one, %s, is refused', async (_what, parent) => {
    const { world } = story;
    const along = { [`${HOLDS}/1.yaml.approvals/${idOf('ann')}.sig`]: 'text' };
    const edits =
      parent() === held ? along : { ...(await world.signed(parent(), await holdBy('oli'), { by: 'oli' })), ...along };
    const { accepted, refusals } = await world.judge(await world.commit(parent(), edits, { by: 'oli' }));
    expect(accepted).toBe(false);
    expect(refusals.map(({ code }) => code)).toContain('ungoverned-shape');
  });
});

describe('a release', () => {
  it('is accepted with the signatures that the policy asks for: an owner and one more', async () => {
    const verdict = await judged(await releaseBy('olga'), { by: 'olga', approvedBy: ['rita'] }, held);
    expectAccepted(verdict);
    expect(verdict.changes).toEqual([expect.objectContaining({ action: 'release', by: idOf('olga') })]);
    expectAccepted(await judged(await releaseBy('rita'), { by: 'rita', approvedBy: ['olga'] }, held));
  });

  it.each([
    ['of one', 'olga', []],
    ['of two without an owner', 'rita', ['rex']],
    ['of an owner and somebody without a role', 'olga', ['zoe']],
    ['of an owner and somebody with roles elsewhere', 'olga', ['risky']],
    ['of one person twice', 'olga', ['olga']],
  ])('is refused with the signatures %s', async (_what, by, approvedBy) => {
    const verdict = await judged(await releaseBy(by), { by, approvedBy }, held);
    expectRefused(verdict, 'threshold', 'signatures of 2 people (1 owner)');
  });

  it('is refused with the signatures of a person and her bot, or of her two keys', async () => {
    const policy = { ...POLICY, holds: { release: { total: 2 } } };
    const { world, registered } = await storyUpTo('registered', { policy });
    const parent = await world.land(registered, await barring(world, registered), { by: 'oli' });
    const plan = await barring(world, parent, { by: 'rita', action: 'release' });
    for (const approver of ['rita-bot', 'rita-phone']) {
      const bytes = plan.edits.get(`${HOLDS}/2.yaml`) ?? '';
      const sig = `${HOLDS}/2.yaml.approvals/${idOf(approver === 'rita-phone' ? 'rita' : approver)}.sig`;
      const commit = await world.carryOut(parent, plan, {
        by: 'rita',
        with: { [sig]: await approvalBy(approver, bytes) },
      });
      expectRefused(await world.judge(commit), 'threshold', `1 (${idOf('rita')})`);
    }
    const commit = await world.carryOut(parent, plan, { by: 'rita', approvedBy: ['rex'] });
    expectAccepted(await world.judge(commit));
  });

  it('asks for one owner where no policy says it', async () => {
    const { holds: _unsaid, ...policy } = POLICY;
    const { world, registered } = await storyUpTo('registered', { policy });
    const parent = await world.land(registered, await barring(world, registered), { by: 'oli' });
    const releasing = (by: string) => barring(world, parent, { by, action: 'release' });
    expectAccepted(await world.judge(await world.carryOut(parent, await releasing('olga'), { by: 'olga' })));
    const refused = await world.judge(await world.carryOut(parent, await releasing('oli'), { by: 'oli' }));
    expectRefused(refused, 'threshold', 'signatures of 1 people (1 owner)');
  });

  it('is refused where nothing is held', async () => {
    const plan = await barring(story.world, story.registered, { by: 'olga', action: 'release' });
    expectRefused(await judged(plan, { by: 'olga', approvedBy: ['rita'] }), 'sequence', 'a version under hold');
    const released = await story.world.land(held, await releaseBy('olga'), { by: 'olga', approvedBy: ['rita'] });
    const again = await barring(story.world, released, { by: 'olga', action: 'release' });
    expectRefused(await judged(again, { by: 'olga', approvedBy: ['rita'] }, released), 'sequence', 'none to release');
  });

  it('is refused with an approval that does not verify, under another name, or from a stranger', async () => {
    const plan = await releaseBy('olga');
    const bytes = plan.edits.get(`${HOLDS}/2.yaml`) ?? '';
    const approvals = [
      ['rita', 'text', 'bad-signature'],
      ['rita', await approvalBy('rita', 'other bytes'), 'bad-signature'],
      ['mallory', await approvalBy('mallory', bytes), 'unknown-key'],
      ['ann', await approvalBy('rita', bytes), 'signer-mismatch'],
    ] as const;
    for (const [name, content, code] of approvals) {
      const sig = { [`${HOLDS}/2.yaml.approvals/${idOf(name)}.sig`]: content };
      expectRefused(await judged(plan, { by: 'olga', approvedBy: ['rex'], with: sig }, held), code);
    }
  });
});
