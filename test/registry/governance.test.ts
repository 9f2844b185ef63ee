import { beforeAll, describe, expect, it } from 'vitest';
import type { TrustRootDocument } from '../../src/documents/kinds/trust-root.ts';
import { admit } from '../../src/registry/admit.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import { measurement, policyChange, registration, settingsChange, trustChange } from '../support/moves.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';
import {
  altered,
  approvalBy,
  idOf,
  keyLineOf,
  POLICY,
  signerOf,
  someDigest,
  START,
  type CommitWish,
} from '../support/world.ts';

const POLICY_PATH = 'policies/default.yaml';
const ROOT_PATH = 'trust/root.yaml';
const asBoth = { by: 'ann', approvedBy: ['bob'] } as const;

let story: Story;
beforeAll(async () => {
  story = await storyUpTo('registered');
});

async function judged(plan: CommitPlan, wish: CommitWish = asBoth, parent = story.registered) {
  const { world } = story;
  return world.judge(await world.carryOut(parent, plan, wish), wish);
}

const morePeople = (spec: TrustRootDocument['spec']): TrustRootDocument['spec'] => ({
  ...spec,
  principals: [...spec.principals, { id: idOf('new'), keys: [keyLineOf('new')] }],
});
const describedPolicy = () => policyChange(story.world, story.registered, (spec) => ({ ...spec, description: 'new' }));
const nextRoot = (change: Parameters<typeof trustChange>[2] = morePeople, parent = story.registered) =>
  trustChange(story.world, parent, change);
const nextSettings = () =>
  settingsChange(story.world, story.registered, ({ stores }) => ({
    stores: [...stores, { name: 'more', url: 'file:///srv/more' }],
  }));

/** The three kinds of documents that govern, each with its next version. */
const KINDS = [
  { path: POLICY_PATH, namespace: 'mreg.policy.v1', next: describedPolicy, role: 'policy' },
  { path: ROOT_PATH, namespace: 'mreg.trust-root.v1', next: () => nextRoot(), role: 'root' },
  { path: 'mreg.yaml', namespace: 'mreg.registry.v1', next: nextSettings, role: 'root' },
] as const;

describe.each(KINDS)('a change of $path', ({ path, namespace, next, role }) => {
  it('is accepted with the signatures of two who hold the role', async () => {
    expectAccepted(await judged(await next()));
    expectAccepted(await judged(await next(), { by: 'bob', approvedBy: ['ann'] }));
  });

  it.each([
    ['one alone', 'ann', []],
    ['one twice', 'ann', ['ann']],
    ['one and somebody without the role', 'ann', ['olga']],
    ['nobody with the role', 'olga', ['rita']],
  ])('is refused with the signatures of %s', async (_what, by, approvedBy) => {
    expectRefused(await judged(await next(), { by, approvedBy }), 'threshold', `signatures of 2 with the role ${role}`);
  });

  it('is refused with a stranger’s signature, however many others there are', async () => {
    const { world, registered } = story;
    const plan = await next();
    const text = plan.edits.get(path) ?? '';
    const stranger = { [`${path}.approvals/${idOf('mallory')}.sig`]: await approvalBy('mallory', text) };
    expectRefused(await judged(plan, { ...asBoth, with: stranger }), 'unknown-key', 'mallory');
    const author = { [`${path}.sig`]: await createSignature(signerOf('mallory'), namespace, text) };
    const byBoth = await world.carryOut(registered, plan, { by: 'ann', approvedBy: ['ann', 'bob'], with: author });
    expectRefused(await world.judge(byBoth), 'unknown-key', path);
  });

  it('is refused with an approval of other bytes, for another purpose, or under another name', async () => {
    const plan = await next();
    const text = plan.edits.get(path) ?? '';
    const wrong = [
      ['olga', await approvalBy('olga', 'other bytes'), 'bad-signature'],
      ['olga', await createSignature(signerOf('olga'), namespace, text), 'bad-signature'],
      ['rita', await approvalBy('olga', text), 'signer-mismatch'],
    ] as const;
    for (const [name, content, code] of wrong) {
      const along = { [`${path}.approvals/${idOf(name)}.sig`]: content };
      expectRefused(await judged(plan, { ...asBoth, with: along }), code, name);
    }
  });

  it('is refused without its author’s signature', async () => {
    const verdict = await judged(await next(), {
      by: 'ann',
      approvedBy: ['ann', 'bob'],
      with: { [`${path}.sig`]: null },
    });
    expectRefused(verdict, 'missing-signature', path);
  });

  it('is refused when it cannot be read, or is removed', async () => {
    const { world, registered } = story;
    const unread = await world.commit(registered, { [path]: '[' });
    expectRefused(await world.judge(unread), 'yaml-syntax', path);
    const removed = await world.commit(registered, { [path]: null, [`${path}.sig`]: null });
    expectRefused(await world.judge(removed), 'immutable', path);
  });

  it('is refused together with anything else', async () => {
    const { world, registered } = story;
    const other = await world.signed(registered, await measurement(world, registered), { by: 'eve' });
    expectRefused(await judged(await next(), { ...asBoth, with: other }), 'mixed-change', 'alone in its commit');
    // One clear reason: what else is wrong with it is told when it comes alone.
    expectRefused(await judged(await next(), { by: 'zoe', with: other }), 'mixed-change');
  });

  it('is refused when only its signatures change', async () => {
    const { world, registered } = story;
    const text = await world.read(registered, path);
    const more = { [`${path}.approvals/${idOf('olga')}.sig`]: await approvalBy('olga', text) };
    expectRefused(await world.judge(await world.commit(registered, more)), 'chain', 'version 2; version 1');
  });

  // Attack: what was in force once comes back, with its valid signatures (CVE-2026-44544).
  it('is refused when it is the one before, put back', async () => {
    const { world, registered } = story;
    const changed = await world.land(registered, await next(), asBoth);
    const names = ['', '.sig', `.approvals/${idOf('bob')}.sig`].map((end) => path + end);
    const files = path === ROOT_PATH ? [...names, 'trust/allowed_signers'] : names;
    const old = await Promise.all(files.map(async (name) => [name, await world.read(registered, name)] as const));
    const verdict = await world.judge(await world.commit(changed, Object.fromEntries(old)));
    expectRefused(verdict, 'chain', 'version 3; version 1');
  });
});

