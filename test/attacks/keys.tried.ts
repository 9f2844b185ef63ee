import { stagePath } from '../../src/documents/paths.ts';
import type { TrustRootDocument } from '../../src/documents/kinds/trust-root.ts';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import { digestOf } from '../../src/documents/digest.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import {
  barring,
  measurement,
  policyChange,
  promotion,
  rollback,
  settingsChange,
  trustChange,
} from '../support/moves.ts';
import { approvalBy, idOf, keyLineOf, signerOf, someDigest, type CommitWish, type Edits } from '../support/world.ts';
import { IDENTITY, NON_CANONICAL, TORSION_ENCODINGS } from '../signing/weak-points.ts';
import type { Push, PushAttack } from './attack.ts';
import { BOTH, rewritten, withKeys } from './lies.ts';
import { keyLineFor } from './odd-signature.ts';
import type { Scene } from './scene.ts';

type Root = TrustRootDocument['spec'];
const ROOT = 'trust/root.yaml';
const PROD = 'registry/fraud/stages/prod';
const POLICY = 'policies/default.yaml';
const LATE = '2098-01-01T00:00:00Z';

/** A new root, signed by both who may, unless `wish` says otherwise. */
function root(change: (spec: Root) => Root, wish: CommitWish = BOTH): (scene: Scene) => Promise<Push> {
  return async ({ world, story }) => {
    const plan = await trustChange(world, story.second, change);
    return { base: story.second, tip: await world.carryOut(story.second, plan, wish) };
  };
}

/** A new root whose text is changed before both sign it. */
function rootText(from: string, to: string): (scene: Scene) => Promise<Push> {
  return async ({ world, story }) => {
    const plan = rewritten(await trustChange(world, story.second, (spec) => ({ ...spec, expires: LATE })), ROOT, [
      from,
      to,
    ]);
    return { base: story.second, tip: await world.carryOut(story.second, plan, BOTH) };
  };
}

const inRoot = { code: 'trust-rule', about: ROOT } as const;

/** Returns a root with one principal changed. */
function withPrincipal(spec: Root, name: string, change: Partial<Root['principals'][number]>): Root {
  return { ...spec, principals: spec.principals.map((one) => (one.id === idOf(name) ? { ...one, ...change } : one)) };
}

const WEAK: readonly PushAttack[] = [
  ...TORSION_ENCODINGS.filter((_, index) => index % 2 === 0).map(([title, raw]) => ({
    row: 'weak-arithmetic' as const,
    variant: `a trust root with a key of small order: ${title}`,
    ...inRoot,
    make: root((spec) => withKeys(spec, { zoe: [keyLineFor(raw)] })),
  })),
  {
    row: 'weak-arithmetic',
    variant: 'a trust root with a key whose coordinate has a second spelling',
    ...inRoot,
    make: root((spec) => withKeys(spec, { zoe: [keyLineFor(NON_CANONICAL[4] ?? IDENTITY)] })),
  },
  {
    row: 'weak-arithmetic',
    variant: 'a trust root with an RSA key',
    code: ['schema'],
    about: ROOT,
    make: root((spec) => withKeys(spec, { zoe: ['ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7'] })),
  },
  {
    row: 'weak-arithmetic',
    variant: 'a signature that holds for everything, by the key that verifies everything',
    code: 'bad-signature',
    about: ['evidence/offline-2.yaml', 'weak-key'],
    make: async ({ world, story, then }) => {
      const { oddSignature } = await import('./odd-signature.ts');
      const path = 'registry/fraud/versions/v2/evidence/offline-2.yaml';
      const plan = await measurement(world, story.second, { version: 'v2', now: then });
      const key = Buffer.from(keyLineFor(IDENTITY).split(' ')[1] ?? '', 'base64');
      const change = (): Uint8Array => Buffer.concat([IDENTITY, Buffer.alloc(32)]);
      const message = String(plan.edits.get(path));
      const armour = oddSignature({ by: 'eve', namespace: 'mreg.evidence.v1', message, key, change });
      const tip = await world.carryOut(story.second, plan, { by: 'eve', with: { [`${path}.sig`]: armour } });
      return { base: story.second, tip };
    },
  },
];

/** The state in which two people must approve what goes into staging. */
async function strict({ world, story, then }: Scene): Promise<string> {
  const floors = [{ to: 'staging', approvals: 2 }];
  const plan = await trustChange(world, story.second, (spec) => ({ ...spec, floors }));
  return world.land(story.second, plan, { ...BOTH, now: then });
}

