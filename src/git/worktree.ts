import { assert } from '../documents/error.ts';
import { type GitPlace, runGit } from './git-process.ts';
import { type IndexEntry, readIndex, updateIndex } from './index-entries.ts';
import type { IndexPlace } from './index-read.ts';
import type { IndexUpdate } from './index-rewrite.ts';
import type { ObjectReader } from './object-reader.ts';
import type { RawEntry } from './tree-object.ts';
import { fileOid, placeFile, removeEmptyFolder, removeFile, standingAt } from './worktree-files.ts';

/** The checked-out files of a repository, and what is needed to compare and change them. */
export interface Worktree extends IndexPlace {
  readonly root: string;
  readonly reader: ObjectReader;
}

/** Largest blob that is put into the worktree; documents are far smaller. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Returns those of `paths` whose index entry or file is in none of the `trees` (undefined: the empty tree). */
export async function dirtyPaths(
  at: Worktree,
  trees: readonly (string | undefined)[],
  paths: readonly string[],
): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const index = await readIndex(at, paths);
  const folders = foldersIn(index);
  const dirty = await Promise.all(
    paths.map(async (path) => {
      const expected = await entriesAt(at, trees, path);
      const entries = index.get(path) ?? [];
      if (folders.has(path) || !isIndexExpected(entries, expected)) return true;
      return !(entries[0]?.skipWorktree === true || (await isFileExpected(at, path, expected)));
    }),
  );
  return paths.filter((_, position) => dirty[position]);
}

/** Brings index and files of `paths` to what `tree` holds; returns the paths whose files were left alone. */
export async function refreshWorktree(
  at: Worktree,
  trees: { readonly tree: string; readonly oldTree: string | undefined },
  paths: readonly string[],
): Promise<readonly string[]> {
  if (paths.length === 0) return [];
  const index = await readIndex(at, paths);
  const wanted = new Map<string, Wanted>();
  for (const path of paths) {
    const entry = await at.reader.entryAt(trees.tree, path);
    const target = entry?.mode === '40000' ? undefined : entry;
    wanted.set(path, { path, target, skipWorktree: index.get(path)?.[0]?.skipWorktree ?? false });
  }
  const kept = new Set<string>();
  const refresh = async (file: Wanted): Promise<void> => {
    if (!file.skipWorktree && !(await refreshFile(at, file, trees.oldTree))) kept.add(file.path);
  };
  // Removals first: a file may have to make room for a folder of its name.
  for (const isWritten of [false, true]) {
    const files = [...wanted.values()].filter((file) => (file.target !== undefined) === isWritten);
    await Promise.all(files.map(refresh));
  }
  const updates = [...wanted.values()].map((file) => indexUpdate(file, !kept.has(file.path)));
  await updateIndex(at, updates);
  return paths.filter((path) => kept.has(path));
}

interface Wanted {
  readonly path: string;
  readonly target: RawEntry | undefined;
  readonly skipWorktree: boolean;
}

function indexUpdate({ path, target, skipWorktree }: Wanted, written: boolean): IndexUpdate {
  return { path, entry: target && { mode: target.mode, oid: target.oid }, skipWorktree, written };
}

/** Returns false where something that is not ours is in the way, and leaves it. */
async function refreshFile(at: Worktree, { path, target }: Wanted, oldTree: string | undefined): Promise<boolean> {
  const standing = await standingAt(at.root, path);
  if (standing === 'blocked') return target === undefined;
  if (standing === 'other') return false;
  if (standing === 'folder')
    return target === undefined || ((await removeEmptyFolder(at.root, path)) && write(at, path, target));
  if (standing === 'absent') return target === undefined || write(at, path, target);
  if (oldTree !== undefined && !(await isFileExpected(at, path, await entriesAt(at, [oldTree], path)))) {
    return target !== undefined && isFileExpected(at, path, [target]);
  }
  if (target !== undefined) return write(at, path, target);
  await removeFile(at.root, path);
  return true;
}

async function write(at: Worktree, path: string, target: RawEntry): Promise<boolean> {
  if (target.mode !== '100644') return false;
  const bytes = await at.reader.blob(target.oid, MAX_FILE_BYTES);
  if (bytes === undefined) return false;
  await placeFile(at.root, path, { bytes, temporaryDir: at.gitDir });
  return true;
}

async function entriesAt(
  at: Worktree,
  trees: readonly (string | undefined)[],
  path: string,
): Promise<readonly (RawEntry | undefined)[]> {
  return Promise.all(trees.map(async (tree) => (tree === undefined ? undefined : at.reader.entryAt(tree, path))));
}

function isIndexExpected(entries: readonly IndexEntry[], expected: readonly (RawEntry | undefined)[]): boolean {
  const [entry, ...others] = entries;
  if (others.length > 0) return false;
  return expected.some((file) =>
    file === undefined || file.mode === '40000'
      ? entry === undefined
      : entry?.stage === 0 && entry.mode === file.mode && entry.oid === file.oid,
  );
}

async function isFileExpected(
  at: Worktree,
  path: string,
  expected: readonly (RawEntry | undefined)[],
): Promise<boolean> {
  const standing = await standingAt(at.root, path);
  if (standing === 'absent') return expected.some((file) => file === undefined || file.mode === '40000');
  if (standing !== 'file') return false;
  const oids = new Set(expected.map((file) => file?.oid));
  return oids.has(await fileOid(at.root, path)) || oids.has(await filteredOid(at.place, path));
}

/** The blob id that git would record: a clone with line-end conversion holds other bytes that mean the same. */
async function filteredOid(place: GitPlace, path: string): Promise<string> {
  assert(!path.includes('\n'), 'a path holds no line feed');
  const { stdout } = await runGit(place, ['hash-object', '--stdin-paths'], { input: `${path}\n` });
  return stdout.toString('latin1').trim();
}

/** Every folder that the index has entries in. */
function foldersIn(index: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  const folders = new Set<string>();
  for (const path of index.keys()) {
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
      folders.add(path.slice(0, slash));
  }
  return folders;
}