describe('the number and the chain of what governs', () => {
  it.each([
    ['leaves a number out', { version: 3 }, 'version 2; version 3'],
    ['does not follow what is in force', { previous: someDigest }, 'previous: sha256'],
    ['starts anew', { version: 1, previous: 'none' }, 'version 2; version 1'],
  ] as const)('hold a policy: refused when it %s', async (_what, lie, about) => {
    const plan = altered(await describedPolicy(), { kind: 'Policy', path: POLICY_PATH }, (document) => ({
      ...document,
      metadata: { ...document.metadata, ...lie },
    }));
    expectRefused(await judged(plan), 'chain', about);
  });

  it.each([
    ['leaves a number out', { version: 3 }, 'version 2; version 3'],
    ['does not follow what is in force', { previous: someDigest }, 'previous: sha256'],
  ] as const)('hold the trust root: refused when it %s', async (_what, lie, about) => {
    const plan = altered(await nextRoot(), { kind: 'TrustRoot', path: ROOT_PATH }, (document) => ({
      ...document,
      spec: { ...document.spec, ...lie },
    }));
    expectRefused(await judged(plan), 'chain', about);
  });

  it.each([
    ['leaves a number out', { version: 3 }, 'version 2; version 3'],
    ['does not follow what is in force', { previous: someDigest }, 'previous: sha256'],
  ] as const)('hold mreg.yaml: refused when it %s', async (_what, lie, about) => {
    const plan = altered(await nextSettings(), { kind: 'Registry', path: 'mreg.yaml' }, (document) => ({
      ...document,
      spec: { ...document.spec, ...lie },
    }));
    expectRefused(await judged(plan), 'chain', about);
  });

  it('start at 1 for a policy that is new', async () => {
    const metadata = { registry: story.world.registry, name: 'extra', version: 1, previous: 'none' };
    const path = 'policies/extra.yaml';
    const plan = await describedPolicy();
    const named = String(plan.edits.get(POLICY_PATH)).replace('name: default', 'name: extra');
    const signatures = [{ path, namespace: 'mreg.policy.v1' }];
    const extra = (text: string): CommitPlan => ({ ...plan, edits: new Map([[path, text]]), signatures });
    expectRefused(await judged(extra(named)), 'chain', 'version 1; version 2');
    const first = altered(extra(named), { kind: 'Policy', path }, (document) => ({ ...document, metadata }));
    expectAccepted(await judged(first));
  });
});

