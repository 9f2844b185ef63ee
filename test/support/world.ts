import { createHash } from 'node:crypto';
import { commitSigner, signedEdits } from '../../src/commands/signing.ts';
import { digestOf } from '../../src/documents/digest.ts';
import type { DocumentOf, Kind } from '../../src/documents/kinds/index.ts';
import { APPROVAL_NAMESPACE } from '../../src/documents/kinds/index.ts';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import type { RegistryDocument } from '../../src/documents/kinds/registry.ts';
import type { TrustRootDocument } from '../../src/documents/kinds/trust-root.ts';
import { besideApprovalPath } from '../../src/documents/paths.ts';
import { readDocument } from '../../src/documents/read-document.ts';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import { memoryRepository } from '../../src/git/memory-repository.ts';
import type { MemoryRepository } from '../../src/git/memory-port.ts';
import { admit, type AdmitContext, type Verdict } from '../../src/registry/admit.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { formatStage } from '../../src/registry/next-stage.ts';
import { planInit } from '../../src/registry/plan-governance.ts';
import { emptySnapshot, fileAt, type Snapshot } from '../../src/registry/snapshot.ts';
import { readView, type RegistryView } from '../../src/registry/view.ts';
import { formatPublicKey } from '../../src/signing/public-key.ts';
import { signerFromSeed } from '../../src/signing/seed-signer.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { createSignature } from '../../src/signing/sshsig.ts';
import { registryIdOf } from '../../src/trust/registry-id.ts';

/** When everything of these tests happens, unless a test says otherwise. */
export const START = new Date('2026-01-05T10:00:00Z');

/** Returns an instant some minutes after the start. */
export function minutes(count: number): Date {
  return new Date(START.getTime() + count * 60_000);
}

/** Who may do what. Everybody has few roles, so that a missing check of a role shows. */
const ROLES: Readonly<Record<string, readonly string[]>> = {
  root: ['ann', 'bob'],
  policy: ['ann', 'bob'],
  owner: ['ann', 'olga'],
  registrar: ['reg'],
  evaluator: ['eve'],
  promoter: ['pam', 'rex'],
  reviewer: ['rex', 'rita', 'pam', 'pam-bot', 'rita-bot'],
  oncall: ['oli'],
  controller: ['con'],
  forge: ['forge-bot'],
};

/** `zoe` is trusted and has no role; `risky` has every role, for another model; `mallory` is a stranger. */
const PEOPLE = [...new Set([...Object.values(ROLES).flat(), 'zoe', 'risky'])].sort();

/** Returns the principal of somebody called `name`. */
export function idOf(name: string): string {
  return `${name}@example.org`;
}

/** Returns the key of somebody: the same in every run, because it is made from the name. */
export function signerOf(name: string): Signer {
  const known = SIGNERS.get(name) ?? signerFromSeed(createHash('sha256').update(name).digest(), name);
  SIGNERS.set(name, known);
  return known;
}

const SIGNERS = new Map<string, Signer>();

/** Returns `ssh-ed25519 AAAA…` of somebody's key. */
export function keyLineOf(name: string): string {
  return formatPublicKey(signerOf(name).key);
}

/** The edits of a commit: text, exact bytes, or null to remove. */
export type Edits = Readonly<Record<string, string | Uint8Array | null>>;

/** What a test may want other than usual about one commit. */
export interface CommitWish {
  /** Who signs the documents and the commit. */
  readonly by?: string;
  /** Who signs the commit, where it is somebody else; null leaves it unsigned. */
  readonly committer?: string | null;
  /** Who approves what the plan writes: a promotion, a policy, the trust root, a release. */
  readonly approvedBy?: readonly string[];
  /** Files on top of the plan. */
  readonly with?: Edits;
  readonly now?: Date;
  readonly merging?: readonly string[];
}

/** A registry in memory. States are commits: nothing ever moves, so tests can share one world and go on from any commit. */
export interface World {
  readonly repository: MemoryRepository;
  readonly registry: string;
  /** The first commit: root, settings and policy, no model. */
  readonly first: string;
  readonly pinnedRoot: AdmitContext['pinnedRoot'];
  at(commit: string): Promise<Snapshot>;
  view(commit: string): Promise<RegistryView>;
  /** The text of a file that is there. */
  read(commit: string, path: string): Promise<string>;
  /** Makes a commit on `parent` by hand, signed by the committer. Nothing is judged. */
  commit(parent: string | undefined, edits: Edits, wish?: CommitWish): Promise<string>;
  /** Returns the files of a plan with the signatures of its author, and of those who approve. */
  signed(parent: string, plan: CommitPlan, wish?: CommitWish): Promise<Edits>;
  /** Makes the commit of a plan with its signatures. Nothing is judged. */
  carryOut(parent: string, plan: CommitPlan, wish?: CommitWish): Promise<string>;
  /** Judges a commit as a step from its first parent. */
  judge(commit: string, wish?: { readonly now?: Date }): Promise<Verdict>;
  /** As `carryOut`, for what must be accepted: throws every refusal otherwise. */
  land(parent: string, plan: CommitPlan, wish?: CommitWish): Promise<string>;
}