/** A promotion into staging where two must approve. */
function approved(wish: CommitWish, along: (asked: string) => Promise<Edits> = () => Promise.resolve({})) {
  return async (scene: Scene): Promise<Push> => {
    const base = await strict(scene);
    const plan = await promotion(scene.world, base, { version: 'v2', now: scene.then });
    const asked = String(plan.edits.get('registry/fraud/stages/staging/promotion.yaml'));
    return { base, tip: await scene.world.carryOut(base, plan, { by: 'pam', ...wish, with: await along(asked) }) };
  };
}

const approvalIn = (stage: string, name: string): string =>
  `registry/fraud/stages/${stage}/approvals/${idOf(name)}.sig`;

const TWICE: readonly PushAttack[] = (
  [
    {
      variant: 'one key of two principals in the root',
      code: ['threshold', 'trust-rule'],
      about: [ROOT, 'keys used once'],
      make: root((spec) => withKeys(spec, { zoe: ['ann'] })),
    },
    {
      variant: 'one key twice in one principal',
      ...inRoot,
      make: root((spec) => withKeys(spec, { zoe: ['zoe', 'zoe'] })),
    },
    {
      variant: 'one key of two principals, once with a comment',
      code: ['schema'],
      about: ROOT,
      make: root((spec) => withKeys(spec, { zoe: [`${keyLineOf('ann')} zoe`] })),
    },
    {
      variant: 'one principal listed twice',
      ...inRoot,
      make: root((spec) => ({
        ...spec,
        principals: [...spec.principals, { id: idOf('zoe'), keys: [keyLineOf('zoe-2')] }],
      })),
    },
    {
      variant: 'a bot owned by a bot',
      ...inRoot,
      make: root((spec) => withPrincipal(spec, 'forge-bot', { owner: idOf('pam-bot') })),
    },
    {
      variant: 'a bot owned by itself',
      ...inRoot,
      make: root((spec) => withPrincipal(spec, 'forge-bot', { owner: idOf('forge-bot') })),
    },
    {
      variant: 'a bot whose owner is nobody',
      ...inRoot,
      make: root((spec) => withPrincipal(spec, 'forge-bot', { owner: idOf('mallory') })),
    },
    {
      variant: 'a root signed twice by one of two',
      code: 'threshold',
      about: ROOT,
      make: root((spec) => ({ ...spec, expires: LATE }), { by: 'ann', approvedBy: ['ann'] }),
    },
    {
      variant: 'a policy signed twice by one of two',
      code: 'threshold',
      about: POLICY,
      make: async ({ world, story }) => ({
        base: story.second,
        tip: await world.carryOut(
          story.second,
          await policyChange(world, story.second, (spec) => ({ ...spec, description: 'new' })),
          { by: 'ann', approvedBy: ['ann'] },
        ),
      }),
    },
    {
      variant: 'mreg.yaml signed twice by one of two',
      code: 'threshold',
      about: 'mreg.yaml',
      make: async ({ world, story }) => ({
        base: story.second,
        tip: await world.carryOut(story.second, await settingsChange(world, story.second, () => ({ stores: [] })), {
          by: 'ann',
          approvedBy: ['ann'],
        }),
      }),
    },
    {
      variant: 'a policy signed by one of two and by her bot, which has the role',
      code: 'threshold',
      about: POLICY,
      make: async ({ world, story, then }) => {
        const bot = { id: idOf('ann-bot'), keys: [keyLineOf('ann-bot')], owner: idOf('ann') };
        const grant = { role: 'policy', principals: [bot.id], models: ['*'] };
        const change = await trustChange(world, story.second, (spec) => ({
          ...spec,
          principals: [...spec.principals, bot],
          roles: [...spec.roles, grant],
        }));
        const base = await world.land(story.second, change, { ...BOTH, now: then });
        const policy = await policyChange(world, base, (spec) => ({ ...spec, description: 'new' }));
        return { base, tip: await world.carryOut(base, policy, { by: 'ann', approvedBy: ['ann-bot'] }) };
      },
    },
    {
      variant: 'an approval by a person and one by her bot',
      code: 'gate',
      about: '1 of 2',
      make: approved({ approvedBy: ['rita', 'rita-bot'] }),
    },
    {
      variant: 'an approval copied under another name',
      code: ['gate', 'signer-mismatch'],
      about: [approvalIn('staging', 'rex'), `a file named after ${idOf('rita')}`],
      make: approved({ approvedBy: ['rita'] }, async (asked) => ({
        [approvalIn('staging', 'rex')]: await approvalBy('rita', asked),
      })),
    },
    {
      variant: 'an approval by each of two keys of one person',
      code: ['gate', 'signer-mismatch'],
      about: approvalIn('staging', 'rex'),
      make: approved({ approvedBy: ['rita'] }, async (asked) => ({
        [approvalIn('staging', 'rex')]: await approvalBy('rita-phone', asked),
      })),
    },
    {
      variant: 'a second approval by one person as of her new key',
      code: ['gate', 'ungoverned-shape'],
      about: 'approvals/',
      make: approved({ approvedBy: ['rita'] }, async (asked) => ({
        [approvalIn('staging', 'rita').replace('.sig', '.new.sig')]: await approvalBy('rita-phone', asked),
      })),
    },
    {
      variant: 'a release signed twice by one owner, where two people must sign',
      code: 'threshold',
      about: 'holds/2.yaml',
      make: async ({ world, story, then }) => {
        const held = await world.land(story.second, await barring(world, story.second, { version: 'v2', now: then }), {
          by: 'oli',
          now: then,
        });
        const plan = await barring(world, held, { version: 'v2', now: then, action: 'release', by: 'olga' });
        return { base: held, tip: await world.carryOut(held, plan, { by: 'olga', approvedBy: ['olga'] }) };
      },
    },
  ] satisfies readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'counted-twice', ...attack }));

