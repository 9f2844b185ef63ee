import { evidencePath, holdPath, modelPath, stageDirectory, versionPath } from '../../src/documents/paths.ts';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import {
  alteredStage,
  barring,
  measurement,
  policyChange,
  promotion,
  registration,
  trustChange,
} from '../support/moves.ts';
import { idOf, POLICY as RULES, signerOf, someDigest, type CommitWish, type Edits } from '../support/world.ts';
import type { Push, PushAttack } from './attack.ts';
import { restoring } from './checkout.ts';
import { BOTH, rewritten, rewrittenRequest } from './lies.ts';
import type { Scene } from './scene.ts';

const V1 = 'registry/fraud/versions/v1';
const V2 = 'registry/fraud/versions/v2';
const VERSION = versionPath('fraud', 'v1');
const EVIDENCE = evidencePath('fraud', 'v1', { kind: 'offline', sequence: 1 });
const STAGING = stageDirectory('fraud', 'staging');
const PROD = stageDirectory('fraud', 'prod');
const POLICY = 'policies/default.yaml';
const DAY_MS = 24 * 60 * 60 * 1000;

/** A commit by hand on the state where v1 is in prod and v2 in dev. */
function byHand(
  edits: (scene: Scene) => Promise<Edits> | Edits,
  wish: CommitWish = {},
): (scene: Scene) => Promise<Push> {
  return async (scene) => {
    const { world, story } = scene;
    return { base: story.second, tip: await world.commit(story.second, await edits(scene), wish) };
  };
}

/** A document put elsewhere with its signature. */
function moved(from: string, to: string, wish: { readonly stays?: boolean } = {}): (scene: Scene) => Promise<Push> {
  return byHand(async ({ world, story }) => {
    const gone = wish.stays === true ? {} : { [from]: null, [`${from}.sig`]: null };
    const [text, signature] = [await world.read(story.second, from), await world.read(story.second, `${from}.sig`)];
    return { ...gone, [to]: text, [`${to}.sig`]: signature };
  });
}

/** A document written anew by somebody who may write such documents, and signed again. */
function resigned(path: string, by: string, namespace: string, [from, to]: readonly [string, string]) {
  return byHand(async ({ world, story }) => {
    const text = (await world.read(story.second, path)).replace(from, to);
    return { [path]: text, [`${path}.sig`]: await createSignature(signerOf(by), namespace, text) };
  });
}

const without = (...paths: readonly string[]): Edits => Object.fromEntries(paths.map((path) => [path, null]));

/** A folder removed with everything in it. */
function folderGone(folder: string): (scene: Scene) => Promise<Push> {
  return byHand(({ world, story }) => restoring(world, folder, { from: story.second, to: world.first }));
}

async function held({ world, story, then }: Scene): Promise<string> {
  return world.land(story.second, await barring(world, story.second, { version: 'v2', now: then }), {
    by: 'oli',
    now: then,
  });
}

