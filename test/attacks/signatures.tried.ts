import { APPROVAL_NAMESPACE, NAMESPACE_OF } from '../../src/documents/kinds/index.ts';
import { evidencePath, holdPath, modelPath, promotionPath, stagePath, versionPath } from '../../src/documents/paths.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import { barring, measurement, promotion, registration } from '../support/moves.ts';
import { storyUpTo } from '../support/story.ts';
import { altered, idOf, signerOf, type CommitWish, type Edits } from '../support/world.ts';
import { addOrder } from '../signing/weak-points.ts';
import type { Push, PushAttack } from './attack.ts';
import { oddSignature, type OddSignature } from './odd-signature.ts';
import type { Scene } from './scene.ts';

const EVIDENCE = evidencePath('fraud', 'v2', { kind: 'offline', sequence: 2 });
const VERSION = versionPath('fraud', 'v3');
const PROD = stagePath('fraud', 'prod');

/** A document edited by hand: its signature stays what it was. */
function edited(path: string, from: string, to: string): (scene: Scene) => Promise<Push> {
  return async ({ world, story }) => {
    const text = await world.read(story.second, path);
    if (!text.includes(from)) throw new Error(`${path} holds no ${from}`);
    return { base: story.second, tip: await world.commit(story.second, { [path]: text.replace(from, to) }) };
  };
}

/** The next measurement of v2, as eve makes it but for what is said here. */
async function measured(
  { world, story, then }: Scene,
  wish: CommitWish & { readonly change?: (plan: CommitPlan) => CommitPlan; readonly signature?: Signing } = {},
): Promise<Push> {
  const plan = await measurement(world, story.second, { version: 'v2', now: then, by: wish.by ?? 'eve' });
  const changed = (wish.change ?? ((same) => same))(plan);
  const text = String(changed.edits.get(EVIDENCE));
  const along: Edits = wish.signature === undefined ? {} : { [`${EVIDENCE}.sig`]: await wish.signature(text) };
  const tip = await world.carryOut(story.second, changed, { by: 'eve', ...wish, with: { ...along, ...wish.with } });
  return { base: story.second, tip };
}

type Signing = (text: string) => string | null | Promise<string | null>;

/** A plan carried out by somebody, on the state where v2 is in dev. */
async function carriedOut({ world, story }: Scene, plan: Promise<CommitPlan>, wish: CommitWish): Promise<Push> {
  return { base: story.second, tip: await world.carryOut(story.second, await plan, wish) };
}

const at = (scene: Scene) => [scene.world, scene.story.second] as const;