const NONSENSE: readonly PushAttack[] = [
  ...(['0', '-1', '1.5', '"2"', '.nan', '.inf', '1e999', 'null', '[]', 'true', '9007199254740993'] as const).map(
    (value) => ({
      row: 'threshold-nonsense' as const,
      variant: `a threshold of ${value}`,
      code: /^[.]|e999/.test(value) ? 'ambiguous-scalar' : value.length > 9 ? 'number-range' : 'schema',
      about: ROOT,
      make: rootText('root: 2', `root: ${value}`),
    }),
  ),
  {
    row: 'threshold-nonsense',
    variant: 'a threshold above the number of people',
    ...inRoot,
    make: rootText('policy: 2', 'policy: 3'),
  },
  {
    row: 'threshold-nonsense',
    variant: 'a threshold that only a role without keys would meet',
    code: ['threshold', 'trust-rule'],
    about: [ROOT, 'from 1 to 1'],
    make: root((spec) => withKeys(spec, { bob: [] })),
  },
  {
    row: 'threshold-nonsense',
    variant: 'a root without thresholds',
    code: 'schema',
    about: ROOT,
    make: rootText('thresholds:\n    root: 2\n    policy: 2', 'thresholds: {}'),
  },
  ...(['0', '-1', '1.5', '.nan'] as const).map((value) => ({
    row: 'threshold-nonsense' as const,
    variant: `a policy that asks for ${value} reviewers`,
    code: value === '.nan' ? 'ambiguous-scalar' : 'schema',
    about: POLICY,
    make: policyText('reviewer: 1', `reviewer: ${value}`),
  })),
  {
    row: 'threshold-nonsense',
    variant: 'a floor of no approvals',
    code: 'schema',
    about: ROOT,
    make: root((spec) => ({ ...spec, floors: [{ to: 'prod', approvals: -1 }] })),
  },
];

/** A policy whose text is changed before both sign it. */
function policyText(from: string, to: string): (scene: Scene) => Promise<Push> {
  return async ({ world, story }) => {
    const plan = await policyChange(world, story.second, (spec) => ({ ...spec, description: 'new' }));
    return { base: story.second, tip: await world.carryOut(story.second, rewritten(plan, POLICY, [from, to]), BOTH) };
  };
}

/** The state in which eve has another key. */
async function withoutEve({ world, story, then }: Scene): Promise<string> {
  const plan = await trustChange(world, story.second, (spec) => withKeys(spec, { eve: ['eve-2'] }));
  return world.land(story.second, plan, { ...BOTH, now: then });
}