const APPENDED: readonly PushAttack[] = (
  [
    {
      variant: 'a version changed and signed again by its registrar',
      code: 'immutable',
      about: VERSION,
      make: resigned(VERSION, 'reg', 'mreg.model-version.v1', ['model.onnx', 'other.onnx']),
    },
    {
      variant: 'a version removed',
      code: 'immutable',
      about: VERSION,
      make: byHand(() => without(VERSION, `${VERSION}.sig`, EVIDENCE, `${EVIDENCE}.sig`)),
    },
    {
      variant: 'the signature of a version removed',
      code: 'immutable',
      about: `${VERSION}.sig`,
      make: byHand(() => without(`${VERSION}.sig`)),
    },
    {
      variant: 'the signature of a version exchanged for another valid one',
      code: 'immutable',
      about: `${VERSION}.sig`,
      make: byHand(async ({ world, story }) => ({
        [`${VERSION}.sig`]: await createSignature(
          signerOf('ann'),
          'mreg.model-version.v1',
          await world.read(story.second, VERSION),
        ),
      })),
    },
    {
      variant: 'a version renumbered',
      code: ['immutable', 'path-mismatch'],
      about: VERSION,
      make: moved(VERSION, versionPath('fraud', 'v3')),
    },
    {
      variant: 'a version copied to the next number',
      code: 'path-mismatch',
      about: 'metadata.version',
      make: moved(VERSION, versionPath('fraud', 'v3'), { stays: true }),
    },
    {
      variant: 'a number of versions left out',
      code: 'sequence',
      about: 'the next version, v3',
      make: byHand(async ({ world, story, then }) => {
        const plan = await registration(world, story.second, { now: then, auc: 0.97 });
        const path = versionPath('fraud', 'v3');
        const text = String(plan.edits.get(path)).replace('version: v3', 'version: v4');
        const to = versionPath('fraud', 'v4');
        return { [to]: text, [`${to}.sig`]: await createSignature(signerOf('reg'), 'mreg.model-version.v1', text) };
      }),
    },
    {
      variant: 'a measurement changed and signed again',
      code: 'immutable',
      about: EVIDENCE,
      make: resigned(EVIDENCE, 'eve', 'mreg.evidence.v1', ['0.9', '0.99']),
    },
    {
      variant: 'a measurement removed',
      code: 'immutable',
      about: EVIDENCE,
      make: byHand(() => without(EVIDENCE, `${EVIDENCE}.sig`)),
    },
    {
      variant: 'a measurement removed with a whole folder',
      code: 'immutable',
      about: `${V2}/evidence`,
      make: folderGone(`${V2}/evidence`),
    },
    { variant: 'a measurement that leaves a number out', code: 'sequence', about: 'number 2', make: renumbered(3) },
    { variant: 'a second measurement with a used number', code: 'immutable', about: EVIDENCE, make: renumbered(1) },
    {
      variant: 'a measurement copied to the next number, to be the newest',
      code: 'path-mismatch',
      about: 'metadata.sequence',
      make: moved(EVIDENCE, EVIDENCE.replace('-1', '-2'), { stays: true }),
    },
    {
      variant: 'a hold removed',
      code: 'immutable',
      about: 'holds/1.yaml',
      make: async (scene) => {
        const base = await held(scene);
        const path = holdPath('fraud', 'v2', 1);
        return { base, tip: await scene.world.commit(base, without(path, `${path}.sig`)) };
      },
    },
    {
      variant: 'a hold turned into a release',
      code: 'immutable',
      about: 'holds/1.yaml',
      make: async (scene) => {
        const base = await held(scene);
        const path = holdPath('fraud', 'v2', 1);
        const text = (await scene.world.read(base, path)).replace('action: hold', 'action: release');
        return {
          base,
          tip: await scene.world.commit(base, {
            [path]: text,
            [`${path}.sig`]: await createSignature(signerOf('olga'), 'mreg.hold.v1', text),
          }),
        };
      },
    },
    {
      variant: 'a release of before, copied to free the version again',
      code: 'path-mismatch',
      about: 'metadata.sequence',
      make: async (scene) => {
        const { world, then } = scene;
        const once = await held(scene);
        const release = await barring(world, once, { version: 'v2', now: then, action: 'release', by: 'olga' });
        const freed = await world.land(once, release, { by: 'olga', approvedBy: ['rita'], now: then });
        const base = await world.land(freed, await barring(world, freed, { version: 'v2', now: then }), {
          by: 'oli',
          now: then,
        });
        const [from, to] = [holdPath('fraud', 'v2', 2), holdPath('fraud', 'v2', 4)];
        const names = ['', '.sig', `.approvals/${idOf('rita')}.sig`];
        const files = await Promise.all(
          names.map(async (name) => [to + name, await world.read(base, from + name)] as const),
        );
        return { base, tip: await world.commit(base, Object.fromEntries(files)) };
      },
    },
    {
      variant: 'a release by one where two people must sign',
      code: 'threshold',
      about: 'holds/2.yaml',
      make: async (scene) => {
        const base = await held(scene);
        const plan = await barring(scene.world, base, {
          version: 'v2',
          now: scene.then,
          action: 'release',
          by: 'olga',
        });
        return { base, tip: await scene.world.carryOut(base, plan, { by: 'olga' }) };
      },
    },
    { variant: 'a pointer removed', code: 'immutable', about: `${PROD}/stage.yaml`, make: folderGone(PROD) },
    {
      variant: 'the request of a stage removed',
      code: 'ungoverned-shape',
      about: `${PROD}/promotion.yaml`,
      make: byHand(() => without(`${PROD}/promotion.yaml`, `${PROD}/promotion.yaml.sig`)),
    },
    {
      variant: 'a model removed',
      code: ['immutable', 'missing-file', 'mixed-change'],
      about: VERSION,
      make: folderGone('registry/fraud'),
    },
    {
      variant: 'the document of a model removed',
      code: 'missing-file',
      about: modelPath('fraud'),
      make: byHand(() => without(modelPath('fraud'), `${modelPath('fraud')}.sig`)),
    },
    {
      variant: 'a file of nobody beside a version',
      code: 'ungoverned-shape',
      about: `${V1}/notes.txt`,
      make: byHand(() => ({ [`${V1}/notes.txt`]: 'mine' })),
    },
    {
      variant: 'an earlier document of a model put back with its valid signature',
      code: 'replay',
      about: modelPath('fraud'),
      make: async ({ world, story }) => {
        const path = modelPath('fraud');
        const old = [await world.read(story.second, path), await world.read(story.second, `${path}.sig`)] as const;
        const text = `${old[0]}  description: "better"\n`;
        const base = await world.commit(
          story.second,
          { [path]: text, [`${path}.sig`]: await createSignature(signerOf('olga'), 'mreg.model.v1', text) },
          { by: 'olga' },
        );
        return { base, tip: await world.commit(base, { [path]: old[0], [`${path}.sig`]: old[1] }, { by: 'pam' }) };
      },
    },
  ] as readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'append-only', ...attack }));

