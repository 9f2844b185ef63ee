import { NAMESPACE_OF, type DocumentOf, type Kind } from '../documents/kinds/index.ts';
import { sigPath } from '../documents/paths.ts';
import { signerOf } from '../trust/verify.ts';
import { trustOf, type Trust } from '../trust/trust.ts';
import { readArmour, readStored, type Stored } from './read-file.ts';
import { entryAt, fileAt, type CommitFacts, type Snapshot, type Source } from './snapshot.ts';

/** Whether a commit's signature counts: a trusted principal's, none, or one that trust does not know. */
export type CommitMark = 'good' | 'unsigned' | 'untrusted';

/** Who made a commit, by key; `principal` is absent unless the mark is good. */
export interface CommitMaker {
  readonly mark: CommitMark;
  readonly principal: string | undefined;
}

/** Returns who signed a commit, by the keys of `trust` alone: names and e-mails in commits are claims. */
export function makerOf(trust: Trust | undefined, commit: CommitFacts): CommitMaker {
  if (commit.signature === undefined) return { mark: 'unsigned', principal: undefined };
  if (trust === undefined) return { mark: 'untrusted', principal: undefined };
  const { armour, payload } = commit.signature;
  const signer = signerOf(trust, { path: commit.oid, bytes: payload, armour, namespace: 'git' });
  return signer.ok ? { mark: 'good', principal: signer.principal } : { mark: 'untrusted', principal: undefined };
}

/** Reads the trust that was in force at any state; each root is read once, however many commits it was in force for. */
export interface TrustReader {
  trustIn(snapshot: Snapshot): Promise<Trust | undefined>;
}

/** Returns a reader of the trust roots of the past. A root that cannot be read trusts nobody. */
export function openTrustReader(): TrustReader {
  const known = new Map<string, Trust | undefined>();
  return {
    trustIn: async (snapshot) => {
      const entry = await entryAt(snapshot, 'trust/root.yaml');
      if (entry === undefined) return undefined;
      if (!known.has(entry.oid)) known.set(entry.oid, await readTrust(snapshot));
      return known.get(entry.oid);
    },
  };
}

async function readTrust(snapshot: Snapshot): Promise<Trust | undefined> {
  const root = await readLeniently(snapshot, 'TrustRoot', 'trust/root.yaml');
  return root === undefined ? undefined : trustOf(root.body);
}

/** Reads a document of the past; one that cannot be read tells nothing, and is no reason to tell nothing of the rest. */
export async function readLeniently<K extends Kind>(
  snapshot: Snapshot,
  kind: K,
  path: string,
): Promise<Stored<DocumentOf[K]> | undefined> {
  const reading = await readStored(snapshot, kind, path);
  return reading.ok ? reading.value : undefined;
}

/** Returns who signed a document of a state, by the keys of `trust` alone; undefined where nobody trusted did. */
export async function authorByKey(
  from: { readonly snapshot: Snapshot; readonly trust: Trust | undefined },
  { path, kind }: { readonly path: string; readonly kind: Kind },
): Promise<string | undefined> {
  const file = await fileAt(from.snapshot, path);
  if (from.trust === undefined || file.state !== 'present') return undefined;
  const armour = await readArmour(from.snapshot, sigPath(path));
  const signer = signerOf(from.trust, { path, bytes: file.bytes, armour, namespace: NAMESPACE_OF[kind] });
  return signer.ok ? signer.principal : undefined;
}

/** Returns the states before and after a commit; before the first one is the empty state. */
export async function statesOf(
  source: Source,
  commit: CommitFacts,
): Promise<{ readonly before: Snapshot; readonly after: Snapshot }> {
  const [parent] = commit.parents;
  const tree = parent === undefined ? undefined : (await source.readCommit(parent)).tree;
  return {
    before: { objects: source, commit: parent, tree },
    after: { objects: source, commit: commit.oid, tree: commit.tree },
  };
}