/** The state in which commits must be signed. */
async function signedOnly(scene: Scene, base: string): Promise<string> {
  const plan = await settingsChange(scene.world, base, () => ({ commits: 'signed' }));
  return scene.world.land(base, plan, { ...BOTH, now: scene.then });
}

/** The state whose root has expired by now; it had not when it landed. */
async function expired({ world, story, then }: Scene): Promise<string> {
  const expires = new Date(then.getTime() + 60_000).toISOString().replace('.000', '');
  return world.land(story.second, await trustChange(world, story.second, (spec) => ({ ...spec, expires })), {
    ...BOTH,
    now: then,
  });
}

/** A measurement pushed on a state that `before` makes. */
function measuredOn(before: (scene: Scene) => Promise<string>, wish: CommitWish): (scene: Scene) => Promise<Push> {
  return async (scene) => {
    const base = await before(scene);
    const plan = await measurement(scene.world, base, { version: 'v2', now: wish.now ?? scene.then });
    return { base, tip: await scene.world.carryOut(base, plan, { by: 'eve', ...wish }) };
  };
}

const LONG_AGO = new Date('2020-01-01T00:00:00Z');

const REMOVED: readonly PushAttack[] = (
  [
    {
      variant: 'a key that was taken out of the root',
      code: 'unknown-key',
      about: 'trust/root.yaml version 2',
      make: measuredOn(withoutEve, {}),
    },
    {
      variant: 'the same in a commit dated before its removal',
      code: 'unknown-key',
      about: 'trust/root.yaml version 2',
      make: measuredOn(withoutEve, { now: LONG_AGO }),
    },
    {
      variant: 'a commit signed with a key that was taken out',
      code: 'unsigned-commit',
      about: 'a key of trust/root.yaml version 2',
      make: measuredOn(async (scene) => signedOnly(scene, await withoutEve(scene)), {
        by: 'eve-2',
        committer: 'eve',
        now: LONG_AGO,
      }),
    },
    {
      variant: 'a commit that nobody signed, where all must be signed',
      code: 'unsigned-commit',
      about: 'no signature',
      make: measuredOn((scene) => signedOnly(scene, scene.story.second), { committer: null }),
    },
    {
      variant: 'a commit signed by a stranger, where all must be signed',
      code: 'unsigned-commit',
      about: 'a key of trust/root.yaml',
      make: measuredOn((scene) => signedOnly(scene, scene.story.second), { committer: 'mallory' }),
    },
    {
      variant: 'a commit that carries the signature of another commit',
      code: 'unsigned-commit',
      about: 'mismatch',
      make: async (scene) => {
        const { world, story } = scene;
        const base = await signedOnly(scene, story.second);
        const plan = await measurement(world, base, { version: 'v2', now: scene.then });
        const honest = await world.repository.readCommit(base);
        const edits = new Map(
          Object.entries(await world.signed(base, plan, { by: 'eve' })).map(
            ([path, text]) => [path, Buffer.from(text ?? '')] as const,
          ),
        );
        const tree = await world.repository.writeTree(honest.tree, edits);
        const draft = {
          tree,
          parents: [base],
          message: 'Change',
          author: { name: 'Test', email: 'test@example.com' },
          at: scene.then,
        };
        return {
          base,
          tip: await world.repository.writeCommit(draft, () => Promise.resolve(honest.signature?.armour ?? '')),
        };
      },
    },
    {
      variant: 'anything under a root that has expired',
      code: 'expired',
      about: [ROOT, 'clock of this machine'],
      make: measuredOn(expired, {}),
    },
    {
      variant: 'the same in a commit dated before the end of the root',
      code: 'expired',
      about: ROOT,
      make: measuredOn(expired, { now: LONG_AGO }),
    },
    {
      variant: 'a policy under a root that has expired',
      code: 'expired',
      about: ROOT,
      make: async (scene) => {
        const base = await expired(scene);
        const plan = await policyChange(scene.world, base, (spec) => ({ ...spec, description: 'new' }));
        return { base, tip: await scene.world.carryOut(base, plan, BOTH) };
      },
    },
    {
      variant: 'a root that has expired before it comes',
      code: 'expired',
      about: ROOT,
      make: root((spec) => ({ ...spec, expires: '2026-01-01T00:00:00Z' })),
    },
    {
      variant: 'a root taken back in the very push that uses the key it took away',
      code: ['chain', 'derived-file'],
      about: 'version 3',
      make: async (scene) => {
        const { world, story } = scene;
        const base = await withoutEve(scene);
        const files = await filesOf(scene, story.second, [ROOT, `${ROOT}.sig`, `${ROOT}.approvals/${idOf('bob')}.sig`]);
        const back = await world.commit(base, files);
        return {
          base,
          tip: await world.carryOut(back, await measurement(world, base, { version: 'v2', now: scene.then }), {
            by: 'eve',
          }),
        };
      },
    },
  ] satisfies readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'removed-key', ...attack }));