const FOREIGN: readonly PushAttack[] = (
  [
    {
      variant: 'a pointer edited by hand',
      code: ['bad-signature', 'ungoverned-shape'],
      about: [PROD, 'stage.yaml changed on its own'],
      make: edited(PROD, 'strategy: canary', 'strategy: immediate'),
    },
    {
      variant: 'a policy edited by hand',
      code: ['bad-signature', 'chain', 'threshold'],
      about: 'policies/default.yaml',
      make: edited('policies/default.yaml', 'min: 0.8', 'min: 0.1'),
    },
    {
      variant: 'the trust root edited by hand',
      code: ['bad-signature', 'chain', 'threshold'],
      about: 'trust/root.yaml',
      make: edited('trust/root.yaml', 'root: 2', 'root: 1'),
    },
    {
      variant: 'mreg.yaml edited by hand',
      code: ['bad-signature', 'chain', 'threshold'],
      about: 'mreg.yaml',
      make: edited('mreg.yaml', 'file:///srv/models', 'file:///srv/others'),
    },
    {
      variant: 'a model edited by hand',
      code: 'bad-signature',
      about: modelPath('fraud'),
      make: edited(modelPath('fraud'), idOf('olga'), idOf('zoe')),
    },
    {
      variant: 'a version that nobody signed',
      code: 'missing-signature',
      about: VERSION,
      make: (scene) =>
        carriedOut(scene, registration(...at(scene), { now: scene.then, auc: 0.97 }), {
          by: 'reg',
          with: { [`${VERSION}.sig`]: null },
        }),
    },
    {
      variant: 'a measurement that nobody signed',
      code: 'missing-signature',
      about: EVIDENCE,
      make: (scene) => measured(scene, { signature: () => null }),
    },
    {
      variant: 'a hold that nobody signed',
      code: 'missing-signature',
      about: holdPath('fraud', 'v2', 1),
      make: (scene) =>
        carriedOut(scene, barring(...at(scene), { version: 'v2', now: scene.then }), {
          by: 'oli',
          with: { [`${holdPath('fraud', 'v2', 1)}.sig`]: null },
        }),
    },
    {
      variant: 'a promotion that nobody signed',
      code: 'missing-signature',
      about: promotionPath('fraud', 'staging'),
      make: (scene) =>
        carriedOut(scene, promotion(...at(scene), { version: 'v2', now: scene.then }), {
          by: 'pam',
          with: { [`${promotionPath('fraud', 'staging')}.sig`]: null },
        }),
    },
    {
      variant: 'the pointer of a promotion that nobody signed',
      code: 'missing-signature',
      about: stagePath('fraud', 'staging'),
      make: (scene) =>
        carriedOut(scene, promotion(...at(scene), { version: 'v2', now: scene.then }), {
          by: 'pam',
          with: { [`${stagePath('fraud', 'staging')}.sig`]: null },
        }),
    },
    {
      variant: 'the signature of another file',
      code: 'bad-signature',
      about: 'mismatch',
      make: async (scene) => {
        const other = await scene.world.read(
          scene.story.second,
          `${evidencePath('fraud', 'v2', { kind: 'offline', sequence: 1 })}.sig`,
        );
        return measured(scene, { signature: () => other });
      },
    },
    {
      variant: 'the signature of another model, over its bytes',
      code: 'path-mismatch',
      about: 'metadata.model',
      make: relabelled('model: fraud', 'model: score'),
    },
    {
      variant: 'the signature of another version, over its bytes',
      code: ['path-mismatch'],
      about: 'metadata.version',
      make: relabelled('version: v2', 'version: v1'),
    },
    {
      variant: 'the signature of another number, over its bytes',
      code: 'path-mismatch',
      about: 'metadata.sequence',
      make: relabelled('sequence: 2', 'sequence: 3'),
    },
    {
      variant: 'the promotion of another stage, with its signatures',
      code: ['path-mismatch'],
      about: 'spec.stage',
      make: async ({ world, story }) => {
        const files = ['promotion.yaml', 'promotion.yaml.sig', 'stage.yaml', 'stage.yaml.sig'];
        const from = await Promise.all(
          files.map((name) => world.read(story.second, `registry/fraud/stages/prod/${name}`)),
        );
        const copies = files.map(
          (name, index) => [`registry/fraud/stages/staging/${name}`, from[index] ?? ''] as const,
        );
        return { base: story.second, tip: await world.commit(story.second, Object.fromEntries(copies)) };
      },
    },
    {
      variant: 'a document of another registry with the same people and keys',
      code: 'wrong-registry',
      about: EVIDENCE,
      make: async (scene) => {
        const root = { expires: '2099-01-01T00:00:00Z', nonce: 'ffeeddccbbaa99887766554433221100' };
        const other = await storyUpTo('second', { root: (spec) => ({ ...spec, ...root }) }, scene.then);
        const plan = await measurement(other.world, other.second, { version: 'v2', now: scene.then });
        return { base: scene.story.second, tip: await scene.world.carryOut(scene.story.second, plan, { by: 'eve' }) };
      },
    },
    {
      variant: 'a document of another registry, signed by its own people',
      code: ['unknown-key', 'wrong-registry'],
      about: 'metadata.registry',
      make: (scene) =>
        measured(scene, {
          by: 'mallory',
          change: (plan) =>
            altered(plan, { kind: 'Evidence', path: EVIDENCE }, (document) => ({
              ...document,
              metadata: { ...document.metadata, registry: 'other-0123456789ab' },
            })),
        }),
    },
    {
      variant: 'a document of another kind in its place',
      code: 'unknown-kind',
      about: 'kind: Evidence',
      make: async ({ world, story }) => {
        const path = modelPath('fraud');
        const [text, signature] = [await world.read(story.second, path), await world.read(story.second, `${path}.sig`)];
        return {
          base: story.second,
          tip: await world.commit(story.second, { [EVIDENCE]: text, [`${EVIDENCE}.sig`]: signature }),
        };
      },
    },
    {
      variant: 'an approval in place of the author’s signature',
      code: 'bad-signature',
      about: 'purpose',
      make: (scene) =>
        measured(scene, { signature: (text) => createSignature(signerOf('eve'), APPROVAL_NAMESPACE, text) }),
    },
    {
      variant: 'a signature made for git in place of the author’s',
      code: 'bad-signature',
      about: 'purpose',
      make: (scene) => measured(scene, { signature: (text) => createSignature(signerOf('eve'), 'git', text) }),
    },
    {
      variant: 'a signature made for another kind of document',
      code: 'bad-signature',
      about: 'purpose',
      make: (scene) =>
        measured(scene, { signature: (text) => createSignature(signerOf('eve'), NAMESPACE_OF.ModelVersion, text) }),
    },
    {
      variant: 'the signature of a stranger',
      code: 'unknown-key',
      about: EVIDENCE,
      make: (scene) => measured(scene, { by: 'mallory' }),
    },
    {
      variant: 'a document that names somebody else as its author',
      code: 'signer-mismatch',
      about: 'spec.producedBy',
      make: (scene) =>
        measured(scene, {
          by: 'reg',
          change: (plan) =>
            altered(plan, { kind: 'Evidence', path: EVIDENCE }, (document) => ({
              ...document,
              spec: { ...document.spec, producedBy: idOf('eve') },
            })),
        }),
    },
    {
      variant: 'a measurement by somebody without a role',
      code: 'not-authorised',
      about: EVIDENCE,
      make: (scene) => measured(scene, { by: 'zoe' }),
    },
    {
      variant: 'a measurement by somebody with the role for other models',
      code: 'not-authorised',
      about: EVIDENCE,
      make: (scene) => measured(scene, { by: 'risky' }),
    },
    {
      variant: 'a version by an evaluator',
      code: 'not-authorised',
      about: VERSION,
      make: (scene) =>
        carriedOut(scene, registration(...at(scene), { now: scene.then, auc: 0.97, by: 'eve' }), { by: 'eve' }),
    },
    {
      variant: 'a promotion by a registrar',
      code: 'not-authorised',
      about: 'a promoter of fraud',
      make: (scene) =>
        carriedOut(scene, promotion(...at(scene), { version: 'v2', now: scene.then, by: 'reg' }), { by: 'reg' }),
    },
    {
      variant: 'a hold by a promoter',
      code: 'not-authorised',
      about: holdPath('fraud', 'v2', 1),
      make: (scene) =>
        carriedOut(scene, barring(...at(scene), { version: 'v2', now: scene.then, by: 'pam' }), { by: 'pam' }),
    },
  ] satisfies readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'signature-missing-or-foreign', ...attack }));