describe('a policy', () => {
  const [intoStaging, intoProd] = POLICY.transitions;

  it.each([
    ['a transition', { ...intoStaging!, to: 'stagging' }],
    ['where a transition begins', { ...intoStaging!, from: 'development' }],
    [
      'a baseline',
      withGate({
        id: 'b',
        type: 'metric',
        evidence: 'offline',
        metric: 'auc',
        minDelta: 0,
        baseline: { stage: 'production' },
      }),
    ],
    ['the schema to keep to', withGate({ id: 's', type: 'schema', against: 'production' })],
    ['where to soak', withGate({ id: 's', type: 'soak', hours: 1, stage: 'production' })],
  ])('is refused when it misspells %s', async (_what, transition) => {
    const plan = await policyChange(story.world, story.registered, () => ({ ...POLICY, transitions: [transition] }));
    expectRefused(await judged(plan), 'policy', 'stages of mreg.yaml: dev, staging, prod');
  });

  function withGate(gate: (typeof POLICY)['transitions'][number]['gates'][number]) {
    return { ...intoProd!, gates: [gate] };
  }

  it('of another registry is refused', async () => {
    const plan = await policyChange(story.world, story.registered, (spec) => spec);
    const foreign = altered(plan, { kind: 'Policy', path: POLICY_PATH }, (document) => ({
      ...document,
      metadata: { ...document.metadata, registry: 'other-0123456789ab' },
    }));
    const { refusals } = await judged(foreign);
    expect(refusals.map(({ code }) => code)).toContain('wrong-registry');
  });
});

describe('a new trust root', () => {
  it('is refused with a floor for a stage that there is not: it would hold nothing up', async () => {
    const plan = await nextRoot((spec) => ({ ...spec, floors: [{ to: 'production', approvals: 2 }] }));
    expectRefused(await judged(plan), 'trust-rule', 'floors: stages of mreg.yaml: dev, staging, prod; production');
    expectAccepted(await judged(await nextRoot((spec) => ({ ...spec, floors: [{ to: 'prod', approvals: 2 }] }))));
  });

  it('is refused with the signatures of the new one alone, or of the old one alone', async () => {
    const replaced = await nextRoot((spec) => withKeys(spec, { ann: 'ann-2', bob: 'bob-2' }));
    expectRefused(await judged(replaced, asBoth), 'threshold', 'trust root version 2');
    const text = replaced.edits.get(ROOT_PATH) ?? '';
    const bob = { [`${ROOT_PATH}.approvals/${idOf('bob')}.sig`]: await approvalBy('bob-2', text) };
    expectRefused(await judged(replaced, { by: 'ann-2', with: bob }), 'threshold', 'trust root version 1');
  });

  it('is accepted with the signatures of both, also when somebody replaces their own key', async () => {
    const { world, registered } = story;
    const plan = await nextRoot((spec) => withKeys(spec, { ann: 'ann-2' }));
    const text = plan.edits.get(ROOT_PATH) ?? '';
    const second = { [`${ROOT_PATH}.approvals/${idOf('ann')}.new.sig`]: await approvalBy('ann-2', text) };
    const rotated = await world.carryOut(registered, plan, { by: 'ann', approvedBy: ['bob'], with: second });
    expectAccepted(await world.judge(rotated));
    expectRefused(await judged(plan, { by: 'ann', approvedBy: ['bob'] }), 'threshold', 'trust root version 2');
  });

  it('takes a key away at once: what it signs afterwards is refused', async () => {
    const { world, registered } = story;
    const without = await nextRoot((spec) => withKeys(spec, { eve: 'eve-2' }));
    const later = await world.land(registered, without, asBoth);
    const plan = await measurement(world, later);
    expectRefused(await world.judge(await world.carryOut(later, plan, { by: 'eve' })), 'unknown-key');
    expectAccepted(await world.judge(await world.carryOut(later, plan, { by: 'eve-2' })));
  });

  it('is refused when it has expired by the clock of the judge', async () => {
    const plan = await nextRoot((spec) => ({ ...spec, expires: START.toISOString().replace('.000', '') }));
    expectRefused(await judged(plan), 'expired', 'expires after 2026-01-05T10:00:00.000Z');
  });

  it('is refused when it is of another registry', async () => {
    const plan = altered(await nextRoot(), { kind: 'TrustRoot', path: ROOT_PATH }, (document) => ({
      ...document,
      metadata: { registry: 'other-0123456789ab' },
    }));
    const { refusals } = await judged(plan);
    expect(refusals.map(({ code }) => code)).toContain('wrong-registry');
  });

  it('is refused with allowed_signers that say anything else, or nothing', async () => {
    const { world, registered } = story;
    const path = 'trust/allowed_signers';
    for (const content of [`${idOf('mallory')} namespaces="git,mreg.*" ${keyLineOf('mallory')}\n`, null]) {
      expectRefused(await judged(await nextRoot(), { ...asBoth, with: { [path]: content } }), 'derived-file', path);
      const alone = await world.judge(await world.commit(registered, { [path]: content }));
      expectRefused(alone, ['chain', 'derived-file'], path);
    }
  });

  it('is refused when it is unsound in itself', async () => {
    const shared = await nextRoot((spec) => withKeys(spec, { zoe: 'ann' }));
    const { refusals } = await judged(shared);
    expect(refusals).toContainEqual(expect.objectContaining({ code: 'trust-rule', path: ROOT_PATH }));
  });
});

