import { beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/documents/digest.ts';
import type { ReviewDocument } from '../../src/documents/kinds/review.ts';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import { promotion } from '../support/moves.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';
import { approvalBy, idOf, signerOf, someDigest, type Edits } from '../support/world.ts';

const PROD = 'registry/fraud/stages/prod';
const intoProd = { version: 'v2', stage: 'prod' } as const;

let story: Story;
/** The promotion of v2 into prod by pam; it needs one reviewer. */
let request: CommitPlan;
let asked: string;
beforeAll(async () => {
  story = await storyUpTo('following');
  request = await promotion(story.world, story.following, intoProd);
  asked = String(request.edits.get(`${PROD}/promotion.yaml`));
});

/** Judges the request with these files in its folder of approvals. */
async function judgedWith(approvals: Edits, plan = request) {
  const { world, following } = story;
  const gone = { [`${PROD}/approvals/${idOf('rex')}.sig`]: null };
  const files = Object.entries(approvals).map(([name, content]) => [`${PROD}/approvals/${name}`, content]);
  return world.judge(
    await world.carryOut(following, plan, { by: 'pam', with: { ...gone, ...Object.fromEntries(files) } }),
  );
}

describe('the approvals of a promotion', () => {
  it('are those of people with the role', async () => {
    expectAccepted(await judgedWith({ [`${idOf('rita')}.sig`]: await approvalBy('rita', asked) }));
  });

  it('are missing: refused with whom it waits for', async () => {
    expectRefused(await judgedWith({}), 'gate', 'missing 1 reviewer');
  });

  it.each([
    ['the requester', 'pam', 'asked for the promotion'],
    ['a bot of the requester', 'pam-bot', 'asked for the promotion'],
    ['somebody without a role', 'zoe', 'has no role for this model'],
    ['somebody with roles for other models', 'risky', 'has no role for this model'],
    ['somebody with another role', 'eve', 'missing 1 reviewer'],
  ])('do not count from %s', async (_what, name, about) => {
    expectRefused(await judgedWith({ [`${idOf(name)}.sig`]: await approvalBy(name, asked) }), 'gate', about);
  });

  it('of one person and her bot count once', async () => {
    const floor = { to: 'prod', approvals: 2 };
    const strict = await storyUpTo('registered', {
      root: (spec) => ({ ...spec, floors: [{ ...floor, to: 'staging' }] }),
    });
    const { world, registered } = strict;
    const plan = await promotion(world, registered);
    const twice = await world.carryOut(registered, plan, { by: 'pam', approvedBy: ['rita', 'rita-bot'] });
    expectRefused(await world.judge(twice), 'gate', '1 of 2');
    const two = await world.carryOut(registered, plan, { by: 'pam', approvedBy: ['rita', 'rex'] });
    expectAccepted(await world.judge(two));
  });

  it.each([
    ['a text that is no signature', async () => 'approved!', 'armour'],
    ['an approval of other bytes', async () => approvalBy('rita', `${asked}# and more\n`), 'mismatch'],
    [
      'a signature for another purpose',
      async () => createSignature(signerOf('rita'), 'mreg.promotion.v1', asked),
      'purpose',
    ],
  ])('are refused with %s', async (_what, armour, about) => {
    expectRefused(await judgedWith({ [`${idOf('rita')}.sig`]: await armour() }), ['bad-signature', 'gate'], about);
  });

  it('are refused under the name of somebody else', async () => {
    const verdict = await judgedWith({ [`${idOf('olga')}.sig`]: await approvalBy('rita', asked) });
    expectRefused(verdict, ['signer-mismatch', 'gate'], `a file named after ${idOf('rita')}`);
  });

  it('are refused from a stranger, however many others there are', async () => {
    const verdict = await judgedWith({
      [`${idOf('rita')}.sig`]: await approvalBy('rita', asked),
      [`${idOf('mallory')}.sig`]: await approvalBy('mallory', asked),
    });
    expectRefused(verdict, 'unknown-key', 'mallory');
  });

  it('do not carry over to a request that asks for anything else', async () => {
    const { world, following } = story;
    const other = await promotion(world, following, { ...intoProd, plan: { strategy: 'immediate' } });
    const verdict = await judgedWith({ [`${idOf('rita')}.sig`]: await approvalBy('rita', asked) }, other);
    expectRefused(verdict, ['bad-signature', 'gate'], 'mismatch');
  });
});

describe('a review made on a forge', () => {
  /** The files of a review that the forge's bot witnessed, or somebody else. */
  async function review(change: Partial<ReviewDocument['spec']> = {}, witness = 'forge-bot'): Promise<Edits> {
    const spec: ReviewDocument['spec'] = {
      promotion: digestOf(asked),
      forge: 'github',
      repository: 'acme/models',
      number: 7,
      head: 'a'.repeat(40),
      reviewer: idOf('rita'),
      state: 'approved',
      by: idOf(witness),
      at: '2026-01-05T10:00:00Z',
      ...change,
    };
    const metadata = { registry: story.world.registry, model: 'fraud', stage: 'prod' };
    const text = writeYaml({ apiVersion: 'mreg.dev/v1', kind: 'Review', metadata, spec });
    const name = `${idOf('rita')}.review.yaml`;
    return { [name]: text, [`${name}.sig`]: await createSignature(signerOf(witness), 'mreg.review.v1', text) };
  }

  it('counts as the approval of its reviewer', async () => {
    expectAccepted(await judgedWith(await review()));
  });

  it.each([
    ['asks for changes', { state: 'changes-requested' }, 'state: approved'],
    ['is about other bytes', { promotion: someDigest }, 'promotion: sha256'],
    ['is by somebody else than its file says', { reviewer: idOf('olga') }, `a file named ${idOf('olga')}.review.yaml`],
    ['is by nobody of the trust root', { reviewer: 'stranger@example.org' }, 'a reviewer of the trust root'],
    ['names another witness', { by: idOf('ann') }, `by: ${idOf('forge-bot')}`],
  ] as const)('that %s is refused', async (_what, change, about) => {
    expectRefused(await judgedWith(await review(change)), ['not-authorised', 'gate'], about);
  });

  it('is refused from a witness who may not', async () => {
    expectRefused(await judgedWith(await review({}, 'rita-bot')), ['not-authorised', 'gate'], 'with the role forge');
  });

  it('does not count for the requester', async () => {
    const files = await review({ reviewer: idOf('pam') });
    const renamed = Object.entries(files).map(([name, text]) => [name.replace('rita', 'pam'), text]);
    expectRefused(await judgedWith(Object.fromEntries(renamed)), 'gate', 'asked for the promotion');
  });

  it.each([
    ['its signature', '.review.yaml.sig', 'missing-signature'],
    ['the review itself', '.review.yaml', 'missing-file'],
  ] as const)('is refused without %s', async (_what, name, code) => {
    const { [`${idOf('rita')}${name}`]: _gone, ...rest } = await review();
    expectRefused(await judgedWith(rest), [code, 'gate'], idOf('rita'));
  });

  it('is refused when it cannot be read, or stands in another stage than it says', async () => {
    const name = `${idOf('rita')}.review.yaml`;
    const files = await review();
    expectRefused(await judgedWith({ ...files, [name]: 'kind: Review' }), ['schema', 'gate']);
    const moved = String(files[name]).replace('stage: prod', 'stage: staging');
    const sig = await createSignature(signerOf('forge-bot'), 'mreg.review.v1', moved);
    const verdict = await judgedWith({ [name]: moved, [`${name}.sig`]: sig });
    expectRefused(verdict, ['path-mismatch', 'gate'], 'prod, as the path says');
    expect(verdict.accepted).toBe(false);
  });
});