async function filesOf({ world }: Scene, commit: string, paths: readonly string[]): Promise<Edits> {
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await world.read(commit, path)] as const)),
  );
}

const SIGNERS = 'trust/allowed_signers';
const withApprovals = (path: string): readonly string[] => [
  path,
  `${path}.sig`,
  `${path}.approvals/${idOf('bob')}.sig`,
];

type Governing = typeof ROOT | typeof POLICY | 'mreg.yaml';

/** What governed before a change put back after it, byte for byte. */
function again(path: Governing): (scene: Scene) => Promise<Push> {
  return async (scene) => {
    const { world, story, then } = scene;
    const changes = {
      [ROOT]: () => trustChange(world, story.second, (spec) => ({ ...spec, expires: LATE })),
      [POLICY]: () => policyChange(world, story.second, (spec) => ({ ...spec, description: 'new' })),
      'mreg.yaml': () => settingsChange(world, story.second, () => ({ stores: [] })),
    };
    const plan = await changes[path]();
    const base = await world.land(story.second, plan, { ...BOTH, now: then });
    const paths = path === ROOT ? [...withApprovals(path), SIGNERS] : withApprovals(path);
    return { base, tip: await world.commit(base, await filesOf(scene, story.second, paths)) };
  };
}

const ROTATION: readonly PushAttack[] = (
  [
    {
      variant: 'a root signed only by its new keys',
      code: 'threshold',
      about: 'trust root version 1',
      make: root((spec) => withKeys(spec, { ann: ['ann-2'], bob: ['bob-2'] }), { by: 'ann-2', approvedBy: [] }),
    },
    {
      variant: 'a root signed only by the old keys',
      code: 'threshold',
      about: 'trust root version 2',
      make: root((spec) => withKeys(spec, { ann: ['ann-2'], bob: ['bob-2'] })),
    },
    {
      variant: 'a root signed by one of two',
      code: 'threshold',
      about: ROOT,
      make: root((spec) => ({ ...spec, expires: LATE }), { by: 'ann' }),
    },
    {
      variant: 'a root that lowers its threshold, signed by one',
      code: 'threshold',
      about: 'trust root version 1',
      make: root((spec) => ({ ...spec, thresholds: { root: 1, policy: 1 } }), { by: 'ann' }),
    },
    {
      variant: 'a root by people without the role',
      code: 'threshold',
      about: ROOT,
      make: root((spec) => ({ ...spec, expires: LATE }), { by: 'olga', approvedBy: ['zoe', 'pam'] }),
    },
    {
      variant: 'a root signed by enough, and by a stranger',
      code: 'unknown-key',
      about: 'mallory',
      make: root((spec) => ({ ...spec, expires: LATE }), { by: 'ann', approvedBy: ['bob', 'mallory'] }),
    },
    {
      variant: 'the signatures of a root, over another root',
      code: ['bad-signature', 'threshold'],
      about: ROOT,
      make: async ({ world, story }) => {
        const honest = await world.signed(
          story.second,
          await trustChange(world, story.second, (spec) => ({ ...spec, expires: LATE })),
          BOTH,
        );
        const plan = await trustChange(world, story.second, (spec) =>
          withKeys({ ...spec, expires: LATE }, { zoe: ['mallory'] }),
        );
        const signatures = Object.fromEntries(Object.entries(honest).filter(([path]) => path.endsWith('.sig')));
        return { base: story.second, tip: await world.carryOut(story.second, plan, { ...BOTH, with: signatures }) };
      },
    },
    {
      variant: 'a root that leaves a number out',
      code: 'chain',
      about: 'version 2',
      make: rootText('version: 2', 'version: 3'),
    },
    {
      variant: 'a root with the number of the one in force',
      code: 'chain',
      about: 'version 2',
      make: rootText('version: 2', 'version: 1'),
    },
    {
      variant: 'a root that follows another than the one in force',
      code: 'chain',
      about: 'previous: sha256',
      make: async ({ world, story }) => {
        const plan = await trustChange(world, story.second, (spec) => ({ ...spec, expires: LATE }));
        const old = digestOf(await world.read(story.second, ROOT));
        return {
          base: story.second,
          tip: await world.carryOut(story.second, rewritten(plan, ROOT, [old, someDigest]), BOTH),
        };
      },
    },
    { variant: 'an old root again, with its signatures', code: 'chain', about: 'version 3', make: again(ROOT) },
    { variant: 'an old policy again, with its signatures', code: 'chain', about: 'version 3', make: again(POLICY) },
    {
      variant: 'an old mreg.yaml again, with its signatures',
      code: 'chain',
      about: 'version 3',
      make: again('mreg.yaml'),
    },
    {
      variant: 'no root at all',
      code: ['immutable', 'root-not-pinned'],
      about: ROOT,
      make: async ({ world, story }) => ({
        base: story.second,
        tip: await world.commit(story.second, { [ROOT]: null, [`${ROOT}.sig`]: null }),
      }),
    },
    {
      variant: 'a stranger in allowed_signers',
      code: ['chain', 'derived-file'],
      about: SIGNERS,
      make: async ({ world, story }) => ({
        base: story.second,
        tip: await world.commit(story.second, { [SIGNERS]: `${idOf('mallory')} ${keyLineOf('mallory')}\n` }),
      }),
    },
    {
      variant: 'another registry altogether, with a root of its own',
      code: 'history-shape',
      about: 'a descendant of',
      make: async (scene) => {
        const { makeWorld } = await import('../support/world.ts');
        const other = await makeWorld();
        for (const [oid, object] of other.repository.objects) scene.world.repository.objects.set(oid, object);
        return { base: scene.story.second, tip: other.first };
      },
    },
  ] satisfies readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'trust-rotation', ...attack }));

