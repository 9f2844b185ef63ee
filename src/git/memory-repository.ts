import { blobSize } from './blob-stream.ts';
import type { CatFile } from './cat-file.ts';
import { addSignature, formatCommit } from './commit-object.ts';
import { memoryHistory } from './memory-history.ts';
import type { MemoryObject, MemoryOptions, MemoryRepository } from './memory-port.ts';
import { fetchFrom, pushTo } from './memory-sync.ts';
import { objectId, type ObjectType } from './object-id.ts';
import { openObjectReader, type ObjectReader } from './object-reader.ts';
import type { ObjectWriter } from './object-writer.ts';
import type { MoveResult, RefMove, Repository } from './port.ts';
import { editTree } from './tree-edit.ts';

/** Returns an empty repository that keeps everything in memory: real objects and ids, refs moved by comparison. */
export function memoryRepository(options: MemoryOptions = {}): MemoryRepository {
  const objects = new Map<string, MemoryObject>();
  const refMap = new Map<string, string>();
  const headRef = options.head ?? 'refs/heads/main';
  const remotes = options.remotes ?? {};
  const catFile = memoryCatFile(objects);
  const reader = openObjectReader(catFile);
  const history = memoryHistory({ reader, refs: refMap, headRef, has: (oid) => objects.get(oid)?.type === 'commit' });
  const writer = memoryWriter(objects, (oid) => reader.tree(oid));
  const repository: MemoryRepository = {
    ...{ objects, refMap, receive: options.receive, gitDir: 'memory:', commonDir: 'memory:', workTree: undefined },
    ...history,
    ...writer,
    ...memoryConfig(),
    readTree: (oid) => reader.tree(oid),
    readSmallTrees: (oids) => reader.smallTrees(oids),
    readBlob: (oid, maxBytes) => reader.blob(oid, maxBytes),
    readCommit: (oid) => reader.commit(oid),
    blobSize: (oid) => blobSize(catFile, oid),
    streamBlob: (oid) => streamMemory(reader, oid),
    head: async () => ({ ref: headRef, commit: await history.resolve(headRef) }),
    refs: (prefix) => Promise.resolve(listRefs(refMap, prefix)),
    commitsTouching: (path, base, tip) => history.firstParents(base === undefined ? tip : `${base}..${tip}`, { path }),
    newestTouching: async (folders, tip) => {
      const walk = async (path: string) => [path, (await history.firstParents(tip, { path, limit: 1 }))[0]] as const;
      const found = await Promise.all(folders.map(walk));
      return new Map(found.flatMap(([path, commit]) => (commit === undefined ? [] : [[path, commit] as const])));
    },
    moveRefs: (moves) => Promise.resolve(moveRefs(refMap, moves)),

    // Nothing is ever staged or checked out here.
    indexTree: async () => {
      const commit = await history.resolve(headRef);
      return commit === undefined ? writer.writeTree(undefined, new Map()) : (await reader.commit(commit)).tree;
    },
    dirtyPaths: () => Promise.resolve([]),
    refreshWorktree: () => Promise.resolve([]),

    remotes: () => Promise.resolve(Object.keys(remotes)),
    fetch: (remote, refspecs) => Promise.resolve(fetchFrom(repository, remotes[remote], refspecs)),
    push: (remote, moves) => pushTo(repository, remotes[remote], moves),
    close: () => Promise.resolve(),
  };
  return repository;
}

async function* streamMemory(reader: ObjectReader, oid: string): AsyncGenerator<Uint8Array> {
  const bytes = await reader.blob(oid, Number.MAX_SAFE_INTEGER);
  if (bytes !== undefined) yield bytes;
}

function memoryCatFile(objects: ReadonlyMap<string, MemoryObject>): CatFile {
  const find = (oid: string) => {
    const found = objects.get(oid);
    return found && { oid, type: found.type, size: found.bytes.length, content: found.bytes };
  };
  return {
    info: (oid) => Promise.resolve(find(oid)),
    contents: (oid, maxBytes) => {
      const found = find(oid);
      return Promise.resolve(found && found.size > maxBytes ? { ...found, content: undefined } : found);
    },
    close: () => Promise.resolve(),
  };
}

function memoryWriter(
  objects: Map<string, MemoryObject>,
  readTree: Parameters<typeof editTree>[0]['readTree'],
): ObjectWriter {
  const add = (type: ObjectType, bytes: Uint8Array): Promise<string> => {
    const oid = objectId(type, bytes);
    objects.set(oid, { type, bytes: Buffer.from(bytes) });
    return Promise.resolve(oid);
  };
  const store = {
    readTree,
    addBlob: (bytes: Uint8Array) => add('blob', bytes),
    addTree: (bytes: Buffer) => add('tree', bytes),
  };
  return {
    writeTree: (base, edits) => editTree(store, base, edits),
    writeCommit: async (draft, sign) => {
      const payload = formatCommit(draft);
      return add('commit', sign ? addSignature(payload, await sign(payload)) : payload);
    },
  };
}

function memoryConfig(): Pick<Repository, 'readConfig' | 'writeConfig'> {
  const config = new Map<string, string>();
  return {
    readConfig: (key) => Promise.resolve(config.get(key)),
    writeConfig: (key, value) => {
      config.set(key, value);
      return Promise.resolve();
    },
  };
}

function listRefs(refs: ReadonlyMap<string, string>, prefix: string) {
  const found = [...refs].filter(([ref]) => ref.startsWith(prefix)).map(([ref, oid]) => ({ ref, oid }));
  return found.sort((a, b) => (a.ref < b.ref ? -1 : 1));
}

function moveRefs(refs: Map<string, string>, moves: readonly RefMove[]): MoveResult {
  if (moves.some((move) => refs.get(move.ref) !== move.old)) return 'moved';
  for (const move of moves) {
    if (move.new === undefined) refs.delete(move.ref);
    else refs.set(move.ref, move.new);
  }
  return 'done';
}