/** What the evaluator signed for one place, put at another. */
function relabelled(from: string, to: string): (scene: Scene) => Promise<Push> {
  return (scene) =>
    measured(scene, {
      change: (plan) => ({ ...plan, edits: new Map([[EVIDENCE, String(plan.edits.get(EVIDENCE)).replace(from, to)]]) }),
    });
}

/** A measurement whose signature is odd in one way. */
function odd(parts: Partial<OddSignature>, spoil: (armour: string) => string = (same) => same) {
  return (scene: Scene): Promise<Push> =>
    measured(scene, {
      signature: (message) => spoil(oddSignature({ by: 'eve', namespace: NAMESPACE_OF.Evidence, message, ...parts })),
    });
}

const FORMS: readonly PushAttack[] = (
  [
    [
      'a flipped bit in the document',
      'mismatch',
      (scene) =>
        measured(scene, {
          with: {},
          change: (plan) => plan,
          signature: (text) => createSignature(signerOf('eve'), NAMESPACE_OF.Evidence, text.replace('0.91', '0.93')),
        }),
    ],
    ['a flipped bit in the signature', 'mismatch', odd({ change: flipped })],
    ['a signature of zeros', 'mismatch', odd({ change: () => new Uint8Array(64) })],
    ['CRLF in the armour', 'armour', odd({}, (armour) => armour.replaceAll('\n', '\r\n'))],
    ['junk after the footer', 'armour', odd({}, (armour) => `${armour}junk\n`)],
    ['junk before the header', 'armour', odd({}, (armour) => `junk\n${armour}`)],
    ['an empty line after the footer', 'armour', odd({}, (armour) => `${armour}\n`)],
    ['no line end after the footer', 'armour', odd({}, (armour) => armour.trimEnd())],
    ['two signatures in one file', 'armour', odd({}, (armour) => armour + armour)],
    ['lines of 64 characters', 'armour', odd({ columns: 64 })],
    ['lines of 76 characters', 'armour', odd({ columns: 76 })],
    ['spaces inside the armour', 'armour', odd({}, (armour) => armour.replace('U1NI', 'U1NI '))],
    ['the armour of PGP', 'armour', odd({}, (armour) => armour.replaceAll('SSH SIGNATURE', 'PGP SIGNATURE'))],
    ['an empty signature file', 'armour', odd({}, () => '')],
    ['a signature file of a megabyte', 'armour', odd({}, (armour) => armour + ' '.repeat(1 << 20))],
    ['SHA-256 instead of SHA-512', 'hash', odd({ hash: 'sha256' })],
    ['a reserved field that is set', 'reserved', odd({ reserved: 'x' })],
    ['version 2 of the format', 'version', odd({ version: 2 })],
    ['another magic word', 'magic', odd({ magic: 'SSHSIX' })],
    ['bytes after the signature inside', 'trailing', odd({ after: '\0' })],
    ['the type of an RSA signature', 'signature-format', odd({ type: 'rsa-sha2-512' })],
    ['an RSA key', 'key-type', odd({ key: Buffer.from('\0\0\0\u0007ssh-rsa\0\0\0\u0001\u0003', 'latin1') })],
    ['a namespace that goes on after a NUL', 'namespace', odd({ namespace: `${NAMESPACE_OF.Evidence}\0` })],
  ] satisfies readonly (readonly [string, string, PushAttack['make']])[]
).map(([variant, about, make]) => ({
  row: 'signature-form',
  variant,
  code: 'bad-signature',
  about: [EVIDENCE, about],
  make,
}));

function flipped(raw: Uint8Array): Uint8Array {
  const copy = Buffer.from(raw);
  copy[7] = (copy[7] ?? 0) ^ 1;
  return copy;
}

/** Documents without the signature that they need, or with one that was made for something else, or is odd. */
export const TRIED: readonly PushAttack[] = [
  ...FOREIGN,
  ...FORMS,
  {
    row: 'weak-arithmetic',
    variant: 'a copy of a signature with the group order added to its scalar',
    code: 'bad-signature',
    about: [EVIDENCE, 'scalar'],
    make: odd({ change: addOrder }),
  },
];