/** A measurement of v1 that eve signs, with a number of the attacker's choice. */
function renumbered(sequence: number): (scene: Scene) => Promise<Push> {
  return byHand(async ({ world, story, then }) => {
    const [[path, text] = ['', '']] = [...(await measurement(world, story.second, { now: then })).edits];
    const [to, lie] = [
      path.replace('-2', `-${String(sequence)}`),
      String(text).replace('sequence: 2', `sequence: ${String(sequence)}`),
    ];
    return { [to]: lie, [`${to}.sig`]: await createSignature(signerOf('eve'), 'mreg.evidence.v1', lie) };
  });
}

/** The promotion of v2 into staging by pam, with a lie where a test says so. */
function asked(
  change: (plan: CommitPlan, scene: Scene) => CommitPlan | Promise<CommitPlan> = (same) => same,
  wish: {
    readonly base?: (scene: Scene) => Promise<string>;
    readonly with?: (scene: Scene) => Promise<Edits>;
    readonly now?: (scene: Scene) => Date;
  } = {},
): (scene: Scene) => Promise<Push> {
  return async (scene) => {
    const { world, story } = scene;
    const base = (await wish.base?.(scene)) ?? story.second;
    const plan = await promotion(world, base, { version: 'v2', now: wish.now?.(scene) ?? scene.then });
    const along = (await wish.with?.(scene)) ?? {};
    return { base, tip: await world.carryOut(base, await change(plan, scene), { by: 'pam', with: along }) };
  };
}

const said = (from: string, to: string) => asked((plan) => rewrittenRequest(plan, STAGING, [from, to]));

/** Replaces the value of a field, whatever it is. */
function field(name: string, to: string) {
  return asked((plan) => {
    const text = String(plan.edits.get(`${STAGING}/promotion.yaml`));
    const found = new RegExp(`^ +${name}: .*$`, 'm').exec(text)?.[0];
    if (found === undefined) throw new Error(`no ${name} in ${text}`);
    return rewrittenRequest(plan, STAGING, [found, found.replace(/: .*/, `: ${to}`)]);
  });
}

/** Adds a measurement of v2 after the promotion was planned, so that it rests on an older one. */
async function overtaken(scene: Scene): Promise<Push> {
  const { world, story, then } = scene;
  const plan = await promotion(world, story.second, { version: 'v2', now: then });
  const newer = await measurement(world, story.second, { version: 'v2', now: then, metrics: { auc: 0.85 } });
  const base = await world.land(story.second, newer, { by: 'eve', now: then });
  return { base, tip: await world.carryOut(base, plan, { by: 'pam' }) };
}

async function worse({ world, story, then }: Scene): Promise<string> {
  const plan = await measurement(world, story.second, { version: 'v2', now: then, metrics: { auc: 0.5 } });
  return world.land(story.second, plan, { by: 'eve', now: then });
}