/** What a test may want other than usual about the registry. */
export interface WorldOptions {
  readonly root?: (spec: TrustRootDocument['spec']) => TrustRootDocument['spec'];
  readonly settings?: Partial<RegistryDocument['spec']>;
  readonly policy?: PolicyDocument['spec'];
}

/** Makes a registry with a team, of which two must sign a new trust root or policy. */
export async function makeWorld(options: WorldOptions = {}): Promise<World> {
  const repository = memoryRepository();
  const { plan, registry, root } = planFirst(options);
  const files = await editsOf(plan, emptySnapshot(repository), { by: 'ann', approvedBy: ['bob'] });
  const making = { repository, first: '', registry, pinnedRoot: root };
  return worldIn({ ...making, first: await worldIn(making).commit(undefined, files) });
}

function worldIn(given: Pick<World, 'repository' | 'registry' | 'first' | 'pinnedRoot'>): World {
  const { repository, pinnedRoot } = given;
  const world: World = {
    ...given,
    at: async (commit) => ({ objects: repository, commit, tree: (await repository.readCommit(commit)).tree }),
    view: async (commit) => {
      const view = await readView(await world.at(commit));
      if (view === undefined) throw new Error(`${commit} holds no registry`);
      return view;
    },
    read: async (commit, path) => {
      const file = await fileAt(await world.at(commit), path);
      if (file.state !== 'present') throw new Error(`${path} is ${file.state} in ${commit}`);
      return Buffer.from(file.bytes).toString('utf8');
    },
    commit: async (parent, edits, wish = {}) => {
      const base = parent === undefined ? undefined : (await repository.readCommit(parent)).tree;
      const tree = await repository.writeTree(base, new Map(Object.entries(edits).map(bytesOf)));
      return commitTree(repository, { tree, parents: [...(parent === undefined ? [] : [parent])], wish });
    },
    signed: async (parent, plan, wish = {}) => editsOf(plan, await world.at(parent), wish),
    carryOut: async (parent, plan, wish = {}) =>
      world.commit(parent, { ...(await world.signed(parent, plan, wish)), ...wish.with }, wish),
    judge: async (oid, { now = START } = {}) => {
      const commit = await repository.readCommit(oid);
      const [parent] = commit.parents;
      const before = parent === undefined ? emptySnapshot(repository) : await world.at(parent);
      return admit({ before, after: await world.at(oid), commit }, { source: repository, now, pinnedRoot });
    },
    land: async (parent, plan, wish = {}) => {
      const commit = await world.carryOut(parent, plan, wish);
      const verdict = await world.judge(commit, wish);
      if (!verdict.accepted) throw new Error(`${plan.subject}: ${JSON.stringify(verdict.refusals, null, 2)}`);
      return commit;
    },
  };
  return world;
}

function bytesOf([path, content]: [string, string | Uint8Array | null]): [string, Uint8Array | null] {
  return [path, typeof content === 'string' ? Buffer.from(content) : content];
}

/** Commits a tree; what `commit` does with edits. */
export async function commitTree(
  repository: MemoryRepository,
  made: { readonly tree: string; readonly parents: readonly string[]; readonly wish?: CommitWish },
): Promise<string> {
  const { by = 'ann', committer = by, now = START, merging = [] } = made.wish ?? {};
  const author = { name: 'Test', email: 'test@example.com' };
  const draft = { tree: made.tree, parents: [...made.parents, ...merging], message: 'Change\n', author, at: now };
  return repository.writeCommit(draft, committer === null ? undefined : commitSigner(signerOf(committer)));
}

async function editsOf(plan: CommitPlan, before: Snapshot, wish: CommitWish): Promise<Edits> {
  const edits = new Map(await signedEdits(plan, signerOf(wish.by ?? 'ann'), before));
  for (const { path } of plan.signatures) {
    // A pointer moves with its promotion and has no approvals of its own.
    if (path.endsWith('/stage.yaml')) continue;
    for (const name of wish.approvedBy ?? []) {
      const armour = await approvalBy(name, edits.get(path) ?? '');
      edits.set(approvalPathOf(path, idOf(name)), Buffer.from(armour));
    }
  }
  return Object.fromEntries(edits);
}

