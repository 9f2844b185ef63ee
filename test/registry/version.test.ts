import { beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/documents/digest.ts';
import type { ModelVersionDocument } from '../../src/documents/kinds/model-version.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { registration } from '../support/moves.ts';
import { expectAccepted, expectRefused, storyUpTo, type Story } from '../support/story.ts';
import { altered, idOf, someDigest, type CommitWish, type Edits } from '../support/world.ts';

const VERSION = 'registry/fraud/versions/v2/version.yaml';
const asRegistrar = { by: 'reg' } as const;

let story: Story;
/** The registration of v2. */
let next: CommitPlan;
beforeAll(async () => {
  story = await storyUpTo('registered');
  next = await registration(story.world, story.registered, { auc: 0.95 });
});

async function judged(plan: CommitPlan, wish: CommitWish = asRegistrar, parent = story.registered) {
  const { world } = story;
  return world.judge(await world.carryOut(parent, plan, wish));
}

/** The registration without the pointer, which follows from it: one lie at a time. */
function alone(plan: CommitPlan): CommitPlan {
  const isVersion = (path: string): boolean => path.includes('/versions/') && path.endsWith('version.yaml');
  return {
    ...plan,
    edits: new Map([...plan.edits].filter(([path]) => isVersion(path))),
    signatures: plan.signatures.filter(({ path }) => isVersion(path)),
  };
}

type Spec = ModelVersionDocument['spec'];

function lie(change: (spec: Spec) => Spec): CommitPlan {
  return altered(alone(next), { kind: 'ModelVersion', path: VERSION }, (document) => ({
    ...document,
    spec: change(document.spec),
  }));
}

const artifact = (change: (artifact: Spec['artifact']) => Partial<Spec['artifact']>) => (spec: Spec) => ({
  ...spec,
  artifact: { ...spec.artifact, ...change(spec.artifact) },
});

describe('a version', () => {
  it('is accepted as the next one, with its evidence and the first stage', async () => {
    const verdict = await judged(next);
    expectAccepted(verdict);
    expect(verdict.changes).toContainEqual({ action: 'register', model: 'fraud', version: 'v2', by: idOf('reg') });
  });

  it.each([
    ['is skipped', 'v3', 'the next version, v2; v3'],
    ['is far away', 'v999999999', 'the next version, v2; v999999999'],
  ])('is refused when a number %s', async (_what, name, about) => {
    const plan = alone(next);
    const path = VERSION.replace('v2', name);
    const text = String(plan.edits.get(VERSION)).replace('version: v2', `version: ${name}`);
    const skipping = { ...plan, edits: new Map([[path, text]]), signatures: [{ ...plan.signatures[0]!, path }] };
    expectRefused(await judged(skipping), 'sequence', about);
  });

  it.each([
    ['an owner', 'olga'],
    ['an evaluator', 'eve'],
    ['a registrar of other models', 'risky'],
    ['somebody without a role', 'zoe'],
  ])('is refused from %s', async (_what, by) => {
    const plan = alone(await registration(story.world, story.registered, { auc: 0.95, by }));
    expectRefused(await judged(plan, { by }), 'not-authorised', `a registrar of fraud; one by ${idOf(by)}`);
  });

  it.each([
    [
      'that somebody else registered it',
      (spec: Spec) => ({ ...spec, registeredBy: idOf('ann') }),
      'signer-mismatch',
      'registeredBy',
    ],
    ['another size', artifact(() => ({ size: 1 })), 'artifact', 'spec.artifact.size'],
    [
      'another digest',
      artifact(() => ({ digest: someDigest, uri: `file:///srv/models@${someDigest}` })),
      'artifact',
      'digest',
    ],
    [
      'a uri of other bytes',
      artifact(() => ({ uri: `file:///srv/models@${someDigest}` })),
      'artifact',
      'uri ending in',
    ],
    [
      'a store that mreg.yaml does not name',
      artifact(({ digest }) => ({ uri: `s3://elsewhere@${digest}` })),
      'artifact',
      's3:',
    ],
    [
      'a store whose name only begins alike',
      artifact(({ digest }) => ({ uri: `file:///srv/models2@${digest}` })),
      'artifact',
      'a store',
    ],
    [
      'a folder inside the store',
      artifact(({ digest }) => ({ uri: `file:///srv/models/x@${digest}` })),
      'artifact',
      'a store',
    ],
    [
      'a way out of the store',
      artifact(({ digest }) => ({ uri: `file:///srv/models/../../etc@${digest}` })),
      'artifact',
      'a store',
    ],
  ] as const)('is refused when it says %s', async (_what, change, code, about) => {
    expectRefused(await judged(lie(change)), code, about);
  });

  it('is refused when its files are others than those of its digest', async () => {
    const file = { path: 'model.onnx', digest: digestOf('evil') };
    const change = artifact(({ size }) => ({ files: [{ ...file, size }] }));
    expectRefused(await judged(lie(change)), 'artifact', 'digest');
  });

  it('is refused without model.yaml beside it', async () => {
    const { world, first } = { ...story, first: story.world.first };
    const plan = await registration(world, first);
    const files = await world.signed(first, plan, asRegistrar);
    const without = Object.fromEntries(Object.entries(files).filter(([path]) => !path.includes('model.yaml')));
    expectRefused(
      await world.judge(await world.commit(first, without, asRegistrar)),
      'missing-file',
      'fraud/model.yaml',
    );
  });

  it('is refused without a signature, or with a stranger’s', async () => {
    expectRefused(
      await judged(alone(next), { ...asRegistrar, with: { [`${VERSION}.sig`]: null } }),
      'missing-signature',
    );
    expectRefused(await judged(alone(next), { by: 'mallory' }), 'unknown-key');
  });

  it('does not need to move the first stage', async () => {
    expectAccepted(await judged(alone(next)));
  });
});

const V1 = 'registry/fraud/versions/v1';

describe('what was registered', () => {
  it.each([
    ['a version changed', { [`${V1}/version.yaml`]: 'text' }],
    ['a version removed', { [`${V1}/version.yaml`]: null }],
    ['a version replaced by a folder', { [`${V1}/version.yaml`]: null, [`${V1}/version.yaml/x`]: 'text' }],
    ['the signature of a version replaced', { [`${V1}/version.yaml.sig`]: 'text' }],
    ['evidence changed', { [`${V1}/evidence/offline-1.yaml`]: 'text' }],
    ['evidence removed', { [`${V1}/evidence/offline-1.yaml`]: null, [`${V1}/evidence/offline-1.yaml.sig`]: null }],
    ['the signature of evidence removed', { [`${V1}/evidence/offline-1.yaml.sig`]: null }],
  ] as readonly (readonly [string, Edits])[])('never changes: %s is refused', async (_what, edits) => {
    const { world, registered } = story;
    const { refusals } = await world.judge(await world.commit(registered, edits, asRegistrar));
    const [path = ''] = Object.keys(edits);
    expect(refusals).toContainEqual(expect.objectContaining({ code: 'immutable', path }));
    expect(refusals.filter(({ code }) => code !== 'immutable' && code !== 'ungoverned-shape')).toEqual([]);
  });

  it('is not registered again: the same bytes with a new signature are refused', async () => {
    const { world, registered } = story;
    const text = await world.read(registered, `${V1}/version.yaml`);
    const again = {
      edits: new Map([[VERSION, text]]),
      signatures: [{ path: VERSION, namespace: 'mreg.model-version.v1' }],
    };
    expectRefused(await judged({ ...alone(next), ...again }), 'path-mismatch', 'v2, as the path says');
  });
});
