import { isGoverned } from '../documents/paths.ts';
import { entriesAt, isTree, type Snapshot, type TreeEntry } from './snapshot.ts';

/** One file that differs between two states, or a folder without files that was added. */
export interface Change {
  readonly path: string;
  readonly before: TreeEntry | undefined;
  readonly after: TreeEntry | undefined;
}

/** Two states to compare. */
export interface States {
  readonly before: Snapshot;
  readonly after: Snapshot;
}

/** Tells whether a name at the root of the repository belongs to the format, or looks like one that does. */
export function isGovernedRoot(name: string): boolean {
  return isGoverned(name);
}

/** Two thousand models that each get a version in one step; as many files as a hook judges in a second or two. */
export const MAX_CHANGES = 20_000;

/** The deepest place of the format is an approval: registry, namespace, model, stages, stage, approvals, file. */
const MAX_DEPTH = 8;

/**
 * Returns the governed files that differ, in path order; of more than MAX_CHANGES one more than that, as a sign. Reads only folders whose object ids differ, so the cost grows
 * with the change, not with the registry. An entry that is no plain folder counts as a file, whatever its mode,
 * and so does a folder deeper than any place.
 */
export function changesBetween(states: States): Promise<readonly Change[]> {
  return changesIn(states, { wanted: isGovernedRoot, maxDepth: MAX_DEPTH, most: MAX_CHANGES + 1 });
}

interface Bounds {
  readonly wanted: (rootName: string) => boolean;
  readonly maxDepth: number;
  readonly most: number;
}

/** A comparison under way. */
interface Walk extends States, Bounds {
  readonly found: Change[];
}

/** Returns the files that differ below the root entries that `wanted` names, in path order. */
async function changesIn(states: States, bounds: Bounds): Promise<readonly Change[]> {
  const walk: Walk = { ...states, ...bounds, found: [] };
  const [before, after] = [await rootEntries(states.before), await rootEntries(states.after)];
  const chosen = (entries: readonly TreeEntry[]): TreeEntry[] => entries.filter(({ name }) => bounds.wanted(name));
  await compareFolders(walk, { path: '', depth: 1, before: chosen(before), after: chosen(after) });
  return walk.found;
}

async function rootEntries(snapshot: Snapshot): Promise<readonly TreeEntry[]> {
  return snapshot.tree === undefined ? [] : snapshot.objects.readTree(snapshot.tree);
}

interface Folder {
  readonly path: string;
  /** Of what lies in it: 1 at the root. */
  readonly depth: number;
  readonly before: readonly TreeEntry[];
  readonly after: readonly TreeEntry[];
}

async function compareFolders(walk: Walk, folder: Folder): Promise<void> {
  const before = new Map(folder.before.map((entry) => [entry.name, entry]));
  const after = new Map<string, TreeEntry>();
  // Of thousands of models a step changes one: only what differs is kept and sorted.
  for (const entry of folder.after) {
    const old = before.get(entry.name);
    if (old?.oid === entry.oid && old.mode === entry.mode) before.delete(entry.name);
    else after.set(entry.name, entry);
  }
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    // Attack: a tree that names one tree a hundred times, and that another: a few kilobytes hold a thousand million files.
    if (walk.found.length >= walk.most) return;
    const change = { path: folder.path + name, before: before.get(name), after: after.get(name) };
    await compareEntry(walk, change, folder.depth);
  }
}

async function compareEntry(walk: Walk, change: Change, depth: number): Promise<void> {
  const isFolder = (entry: TreeEntry | undefined): entry is TreeEntry =>
    entry !== undefined && isTree(entry) && depth < walk.maxDepth;
  const beforeTree = isFolder(change.before) ? change.before : undefined;
  const afterTree = isFolder(change.after) ? change.after : undefined;
  const before = beforeTree === undefined ? [] : await walk.before.objects.readTree(beforeTree.oid);
  const after = afterTree === undefined ? [] : await walk.after.objects.readTree(afterTree.oid);
  await compareFolders(walk, { path: `${change.path}/`, depth: depth + 1, before, after });
  const file = {
    path: change.path,
    before: beforeTree === undefined ? change.before : undefined,
    // Attack: a folder without files, which git does not show but listings do: an empty `holds/2.yaml` would end the hold
    // before it.
    after: after.length === 0 ? change.after : undefined,
  };
  if (file.before !== undefined || file.after !== undefined) walk.found.push(file);
}

/** Returns the names beside `path` in a state, for collision checks. */
export async function siblingsOf(snapshot: Snapshot, path: string): Promise<readonly string[]> {
  const parent = path.split('/').slice(0, -1).join('/');
  const entries = parent === '' ? await rootEntries(snapshot) : await entriesAt(snapshot, parent);
  return entries.map(({ name }) => name);
}

/** Returns every path that differs between two states, governed or not, in path order. */
export async function changedFiles(states: States): Promise<readonly string[]> {
  const changes = await changesIn(states, { wanted: () => true, maxDepth: Infinity, most: Infinity });
  const files = changes.filter(({ before, after }) => before !== undefined || (after !== undefined && !isTree(after)));
  return files.map(({ path }) => path);
}
