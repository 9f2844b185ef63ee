/** One entry of a git tree. `mode` is git's own, without leading zero changes: `100644`, `100755`, `120000`, `160000`, `40000`. */
export interface TreeEntry {
  readonly name: string;
  readonly mode: string;
  readonly oid: string;
}

/** Where objects are read from; adapters live in git/. Reads throw MregError('integrity') on a corrupt or missing object. */
export interface ObjectSource {
  readTree(oid: string): Promise<readonly TreeEntry[]>;
  /** Reads those of the trees that are small in one turn and keeps them for `readTree`; leaves out what cannot be read. */
  readSmallTrees(oids: readonly string[]): Promise<ReadonlyMap<string, readonly TreeEntry[]>>;
  /** Reads a blob of at most `maxBytes`; returns undefined when it is larger, without loading it. */
  readBlob(oid: string, maxBytes: number): Promise<Uint8Array | undefined>;
}

/** The commit facts that judging needs. Author and times are claims, never proof. */
export interface CommitFacts {
  readonly oid: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly subject: string;
  readonly trailers: Readonly<Record<string, string>>;
  readonly author: { readonly name: string; readonly email: string };
  /** Committer time as claimed. */
  readonly committedAt: Date;
  /** The `gpgsig` header's armour and the exact bytes it signs, when the commit has one. */
  readonly signature: { readonly armour: string; readonly payload: Uint8Array } | undefined;
}

/** Reads history along first parents. */
export interface History {
  readCommit(oid: string): Promise<CommitFacts>;
  /** Tells whether `ancestor` is reachable from `descendant` (a commit reaches itself). */
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** First-parent commits in `base..tip`, or up to `tip`, that change anything at or below `path`, newest first. */
  commitsTouching(path: string, base: string | undefined, tip: string): Promise<readonly string[]>;
}

/** Objects and history together: what a judgement reads. */
export type Source = ObjectSource & History;

/** Largest document that the format allows, in bytes. */
export const MAX_DOCUMENT_BYTES = 64 * 1024;

/** A file of a state: absent, present, or there but beyond the format's limit (never loaded). */
export type FileReading =
  | { readonly state: 'absent' }
  | { readonly state: 'too-large' }
  | { readonly state: 'present'; readonly bytes: Uint8Array; readonly oid: string };

/** One state of the registry, read lazily: nothing is fetched before it is asked for. */
export interface Snapshot {
  readonly objects: ObjectSource;
  /** The commit of this state; undefined for an index about to be committed and for the empty state. */
  readonly commit: string | undefined;
  readonly tree: string | undefined;
}

/** Returns the state before the first commit. */
export function emptySnapshot(objects: ObjectSource): Snapshot {
  return { objects, commit: undefined, tree: undefined };
}

/** Returns the tree entry at `path`, or undefined. The empty path is no entry. */
export async function entryAt(snapshot: Snapshot, path: string): Promise<TreeEntry | undefined> {
  const slash = path.lastIndexOf('/');
  const entries = await folderAt(snapshot, slash < 0 ? undefined : path.slice(0, slash));
  return entries === undefined ? undefined : entryNamed(entries, path.slice(slash + 1));
}

/** Folders of a state that were looked into last, by path: what is judged next mostly lies in or beside them. */
const KEPT_FOLDERS = 32;
const folders = new WeakMap<Snapshot, Map<string, readonly TreeEntry[]>>();

/** Returns what lies in the folder at `path`, in the root when that is undefined; undefined where no folder is. */
async function folderAt(snapshot: Snapshot, path: string | undefined): Promise<readonly TreeEntry[] | undefined> {
  if (path === undefined) return snapshot.tree === undefined ? undefined : snapshot.objects.readTree(snapshot.tree);
  const known = folders.get(snapshot) ?? new Map<string, readonly TreeEntry[]>();
  folders.set(snapshot, known);
  const kept = known.get(path);
  if (kept !== undefined) return kept;
  const entry = await entryAt(snapshot, path);
  if (entry === undefined || !isTree(entry)) return undefined;
  const entries = await snapshot.objects.readTree(entry.oid);
  known.set(path, entries);
  // A Map iterates in order of insertion: what was found first leaves first.
  const oldest = known.size > KEPT_FOLDERS ? known.keys().next().value : undefined;
  if (oldest !== undefined) known.delete(oldest);
  return entries;
}

/** From so many entries on, a folder that is asked again and again (all models, all versions) pays for an index. */
const INDEXED_FROM = 64;
const indexes = new WeakMap<readonly TreeEntry[], ReadonlyMap<string, TreeEntry>>();

function entryNamed(entries: readonly TreeEntry[], name: string): TreeEntry | undefined {
  if (entries.length < INDEXED_FROM) return entries.find((entry) => entry.name === name);
  const index = indexes.get(entries) ?? indexOf(entries);
  indexes.set(entries, index);
  return index.get(name);
}

/** Attack: a tree that names one entry twice. Here too the first one is the one that is found. */
function indexOf(entries: readonly TreeEntry[]): ReadonlyMap<string, TreeEntry> {
  return new Map(entries.toReversed().map((entry) => [entry.name, entry]));
}

/** Returns the entries of the folder at `path`; none when it is absent. */
export async function entriesAt(snapshot: Snapshot, path: string): Promise<readonly TreeEntry[]> {
  return (await folderAt(snapshot, path)) ?? [];
}

/** Reads a document-sized file. Throws MregError('integrity') when git cannot give the object: a failed read is never "absent". */
export async function fileAt(snapshot: Snapshot, path: string): Promise<FileReading> {
  const entry = await entryAt(snapshot, path);
  if (entry === undefined || isTree(entry)) return { state: 'absent' };
  const bytes = await snapshot.objects.readBlob(entry.oid, MAX_DOCUMENT_BYTES);
  return bytes === undefined ? { state: 'too-large' } : { state: 'present', bytes, oid: entry.oid };
}

/** Tells whether an entry is a folder. */
export function isTree(entry: TreeEntry): boolean {
  return entry.mode === '40000';
}