/** The promotion of v2 into prod, which needs one reviewer. */
function intoProd(
  wish: CommitWish,
  along: (asked: string, scene: Scene) => Promise<Edits> = () => Promise.resolve({}),
) {
  return async (scene: Scene): Promise<Push> => {
    const { world, story, then } = scene;
    const plan = await promotion(world, story.following, {
      version: 'v2',
      stage: 'prod',
      now: then,
      by: wish.by ?? 'pam',
    });
    const asked = String(plan.edits.get(`${PROD}/promotion.yaml`));
    const gone = { [approvalIn('prod', 'rex')]: null };
    const files = { ...gone, ...(await along(asked, scene)) };
    return {
      base: story.following,
      tip: await world.carryOut(story.following, plan, { by: 'pam', ...wish, with: files }),
    };
  };
}

const approvedAs =
  (name: string, key = name) =>
  async (asked: string): Promise<Edits> => ({ [approvalIn('prod', name)]: await approvalBy(key, asked) });

/** A review made on a forge, as `witness` says it was. */
function reviewed(reviewer: string, witness: string) {
  return async (asked: string, { world }: Scene): Promise<Edits> => {
    const path = `${PROD}/approvals/${idOf(reviewer)}.review.yaml`;
    const claim = {
      promotion: digestOf(asked),
      reviewer: idOf(reviewer),
      state: 'approved' as const,
      by: idOf(witness),
    };
    const forge = { forge: 'github' as const, repository: 'acme/models', number: 7, head: 'a'.repeat(40) };
    const metadata = { registry: world.registry, model: 'fraud', stage: 'prod' };
    const spec = { ...claim, ...forge, at: '2026-01-05T10:00:00Z' };
    const text = writeYaml({ apiVersion: 'mreg.dev/v1', kind: 'Review', metadata, spec });
    return { [path]: text, [`${path}.sig`]: await createSignature(signerOf(witness), 'mreg.review.v1', text) };
  };
}