const DOCTORED: readonly PushAttack[] = (
  [
    {
      variant: 'a recorded check made better',
      code: 'checks',
      about: 'promotion.yaml: auc',
      make: said('observed: 0.95', 'observed: 0.99'),
    },
    {
      variant: 'a recorded check turned from fail to pass',
      code: ['checks', 'gate'],
      about: 'promotion.yaml: auc',
      make: asked((plan) => rewrittenRequest(plan, STAGING, ['verdict: fail', 'verdict: pass']), { base: worse }),
    },
    {
      variant: 'a recorded check that no policy asks for',
      code: 'checks',
      about: 'promotion.yaml: other',
      make: said('gate: auc', 'gate: other'),
    },
    {
      variant: 'a gate that does not pass',
      code: 'gate',
      about: 'promotion.yaml: auc',
      make: asked((same) => same, { base: worse }),
    },
    {
      variant: 'a measurement in the same commit, better and unsigned',
      code: ['missing-signature', 'mixed-change'],
      about: 'no other change to its model',
      make: asked((same) => same, {
        base: worse,
        with: async ({ world, story, then }) => ({
          [`${V2}/evidence/offline-3.yaml`]: String(
            [...(await measurement(world, story.second, { version: 'v2', now: then })).edits.values()][0],
          ).replace('sequence: 2', 'sequence: 3'),
        }),
      }),
    },
    { variant: 'a measurement older than the newest', code: 'checks', about: 'evidence', make: overtaken },
    {
      variant: 'a measurement of other bytes',
      code: 'subject',
      about: 'the artifact of fraud@v2',
      make: async ({ world, story, then }) => {
        const plan = await measurement(world, story.second, { version: 'v2', now: then });
        const [path = ''] = [...plan.edits.keys()];
        const digest = /subject: .*/.exec(String(plan.edits.get(path)))?.[0] ?? '';
        return {
          base: story.second,
          tip: await world.carryOut(story.second, rewritten(plan, path, [digest, `subject: "${someDigest}"`]), {
            by: 'eve',
          }),
        };
      },
    },
    {
      variant: 'a measurement outside of its metric’s range',
      code: 'number-range',
      about: 'auc',
      make: async ({ world, story, then }) => ({
        base: story.second,
        tip: await world.carryOut(
          story.second,
          await measurement(world, story.second, { version: 'v2', now: then, metrics: { auc: 1.5 } }),
          { by: 'eve' },
        ),
      }),
    },
    {
      variant: 'evidence that names another measurement',
      code: ['checks'],
      about: 'evidence',
      make: asked((plan) => {
        const text = String(plan.edits.get(`${STAGING}/promotion.yaml`));
        const [, digest = ''] = /evidence:\n[^]*?(sha256:[0-9a-f]{64})/.exec(text) ?? [];
        return rewrittenRequest(plan, STAGING, [digest, someDigest]);
      }),
    },
    {
      variant: 'another version of the policy',
      code: 'policy',
      about: 'policy: ',
      make: field('policy', `"${someDigest}"`),
    },
    { variant: 'another version of the trust root', code: 'policy', about: 'trust: ', make: field('trust', '2') },
    {
      variant: 'other bytes than those of the version',
      code: 'chain',
      about: 'artifact',
      make: field('artifact', `"${someDigest}"`),
    },
    {
      variant: 'another version document',
      code: 'chain',
      about: 'versionDigest',
      make: field('versionDigest', `"${someDigest}"`),
    },
    { variant: 'another version to go back to', code: 'chain', about: 'rollbackTo', make: field('rollbackTo', 'v2') },
    {
      variant: 'a request in the name of somebody else',
      code: 'signer-mismatch',
      about: 'spec.requestedBy',
      make: field('requestedBy', idOf('rex')),
    },
    {
      variant: 'a stage skipped',
      code: ['gate', 'stage-order'],
      about: 'from staging to prod',
      make: async ({ world, story, then }) => ({
        base: story.second,
        tip: await world.carryOut(
          story.second,
          await promotion(world, story.second, { version: 'v2', stage: 'prod', from: 'dev', now: then }),
          { by: 'pam', approvedBy: ['rita'] },
        ),
      }),
    },
    {
      variant: 'a version that does not stand where it comes from',
      code: 'stage-order',
      about: 'the version in dev',
      make: async ({ world, story, then }) => ({
        base: story.second,
        tip: await world.carryOut(story.second, await promotion(world, story.second, { version: 'v1', now: then }), {
          by: 'pam',
        }),
      }),
    },
    {
      variant: 'a version that is held',
      code: 'gate',
      about: 'promotion.yaml',
      make: asked((same) => same, { base: held }),
    },
    {
      variant: 'a request that has expired',
      code: ['clock', 'expired'],
      about: 'clock of this machine',
      make: asked((same) => same, { now: ({ then }) => new Date(then.getTime() - 20 * DAY_MS) }),
    },
    {
      variant: 'a request that stays open for ever',
      code: 'policy',
      about: 'at most 14 days',
      make: field('expiresAt', '"2098-01-01T00:00:00Z"'),
    },
    {
      variant: 'a request from the future',
      code: 'clock',
      about: 'clock of this machine',
      make: asked((same) => same, { now: ({ then }) => new Date(then.getTime() + DAY_MS) }),
    },
    {
      variant: 'a pointer to other bytes than the request',
      code: 'schema',
      about: 'digest',
      make: asked((plan) => alteredStage(plan, (spec) => ({ ...spec, digest: someDigest }))),
    },
    {
      variant: 'a pointer that gives all traffic to nobody',
      code: 'schema',
      about: 'stage.yaml',
      make: asked((plan) =>
        alteredStage(plan, (spec) => ({ ...spec, slots: { blue: spec.slots.green, green: spec.slots.blue } })),
      ),
    },
    {
      variant: 'a pointer of another request',
      code: ['chain'],
      about: 'spec.promotion',
      make: asked((plan) => alteredStage(plan, (spec) => ({ ...spec, promotion: someDigest }))),
    },
    {
      variant: 'a decision of nobody along with it',
      code: 'ungoverned-shape',
      about: 'decision.yaml',
      make: asked((same) => same, {
        with: () => Promise.resolve({ [`${STAGING}/decision.yaml`]: 'kind: Decision\n' }),
      }),
    },
  ] as readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'doctored-promotion', ...attack }));

