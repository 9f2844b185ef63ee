import { type Digest, isDigest } from '../documents/digest.ts';
import { placeOf } from '../documents/paths.ts';
import type { Repository } from '../git/port.ts';
import { entryAt, isTree, MAX_DOCUMENT_BYTES, type TreeEntry } from '../registry/snapshot.ts';
import { snapshotAt } from './session.ts';

/** The versions that name each digest: `fraud_detector@v7` by the digest of its artifact. */
export type NamedArtifacts = ReadonlyMap<Digest, ReadonlySet<string>>;

/** `registry/<namespace>/<model>/versions/<version>/evidence`: nothing that names bytes lies deeper. */
const DEEPEST = 6;
/** Names nothing that a version does not; no model can be called so. */
const NAMELESS = 'stages';
const DIGESTS = /sha256:[0-9a-f]{64}/g;

/**
 * Returns every digest that a version, or evidence about it, names on any branch, remote branch or tag: what a collection
 * must keep. Versions are never removed, so the tips hold all of history; the documents are not verified, since what a
 * stranger's branch names in vain is merely kept.
 */
export async function namedArtifacts(repository: Repository): Promise<NamedArtifacts> {
  const named = new Map<Digest, Set<string>>();
  const seen = new Set<string>();
  for (const commit of await tipsOf(repository)) {
    const entry = await entryAt(await snapshotAt(repository, commit), 'registry');
    if (entry !== undefined) await walk({ repository, named, seen }, 'registry', entry);
  }
  return named;
}

/** Commits that refs and HEAD name; a tag of something else names no version. */
async function tipsOf(repository: Repository): Promise<ReadonlySet<string>> {
  const refs = (await repository.refs('refs/')).map(({ ref }) => ref);
  const tips = new Set<string>();
  for (const revision of [...refs, 'HEAD']) {
    const commit = await repository.resolve(revision);
    if (commit !== undefined) tips.add(commit);
  }
  return tips;
}

interface Walk {
  readonly repository: Repository;
  readonly named: Map<Digest, Set<string>>;
  /** Branches share nearly all of their trees: each is read once. */
  readonly seen: Set<string>;
}

async function walk(state: Walk, path: string, entry: TreeEntry): Promise<void> {
  const key = `${entry.oid} ${path}`;
  if (state.seen.has(key)) return;
  state.seen.add(key);
  if (!isTree(entry)) return readNames(state, path, entry);
  if (path.split('/').length > DEEPEST) return;
  for (const child of await state.repository.readTree(entry.oid)) {
    if (child.name !== NAMELESS) await walk(state, `${path}/${child.name}`, child);
  }
}

async function readNames({ repository, named }: Walk, path: string, { oid }: TreeEntry): Promise<void> {
  const place = placeOf(path);
  if (place.kind !== 'version' && place.kind !== 'evidence') return;
  const bytes = await repository.readBlob(oid, MAX_DOCUMENT_BYTES);
  if (bytes === undefined) return;
  for (const [digest] of Buffer.from(bytes).toString('latin1').matchAll(DIGESTS)) {
    if (!isDigest(digest)) continue;
    named.set(digest, (named.get(digest) ?? new Set()).add(`${place.model}@${place.version}`));
  }
}