const SELF: readonly PushAttack[] = (
  [
    { variant: 'no approval at all', code: 'gate', about: `${PROD}/promotion.yaml: review`, make: intoProd({}) },
    {
      variant: 'an approval by the requester',
      code: 'gate',
      about: 'asked for the promotion',
      make: intoProd({}, approvedAs('pam')),
    },
    {
      variant: 'an approval by a bot of the requester',
      code: 'gate',
      about: 'asked for the promotion',
      make: intoProd({}, approvedAs('pam-bot')),
    },
    {
      variant: 'a request by a bot, approved by its owner',
      code: ['gate', 'not-authorised'],
      about: 'asked for the promotion',
      make: intoProd({ by: 'pam-bot' }, approvedAs('pam')),
    },
    {
      variant: 'an approval by the requester under the name of somebody else',
      code: ['gate', 'signer-mismatch'],
      about: approvalIn('prod', 'rita'),
      make: intoProd({}, approvedAs('rita', 'pam')),
    },
    {
      variant: 'an approval by somebody without a role',
      code: 'gate',
      about: 'has no role',
      make: intoProd({}, approvedAs('zoe')),
    },
    {
      variant: 'an approval by a reviewer of other models',
      code: 'gate',
      about: 'has no role',
      make: intoProd({}, approvedAs('risky')),
    },
    {
      variant: 'an approval by a stranger under the name of a reviewer',
      code: ['gate', 'unknown-key'],
      about: approvalIn('prod', 'rita'),
      make: intoProd({}, approvedAs('rita', 'mallory')),
    },
    {
      variant: 'an approval of another request',
      code: ['bad-signature', 'gate'],
      about: approvalIn('prod', 'rita'),
      make: intoProd({}, async (_asked, { world, story }) => ({
        [approvalIn('prod', 'rita')]: await approvalBy(
          'rita',
          await world.read(story.serving, `${PROD}/promotion.yaml`),
        ),
      })),
    },
    {
      variant: 'an approval made for another purpose',
      code: ['bad-signature', 'gate'],
      about: 'purpose',
      make: intoProd({}, async (asked) => ({
        [approvalIn('prod', 'rita')]: await createSignature(signerOf('rita'), 'git', asked),
      })),
    },
    {
      variant: 'an author’s signature as an approval',
      code: ['bad-signature', 'gate'],
      about: 'purpose',
      make: intoProd({}, async (asked) => ({
        [approvalIn('prod', 'rita')]: await createSignature(signerOf('rita'), 'mreg.promotion.v1', asked),
      })),
    },
    {
      variant: 'the approval that was given to the version before',
      code: ['bad-signature', 'gate'],
      about: approvalIn('prod', 'rex'),
      make: intoProd({}, async (_asked, { world, story }) => ({
        [approvalIn('prod', 'rex')]: await world.read(story.second, approvalIn('prod', 'rex')),
      })),
    },
    {
      variant: 'a review on a forge, witnessed by somebody without that role',
      code: ['gate', 'not-authorised'],
      about: 'with the role forge',
      make: intoProd({}, reviewed('rita', 'pam')),
    },
    {
      variant: 'a review on a forge by the requester',
      code: 'gate',
      about: 'asked for the promotion',
      make: intoProd({}, reviewed('pam', 'forge-bot')),
    },
    {
      variant: 'a review on a forge by a stranger',
      code: ['gate', 'not-authorised'],
      about: 'a reviewer of the trust root',
      make: intoProd({}, reviewed('mallory', 'forge-bot')),
    },
    {
      variant: 'a commit with the name and e-mail address of somebody on call',
      code: 'not-authorised',
      about: [stagePath('fraud', 'prod'), 'without a trusted signature'],
      make: async ({ world, story, then }) => {
        const files = await world.signed(story.rolling, await rollback(world, story.rolling, { now: then }), {
          by: 'mallory',
        });
        const before = await world.repository.readCommit(story.rolling);
        const edits = new Map(
          Object.entries(files).map(([path, text]) => [path, text === null ? null : Buffer.from(text)] as const),
        );
        const tree = await world.repository.writeTree(before.tree, edits);
        const author = { name: 'Oli', email: idOf('oli') };
        return {
          base: story.rolling,
          tip: await world.repository.writeCommit({
            tree,
            parents: [story.rolling],
            message: 'Roll back\n\nMreg-By: oli@example.org',
            author,
            at: then,
          }),
        };
      },
    },
  ] satisfies readonly Omit<PushAttack, 'row'>[]
).map((attack) => ({ row: 'self-approval', ...attack }));

/** Attacks on who is trusted, and on who is counted. */
export const TRIED: readonly PushAttack[] = [...WEAK, ...TWICE, ...NONSENSE, ...REMOVED, ...ROTATION, ...SELF];