/** Rules that ask for nothing on the way to prod. */
const NOTHING: PolicyDocument['spec'] = {
  ...RULES,
  transitions: RULES.transitions.map((one) => ({ ...one, gates: [] })),
};

/** v2 asks for prod with nobody's approval, on a state. */
const unapproved = async ({ world, then }: Scene, base: string): Promise<CommitPlan> =>
  promotion(world, base, { version: 'v2', stage: 'prod', now: then });

const WEAKENED: readonly PushAttack[] = (
  [
    {
      variant: 'in the same commit',
      code: ['gate', 'mixed-change'],
      about: [POLICY, 'alone in its commit'],
      make: async (scene) => {
        const { world, story } = scene;
        const weak = await world.signed(
          story.following,
          await policyChange(world, story.following, () => NOTHING),
          BOTH,
        );
        return {
          base: story.following,
          tip: await world.carryOut(story.following, await unapproved(scene, story.following), {
            by: 'pam',
            with: weak,
          }),
        };
      },
    },
    {
      variant: 'before it in one push, by one who may sign policies',
      code: 'threshold',
      about: POLICY,
      make: async (scene) => {
        const { world, story } = scene;
        const weak = await world.carryOut(story.following, await policyChange(world, story.following, () => NOTHING), {
          by: 'ann',
        });
        return { base: story.following, tip: await world.carryOut(weak, await unapproved(scene, weak), { by: 'pam' }) };
      },
    },
    {
      variant: 'after it in one push, by all who may',
      code: 'gate',
      about: ['promotion.yaml: review', '1 later commit'],
      make: async (scene) => {
        const { world, story } = scene;
        const moved = await world.carryOut(story.following, await unapproved(scene, story.following), { by: 'pam' });
        return {
          base: story.following,
          tip: await world.carryOut(moved, await policyChange(world, story.following, () => NOTHING), BOTH),
        };
      },
    },
    {
      variant: 'by all who may, for a request made under the old one',
      code: ['checks', 'policy'],
      about: 'promotion.yaml',
      make: async (scene) => {
        const { world, story, then } = scene;
        const plan = await unapproved(scene, story.following);
        const base = await world.land(story.following, await policyChange(world, story.following, () => NOTHING), {
          ...BOTH,
          now: then,
        });
        return { base, tip: await world.carryOut(base, plan, { by: 'pam' }) };
      },
    },
    {
      variant: 'by a second policy that asks for nothing',
      code: 'gate',
      about: 'promotion.yaml: review',
      make: async (scene) => {
        const { world, story, then } = scene;
        const path = 'policies/extra.yaml';
        const metadata = { registry: world.registry, name: 'extra', version: 1, previous: 'none' };
        const text = writeYaml({
          apiVersion: 'mreg.dev/v1',
          kind: 'Policy',
          metadata,
          spec: { ...NOTHING, metrics: RULES.metrics ?? {} },
        });
        const plan: CommitPlan = {
          edits: new Map([[path, text]]),
          signatures: [{ path, namespace: 'mreg.policy.v1' }],
          subject: 'More',
          trailers: {},
        };
        const base = await world.land(story.following, plan, { ...BOTH, now: then });
        return { base, tip: await world.carryOut(base, await unapproved(scene, base), { by: 'pam' }) };
      },
    },
    {
      variant: 'below the floor of the trust root',
      code: 'gate',
      about: 'floor',
      make: async (scene) => {
        const { world, story, then } = scene;
        const floors = [{ to: 'prod', approvals: 1 }];
        const floored = await world.land(
          story.following,
          await trustChange(world, story.following, (spec) => ({ ...spec, floors })),
          { ...BOTH, now: then },
        );
        const base = await world.land(floored, await policyChange(world, floored, () => NOTHING), {
          ...BOTH,
          now: then,
        });
        return { base, tip: await world.carryOut(base, await unapproved(scene, base), { by: 'pam' }) };
      },
    },
    {
      variant: 'by a merge that brings both',
      code: ['checks', 'gate', 'mixed-change', 'policy', 'replay'],
      about: 'alone in its commit',
      make: async (scene) => {
        const { world, story } = scene;
        const weak = await world.carryOut(
          story.following,
          await policyChange(world, story.following, () => NOTHING),
          BOTH,
        );
        const moved = await world.carryOut(weak, await unapproved(scene, weak), { by: 'pam' });
        const { tree } = await world.repository.readCommit(moved);
        const { commitTree } = await import('../support/world.ts');
        return {
          base: story.following,
          tip: await commitTree(world.repository, {
            tree,
            parents: [story.following],
            wish: { merging: [moved], by: 'pam' },
          }),
        };
      },
    },
    {
      variant: 'by its removal',
      code: 'immutable',
      about: POLICY,
      make: byHand(() => without(POLICY, `${POLICY}.sig`, `${POLICY}.approvals`)),
    },
    {
      variant: 'by a name that its stage does not have',
      code: 'policy',
      about: 'stages of mreg.yaml',
      make: async ({ world, story }) => ({
        base: story.second,
        tip: await world.carryOut(
          story.second,
          await policyChange(world, story.second, (spec) => ({
            ...spec,
            transitions: spec.transitions.map((one) => (one.to === 'prod' ? { ...one, to: 'production' } : one)),
          })),
          BOTH,
        ),
      }),
    },
    {
      variant: 'with a role granted to the requester in the same commit',
      code: ['gate', 'mixed-change'],
      about: 'trust/root.yaml',
      make: async (scene) => {
        const { world, story } = scene;
        const grant = await trustChange(world, story.following, (spec) => ({
          ...spec,
          roles: [...spec.roles, { role: 'reviewer', principals: [idOf('zoe')], models: ['*'] }],
        }));
        const files = await world.signed(story.following, grant, BOTH);
        return {
          base: story.following,
          tip: await world.carryOut(story.following, await unapproved(scene, story.following), {
            by: 'pam',
            approvedBy: ['zoe'],
            with: files,
          }),
        };
      },
    },
    {
      variant: 'by dropping the stages that stand in the way',
      code: 'immutable',
      about: 'stages',
      make: byHand(async ({ world, story }) => {
        const { settingsChange } = await import('../support/moves.ts');
        return world.signed(
          story.second,
          await settingsChange(world, story.second, () => ({ stages: ['dev', 'prod'] })),
          BOTH,
        );
      }),
    },
  ] as readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'policy-weakened', ...attack }));

/** Attacks on what may be added and changed, and on what it rests. */
export const TRIED: readonly PushAttack[] = [...APPENDED, ...DOCTORED, ...WEAKENED];