function approvalPathOf(path: string, principal: string): string {
  return path.endsWith('/promotion.yaml')
    ? path.replace(/[^/]+$/, `approvals/${principal}.sig`)
    : besideApprovalPath(path, principal);
}

/** Returns somebody's approval of exact bytes. */
export function approvalBy(name: string, bytes: string | Uint8Array): Promise<string> {
  return createSignature(signerOf(name), APPROVAL_NAMESPACE, bytes);
}

/** Returns the plan with one of its documents changed, before anybody signs: what a liar with a key would sign. */
export function altered<K extends Kind>(
  plan: CommitPlan,
  at: { readonly kind: K; readonly path: string },
  change: (document: DocumentOf[K]) => DocumentOf[K],
): CommitPlan {
  const text = plan.edits.get(at.path);
  const reading = readDocument(at.kind, { path: at.path, bytes: Buffer.from(text ?? '') });
  if (!reading.ok) throw new Error(`${at.path}: ${JSON.stringify(reading.refusals)}`);
  return { ...plan, edits: new Map([...plan.edits, [at.path, textOf(change(reading.value))]]) };
}

/** Returns the exact text of a document, as mreg writes it. */
function textOf(document: DocumentOf[Kind]): string {
  return document.kind === 'Stage' ? formatStage(document) : writeYaml(document);
}

function planFirst(options: WorldOptions) {
  const apiVersion = 'mreg.dev/v1' as const;
  const spec = (options.root ?? ((same) => same))(rootSpec());
  const unnamed: TrustRootDocument = { apiVersion, kind: 'TrustRoot', metadata: { registry: '' }, spec };
  const registry = registryIdOf('acme', unnamed);
  const metadata = { registry, name: 'default', version: 1, previous: 'none' };
  const policy: PolicyDocument = { apiVersion, kind: 'Policy', metadata, spec: options.policy ?? POLICY };
  const settings = { ...SETTINGS, ...options.settings };
  const first = planInit({
    root: { ...unnamed, metadata: { registry } },
    settings: { apiVersion, kind: 'Registry', metadata: { registry }, spec: settings },
    policies: [{ name: 'default', text: writeYaml(policy) }],
  });
  return { ...first, registry };
}

const SETTINGS: RegistryDocument['spec'] = {
  name: 'acme',
  version: 1,
  previous: 'none',
  stages: ['dev', 'staging', 'prod'],
  branch: 'main',
  commits: 'any',
  stores: [{ name: 'default', url: 'file:///srv/models' }],
};

function rootSpec(): TrustRootDocument['spec'] {
  const everywhere = Object.entries(ROLES).map(([role, names]) => ({
    role,
    principals: names.map(idOf),
    models: ['*'],
  }));
  const elsewhere = Object.keys(ROLES).map((role) => ({ role, principals: [idOf('risky')], models: ['risk/*'] }));
  return {
    version: 1,
    previous: 'none',
    expires: '2030-01-01T00:00:00Z',
    nonce: '00112233445566778899aabbccddeeff',
    principals: PEOPLE.map(principalOf),
    roles: [...everywhere, ...elsewhere.filter(({ role }) => role !== 'root' && role !== 'policy')],
    thresholds: { root: 2, policy: 2 },
  };
}

/** `rita` has a second key; a bot counts as the person it is named after. */
function principalOf(name: string): TrustRootDocument['spec']['principals'][number] {
  const keys = [keyLineOf(name), ...(name === 'rita' ? [keyLineOf('rita-phone')] : [])];
  const owner = /^(pam|rita)-bot$/.exec(name)?.[1];
  return { id: idOf(name), keys, ...(owner === undefined ? {} : { owner: idOf(owner) }) };
}

/** Measured into staging; measured, approved by one reviewer and rolled out in steps into prod. */
export const POLICY: PolicyDocument['spec'] = {
  models: ['*'],
  metrics: { auc: { unit: 'ratio', min: 0, max: 1, better: 'higher' } },
  holds: { release: { roles: { owner: 1 }, total: 2 } },
  transitions: [
    {
      from: 'dev',
      to: 'staging',
      gates: [{ id: 'auc', type: 'metric', evidence: 'offline', metric: 'auc', min: 0.8 }],
    },
    {
      from: 'staging',
      to: 'prod',
      gates: [
        { id: 'auc', type: 'metric', evidence: 'offline', metric: 'auc', min: 0.8 },
        { id: 'review', type: 'approvals', total: 1, roles: { reviewer: 1 } },
      ],
      rollback: { roles: ['oncall', 'owner'] },
    },
  ],
};

/** Returns the digest of any text; where a test needs one that says nothing. */
export const someDigest = digestOf('something else');
