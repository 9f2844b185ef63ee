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

/**
 * Returns the governed files that differ, in path order. Reads only folders whose object ids differ, so the cost grows
 * with the change, not with the registry. An entry that is no plain folder counts as a file, whatever its mode.
 */
export function changesBetween(states: States): Promise<readonly Change[]> {
  return changesIn(states, isGovernedRoot);
}

/** Returns the files that differ below the root entries that `wanted` names, in path order. */
async function changesIn(states: States, wanted: (rootName: string) => boolean): Promise<readonly Change[]> {
  const found: Change[] = [];
  const [before, after] = [await rootEntries(states.before), await rootEntries(states.after)];
  const chosen = (entries: readonly TreeEntry[]): TreeEntry[] => entries.filter(({ name }) => wanted(name));
  await compareFolders(states, { path: '', before: chosen(before), after: chosen(after) }, found);
  return found;
}

async function rootEntries(snapshot: Snapshot): Promise<readonly TreeEntry[]> {
  return snapshot.tree === undefined ? [] : snapshot.objects.readTree(snapshot.tree);
}

interface Folder {
  readonly path: string;
  readonly before: readonly TreeEntry[];
  readonly after: readonly TreeEntry[];
}

async function compareFolders(states: States, folder: Folder, found: Change[]): Promise<void> {
  const before = new Map(folder.before.map((entry) => [entry.name, entry]));
  const after = new Map<string, TreeEntry>();
  // Of thousands of models a step changes one: only what differs is kept and sorted.
  for (const entry of folder.after) {
    const old = before.get(entry.name);
    if (old?.oid === entry.oid && old.mode === entry.mode) before.delete(entry.name);
    else after.set(entry.name, entry);
  }
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    await compareEntry(states, { path: folder.path + name, before: before.get(name), after: after.get(name) }, found);
  }
}

async function compareEntry(states: States, change: Change, found: Change[]): Promise<void> {
  const beforeTree = change.before !== undefined && isTree(change.before) ? change.before : undefined;
  const afterTree = change.after !== undefined && isTree(change.after) ? change.after : undefined;
  const before = beforeTree === undefined ? [] : await states.before.objects.readTree(beforeTree.oid);
  const after = afterTree === undefined ? [] : await states.after.objects.readTree(afterTree.oid);
  await compareFolders(states, { path: `${change.path}/`, before, after }, found);
  const file = {
    path: change.path,
    before: beforeTree === undefined ? change.before : undefined,
    // Attack: a folder without files, which git does not show but listings do: an empty `holds/2.yaml` would end the hold
    // before it.
    after: after.length === 0 ? change.after : undefined,
  };
  if (file.before !== undefined || file.after !== undefined) found.push(file);
}

/** Returns the names beside `path` in a state, for collision checks. */
export async function siblingsOf(snapshot: Snapshot, path: string): Promise<readonly string[]> {
  const parent = path.split('/').slice(0, -1).join('/');
  const entries = parent === '' ? await rootEntries(snapshot) : await entriesAt(snapshot, parent);
  return entries.map(({ name }) => name);
}

/** Returns every path that differs between two states, governed or not, in path order. */
export async function changedFiles(states: States): Promise<readonly string[]> {
  const changes = await changesIn(states, () => true);
  const files = changes.filter(({ before, after }) => before !== undefined || (after !== undefined && !isTree(after)));
  return files.map(({ path }) => path);
}
