import { assert } from '../documents/error.ts';
import { EMPTY_TREE } from './object-id.ts';
import { formatTree, type RawEntry } from './tree-object.ts';

/** What to write at each path; null removes it. */
export type Edits = ReadonlyMap<string, Uint8Array | null>;

/** Where trees are read from and new objects go. */
export interface TreeStore {
  readonly readTree: (oid: string) => Promise<readonly RawEntry[]>;
  /** Takes an object to be stored and returns its id. */
  readonly addBlob: (bytes: Uint8Array) => Promise<string>;
  readonly addTree: (bytes: Buffer) => Promise<string>;
}

/**
 * Returns the tree that `base` becomes with `edits` applied. Reads and writes only the folders on the edited paths. A
 * written file replaces a folder of its name, a written folder replaces a file; removing what is not there is no error.
 */
export async function editTree(store: TreeStore, base: string | undefined, edits: Edits): Promise<string> {
  for (const path of edits.keys()) checkPath(path);
  return (await editFolder(store, base, edits)) ?? store.addTree(Buffer.alloc(0));
}

/** The edits of one folder, by the name of its entry. */
interface NameEdits {
  file: Uint8Array | null | undefined;
  readonly below: Map<string, Uint8Array | null>;
}

/** Returns undefined for a folder without entries: git does not keep those. */
async function editFolder(store: TreeStore, base: string | undefined, edits: Edits): Promise<string | undefined> {
  const before = base === undefined || base === EMPTY_TREE ? [] : await store.readTree(base);
  const byName = groupByName(edits);
  const old = new Map(before.filter(({ name }) => byName.has(name)).map((entry) => [entry.name, entry]));
  const edited = new Map<string, RawEntry | undefined>();
  await Promise.all(
    [...byName].map(async ([name, change]) => {
      edited.set(name, await editEntry(store, { name, change, old: old.get(name) }));
    }),
  );
  // What was there keeps its place, so that a large folder need not be sorted again.
  const kept = before.map((entry) => (byName.has(entry.name) ? edited.get(entry.name) : entry));
  const added = [...edited].filter(([name]) => !old.has(name)).map(([, entry]) => entry);
  const after = [...kept, ...added].filter((entry) => entry !== undefined);
  if (after.length === 0) return undefined;
  if (base !== undefined && isUnchanged(after, before)) return base;
  return store.addTree(formatTree(after));
}

interface EntryEdit {
  readonly name: string;
  readonly change: NameEdits;
  readonly old: RawEntry | undefined;
}

async function editEntry(store: TreeStore, { name, change, old }: EntryEdit): Promise<RawEntry | undefined> {
  const rawName = Buffer.from(name, 'utf8');
  if (change.file) {
    const oid = await store.addBlob(change.file);
    return { name, rawName, mode: '100644', oid };
  }
  const isFolder = old?.mode === '40000';
  const file = isFolder || change.file === null ? undefined : old;
  if (change.below.size === 0) return isFolder ? old : file;
  const folder = await editFolder(store, isFolder ? old.oid : undefined, change.below);
  return folder === undefined ? file : { name, rawName, mode: '40000', oid: folder };
}

function groupByName(edits: Edits): Map<string, NameEdits> {
  const groups = new Map<string, NameEdits>();
  for (const [path, bytes] of edits) {
    const slash = path.indexOf('/');
    const name = slash < 0 ? path : path.slice(0, slash);
    const group = groups.get(name) ?? { file: undefined, below: new Map<string, Uint8Array | null>() };
    groups.set(name, group);
    if (slash < 0) group.file = bytes;
    else group.below.set(path.slice(slash + 1), bytes);
  }
  for (const [name, { file, below }] of groups) {
    const writesBelow = [...below.values()].some((bytes) => bytes !== null);
    assert(!(file && writesBelow), `${name} is written as a file or as a folder, not both`);
  }
  return groups;
}

/** Compares entry by entry: what is unchanged has kept its place. */
function isUnchanged(after: readonly RawEntry[], before: readonly RawEntry[]): boolean {
  if (after.length !== before.length) return false;
  return after.every(({ name, mode, oid }, index) => {
    const old = before[index];
    return old?.name === name && old.oid === oid && old.mode === mode;
  });
}

/** Plans only name checked paths; this keeps a bug elsewhere from writing `.git` or `..` into a tree. */
function checkPath(path: string): void {
  const isSafe = path.split('/').every((name) => name !== '' && name !== '.' && name !== '..' && !isDotGit(name));
  assert(isSafe && !/[\0\\]/.test(path), `${JSON.stringify(path)} is a path inside the repository`);
}

function isDotGit(name: string): boolean {
  return /^(\.git|git~\d+)[ .]*(:.*)?$/i.test(name);
}