/** Gives people other keys. */
function withKeys(spec: TrustRootDocument['spec'], keys: Readonly<Record<string, string>>): TrustRootDocument['spec'] {
  const principals = spec.principals.map((principal) => {
    const key = keys[principal.id.replace('@example.org', '')];
    return key === undefined ? principal : { ...principal, keys: [keyLineOf(key)] };
  });
  return { ...spec, principals };
}

describe('mreg.yaml', () => {
  it.each([
    ['another name', { name: 'other' }, 'name: acme; other'],
    ['another branch', { branch: 'trunk' }, 'branch: main; trunk'],
    ['a stage less', { stages: ['dev', 'prod'] }, 'dev, staging, prod; dev, prod'],
    ['its stages in another order', { stages: ['dev', 'prod', 'staging'] }, 'dev, prod, staging'],
  ])('is refused with %s', async (_what, change, about) => {
    const plan = await settingsChange(story.world, story.registered, () => change);
    expectRefused(await judged(plan), 'immutable', about);
  });

  it('may get new stages and other stores', async () => {
    const stages = ['dev', 'staging', 'canary', 'prod'];
    expectAccepted(await judged(await settingsChange(story.world, story.registered, () => ({ stages, stores: [] }))));
  });
});

describe('an expired trust root', () => {
  const late = { now: new Date('2030-01-01T00:00:00Z') };

  it('vouches for nobody: whatever is not its renewal is refused', async () => {
    const { world, registered } = story;
    const plan = await measurement(world, registered, late);
    expectRefused(await judged(plan, { by: 'eve', ...late }), 'expired', 'expired 2030-01-01T00:00:00Z');
    expectRefused(await judged(await describedPolicy(), { ...asBoth, ...late }), 'expired');
  });

  it('is renewed by its own keys', async () => {
    const plan = await nextRoot((spec) => ({ ...spec, expires: '2031-01-01T00:00:00Z' }));
    expectAccepted(await judged(plan, { ...asBoth, ...late }));
  });

  it('is judged by the clock of the judge, whatever the commit says', async () => {
    const { world, registered } = story;
    const plan = await measurement(world, registered);
    const backdated = await world.carryOut(registered, plan, { by: 'eve', now: START });
    expectRefused(await world.judge(backdated, late), 'expired');
  });
});

describe('the commits of a registry that asks for signed ones', () => {
  it('are refused unsigned, by a stranger, or with a signature of other bytes; not where nothing governed changes', async () => {
    const { world, registered } = await storyUpTo('registered', { settings: { commits: 'signed' } });
    const plan = await registration(world, registered, { auc: 0.95 });
    expectAccepted(await world.judge(await world.carryOut(registered, plan, { by: 'reg' })));
    expectAccepted(await world.judge(await world.carryOut(registered, plan, { by: 'reg', committer: 'zoe' })));
    const unsigned = await world.carryOut(registered, plan, { by: 'reg', committer: null });
    expectRefused(await world.judge(unsigned), 'unsigned-commit', 'no signature');
    const stranger = await world.carryOut(registered, plan, { by: 'reg', committer: 'mallory' });
    expectRefused(await world.judge(stranger), 'unsigned-commit', 'a key of trust/root.yaml');
    const before = await world.at(registered);
    const staged = { ...(await world.at(unsigned)), commit: undefined };
    const context = { source: world.repository, now: START, pinnedRoot: world.pinnedRoot };
    expectAccepted(await admit({ before, after: staged, commit: undefined }, context));
    const own = await world.commit(registered, { 'README.md': 'mine' }, { committer: null });
    expectAccepted(await world.judge(own));
  });
});
