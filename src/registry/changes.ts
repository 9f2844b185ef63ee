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

/** Two thousand models that each get a version in one step; as many files, or folders, as a hook judges in a second or two. */
export const MAX_CHANGES = 20_000;

/** The deepest place of the format is an approval: registry, namespace, model, stages, stage, approvals, file. */
const MAX_DEPTH = 8;

/** What two states were found to differ in. */
export interface Comparison {
  readonly changes: readonly Change[];
  /** False where more than MAX_CHANGES files or folders differ: it ended there. */
  readonly isWhole: boolean;
}

/**
 * Returns the governed files that differ, in path order. Reads only folders whose object ids differ, so the cost grows
 * with the change, not with the registry. An entry that is no plain folder counts as a file, whatever its mode,
 * and so does a folder deeper than any place.
 */
export function compareStates(states: States): Promise<Comparison> {
  return compareIn(states, { wanted: isGovernedRoot, maxDepth: MAX_DEPTH, most: MAX_CHANGES });
}

/** Returns the changes that `compareStates` finds, as far as it goes. */
export async function changesBetween(states: States): Promise<readonly Change[]> {
  return (await compareStates(states)).changes;
}

interface Bounds {
  readonly wanted: (rootName: string) => boolean;
  readonly maxDepth: number;
  readonly most: number;
}

/** A comparison under way. */
interface Walk extends States, Bounds {
  readonly found: Change[];
  folders: number;
}

/** Returns the files that differ below the root entries that `wanted` names, in path order. */
async function compareIn(states: States, bounds: Bounds): Promise<Comparison> {
  const walk: Walk = { ...states, ...bounds, found: [], folders: 0 };
  const [before, after] = [await rootEntries(states.before), await rootEntries(states.after)];
  const chosen = (entries: readonly TreeEntry[]): TreeEntry[] => entries.filter(({ name }) => bounds.wanted(name));
  await compareFolders(walk, { path: '', depth: 1, before: chosen(before), after: chosen(after) });
  return { changes: walk.found, isWhole: !isOver(walk) };
}

/** Attack: files that lie in six folders each, which no other file is in, cost seven times what they count. */
function isOver({ found, folders, most }: Walk): boolean {
  return found.length > most || folders > most;
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
  const differing = differencesOf(folder);
  for (const [index, change] of differing.entries()) {
    // Attack: a tree that names one tree a hundred times, and that another: a few kilobytes hold a thousand million files.
    if (isOver(walk)) return;
    if (index % AHEAD === 0) await lookAhead(walk, differing.slice(index, index + AHEAD), folder.depth);
    await compareEntry(walk, { ...change, path: folder.path + change.path }, folder.depth);
  }
}

/** Returns the entries that differ, by name. */
function differencesOf(folder: Pick<Folder, 'before' | 'after'>): readonly Change[] {
  const before = new Map(folder.before.map((entry) => [entry.name, entry]));
  const after = new Map<string, TreeEntry>();
  // Of thousands of models a step changes one: only what differs is kept and sorted.
  for (const entry of folder.after) {
    const old = before.get(entry.name);
    if (old?.oid === entry.oid && old.mode === entry.mode) before.delete(entry.name);
    else after.set(entry.name, entry);
  }
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.map((path) => ({ path, before: before.get(path), after: after.get(path) }));
}

/** How many folders are asked for together: git then answers in one turn, and twenty thousand take a second less. */
const AHEAD = 64;

/**
 * Reads what the comparison will ask for next, level by level, so that it finds it in memory. Nothing rests on it: what is
 * left out here is read when its turn comes.
 */
async function lookAhead(walk: Walk, changes: readonly Change[], depth: number): Promise<void> {
  let level = changes;
  // One alone would be asked for as quickly by the comparison itself.
  for (let below = depth; level.length > 1 && below < walk.maxDepth; below += 1) {
    const [before, after] = [treesOf(level, 'before'), treesOf(level, 'after')];
    const known = {
      before: await walk.before.objects.readSmallTrees(before),
      after: await walk.after.objects.readSmallTrees(after),
    };
    level = firstBelow(level, known);
  }
}

/** Trees by their ids. */
type Trees = ReadonlyMap<string, readonly TreeEntry[]>;

function treesOf(changes: readonly Change[], side: 'before' | 'after'): readonly string[] {
  return changes.flatMap((change) => {
    const entry = change[side];
    return entry !== undefined && isTree(entry) ? [entry.oid] : [];
  });
}

/** Returns the first differences inside of folders that differ, as many as are asked for together. */
function firstBelow(
  changes: readonly Change[],
  known: { readonly before: Trees; readonly after: Trees },
): readonly Change[] {
  const found: Change[] = [];
  for (const change of changes) {
    const before = change.before === undefined ? [] : (known.before.get(change.before.oid) ?? []);
    const after = change.after === undefined ? [] : (known.after.get(change.after.oid) ?? []);
    found.push(...differencesOf({ before, after }));
    if (found.length >= AHEAD) break;
  }
  return found.slice(0, AHEAD);
}

async function compareEntry(walk: Walk, change: Change, depth: number): Promise<void> {
  const isFolder = (entry: TreeEntry | undefined): entry is TreeEntry =>
    entry !== undefined && isTree(entry) && depth < walk.maxDepth;
  const beforeTree = isFolder(change.before) ? change.before : undefined;
  const afterTree = isFolder(change.after) ? change.after : undefined;
  if (beforeTree !== undefined || afterTree !== undefined) walk.folders += 1;
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
  const { changes } = await compareIn(states, { wanted: () => true, maxDepth: Infinity, most: Infinity });
  const files = changes.filter(({ before, after }) => before !== undefined || (after !== undefined && !isTree(after)));
  return files.map(({ path }) => path);
}
