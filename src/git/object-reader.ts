import { MregError } from '../documents/error.ts';
import type { CommitFacts } from '../registry/snapshot.ts';
import { BoundedCache } from './bounded-cache.ts';
import type { CatFile } from './cat-file.ts';
import type { StoredObject } from './stored-object.ts';
import { parseCommit } from './commit-object.ts';
import { EMPTY_TREE, objectId, type ObjectType } from './object-id.ts';
import { parseTree, type RawEntry } from './tree-object.ts';

/** Reads objects whose content is proven to be what their id says. */
export interface ObjectReader {
  tree(oid: string): Promise<readonly RawEntry[]>;
  /** Those of `oids` that are small and sound, asked for together. */
  smallTrees(oids: readonly string[]): Promise<ReadonlyMap<string, readonly RawEntry[]>>;
  blob(oid: string, maxBytes: number): Promise<Uint8Array | undefined>;
  commit(oid: string): Promise<CommitFacts>;
  /** The tree entry at `path`, or undefined. */
  entryAt(tree: string, path: string): Promise<RawEntry | undefined>;
}

/** 300,000 entries of a usual size; a registry of 10,000 models stays far below. */
const MAX_TREE_BYTES = 16 * 1024 * 1024;
/** 800 entries of a usual size. Attack: a hundred trees of the full size at once would fill the memory of the server. */
const SMALL_TREE_BYTES = 32 * 1024;
const MAX_COMMIT_BYTES = 1024 * 1024;
/** Tree entries kept in memory, of about 300 bytes each. */
const CACHED_ENTRIES = 100_000;
const CACHED_BLOB_BYTES = 16 * 1024 * 1024;
/**
 * A walk over what was pushed is followed by one that judges it, the other way round: 30,000 commits of a usual size.
 * Attack: counted by number, ten thousand messages of a megabyte, which are kilobytes in a push, would fill the memory.
 */
const CACHED_COMMIT_BYTES = 32 * 1024 * 1024;
const COMMIT_OVERHEAD = 500;

/** Returns a reader over `git cat-file` with small caches; ids name content, so nothing cached can go stale. */
export function openObjectReader(catFile: CatFile): ObjectReader {
  const trees = new BoundedCache<readonly RawEntry[]>(CACHED_ENTRIES);
  const blobs = new BoundedCache<Buffer>(CACHED_BLOB_BYTES);
  const commits = new BoundedCache<CommitFacts>(CACHED_COMMIT_BYTES);
  const reading = inFlight<readonly RawEntry[]>();

  async function readTree(oid: string, maxBytes = MAX_TREE_BYTES): Promise<readonly RawEntry[]> {
    const entries = parseTree(await proven(catFile, { oid, type: 'tree', maxBytes }), oid);
    trees.set(oid, entries, entries.length + 1);
    return entries;
  }

  async function smallTree(oid: string): Promise<readonly RawEntry[] | undefined> {
    const known = oid === EMPTY_TREE ? [] : trees.get(oid);
    if (known !== undefined) return known;
    try {
      return await readTree(oid, SMALL_TREE_BYTES);
    } catch (error) {
      // Whoever needs it asks for it alone, and is told.
      if (error instanceof MregError) return undefined;
      throw error;
    }
  }

  async function smallTrees(oids: readonly string[]): Promise<ReadonlyMap<string, readonly RawEntry[]>> {
    const found = new Map<string, readonly RawEntry[]>();
    const read = async (oid: string): Promise<void> => {
      const entries = await smallTree(oid);
      if (entries !== undefined) found.set(oid, entries);
    };
    await Promise.all([...new Set(oids)].map(read));
    return found;
  }

  async function tree(oid: string): Promise<readonly RawEntry[]> {
    return (oid === EMPTY_TREE ? [] : trees.get(oid)) ?? reading.once(oid, () => readTree(oid));
  }

  async function blob(oid: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const known = blobs.get(oid);
    if (known !== undefined) return known.length <= maxBytes ? known : undefined;
    // Asked first, because git would load a blob of 5 GB to hand it over.
    const info = await catFile.info(oid);
    if (info?.type === 'blob' && info.size > maxBytes) return undefined;
    const content = await proven(catFile, { oid, type: 'blob', maxBytes });
    blobs.set(oid, content, content.length + 1);
    return content;
  }

  async function entryAt(root: string, path: string): Promise<RawEntry | undefined> {
    let entry: RawEntry | undefined;
    let folder: string | undefined = root;
    for (const name of path.split('/')) {
      if (folder === undefined) return undefined;
      entry = (await tree(folder)).find((candidate) => candidate.name === name);
      folder = entry?.mode === '40000' ? entry.oid : undefined;
    }
    return entry;
  }

  async function readCommit(oid: string): Promise<CommitFacts> {
    const bytes = await proven(catFile, { oid, type: 'commit', maxBytes: MAX_COMMIT_BYTES });
    const facts = parseCommit(bytes, oid);
    commits.set(oid, facts, bytes.length + COMMIT_OVERHEAD);
    return facts;
  }

  async function commit(oid: string): Promise<CommitFacts> {
    return commits.get(oid) ?? readCommit(oid);
  }

  return { tree, smallTrees, blob, commit, entryAt };
}

/** Joins those who ask for a thing that is on its way: paths read side by side begin with the same large folders. */
function inFlight<T>(): { once: (key: string, read: () => Promise<T>) => Promise<T> } {
  const underWay = new Map<string, Promise<T>>();
  return {
    once: (key, read) => {
      const started = underWay.get(key) ?? read().finally(() => underWay.delete(key));
      underWay.set(key, started);
      return started;
    },
  };
}

interface Wanted {
  readonly oid: string;
  readonly type: ObjectType;
  readonly maxBytes: number;
}

/** Git does not hash what it reads from disk; without this check a flipped or planted object would be believed. */
async function proven(catFile: CatFile, wanted: Wanted): Promise<Buffer> {
  const found = await catFile.contents(wanted.oid, wanted.maxBytes);
  const content = contentOf(found, wanted);
  if (objectId(wanted.type, content) !== wanted.oid) throw damaged(wanted, 'its content has another hash');
  return content;
}

function contentOf(found: StoredObject | undefined, wanted: Wanted): Buffer {
  if (found === undefined) throw damaged(wanted, 'it is missing');
  if (found.type !== wanted.type) throw damaged(wanted, `it is a ${found.type}`);
  if (found.content === undefined) throw damaged(wanted, `it is larger than ${String(wanted.maxBytes)} bytes`);
  return found.content;
}

function damaged(wanted: Wanted, reason: string): MregError {
  const hint = 'run `git fsck --full`; fetch or restore the damaged object from another clone';
  return new MregError('integrity', `${wanted.type} ${wanted.oid} cannot be read: ${reason}`, { hint });
}
