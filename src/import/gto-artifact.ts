import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { entryAt, type Snapshot, type TreeEntry } from '../registry/snapshot.ts';
import { dvcFolder } from './dvc-folder.ts';
import type { ForeignArtifact, Missing } from './foreign.ts';
import { isSafeName } from './mlflow-version.ts';
import {
  copyPointed,
  dvcPointer,
  findPointed,
  lfsPointer,
  lockedPointer,
  MAX_LFS_POINTER_BYTES,
  notHere,
  type Places,
  type Pointer,
} from './pointer-files.ts';
import { writeStream } from './write-stream.ts';

/** Reads blobs of any size in pieces. */
export interface Blobs {
  blobSize(oid: string): Promise<number>;
  /** What was yielded is proven only when it has ended. */
  streamBlob(oid: string): AsyncIterable<Uint8Array>;
}

/** Where an artifact of a tagged commit is looked for. */
export interface GtoPlace extends Places {
  readonly snapshot: Snapshot;
  readonly blobs: Blobs;
}

/** A file in git, under its path in the artifact. */
interface TreeFile {
  readonly path: string;
  readonly oid: string;
}

const MAX_POINTER_BYTES = 64 * 1024;
/** What a pipeline of hundreds of stages made. */
const MAX_LOCK_BYTES = 4 * 1024 * 1024;
const HINT = 'register the bytes by hand: mreg register <model> <file>';

/** Returns the artifact at `path` of a commit: from git, or what its DVC or LFS pointers name. */
export async function gtoArtifact(at: GtoPlace, path: string): Promise<ForeignArtifact | Missing> {
  const clean = path.replace(/^\.\//, '').replace(/\/+$/, '');
  if (!clean.split('/').every(isSafeName)) return { reason: `its path is outside the repository: ${path}`, hint: HINT };
  const entry = await entryAt(at.snapshot, clean);
  return entry === undefined ? dvcArtifact(at, clean) : gitArtifact(at, clean, entry);
}

async function dvcArtifact(at: GtoPlace, path: string): Promise<ForeignArtifact | Missing> {
  const file = await textAt(at, `${path}.dvc`, MAX_POINTER_BYTES);
  const lock = file === undefined ? await textAt(at, 'dvc.lock', MAX_LOCK_BYTES) : undefined;
  const pointer = file === undefined ? lockedPointer(lock ?? '', path) : dvcPointer(file);
  if (pointer === undefined) {
    if (file === undefined) return { reason: `${path} is not in the tagged commit`, hint: HINT };
    return { reason: `${path}.dvc names nothing by md5`, hint: `dvc commit ${path}.dvc, or ${HINT}` };
  }
  if (pointer.isFolder === true) return dvcFolder(path, pointer, at);
  const from = await findPointed(path, pointer, at);
  return from === undefined ? notHere(path, pointer) : pointedArtifact(basename(path), { from, pointer });
}

async function textAt({ snapshot }: GtoPlace, path: string, maxBytes: number): Promise<string | undefined> {
  const entry = await entryAt(snapshot, path);
  if (entry === undefined || !isPlain(entry)) return undefined;
  const bytes = await snapshot.objects.readBlob(entry.oid, maxBytes);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}

function pointedArtifact(
  name: string,
  { from, pointer }: { readonly from: string; readonly pointer: Pointer },
): ForeignArtifact {
  return {
    sizeBytes: async () => (await stat(from)).size,
    // A cache names a file by its hash; here it has its own name again.
    take: async (directory, options) => {
      const to = join(directory, name);
      await copyPointed({ from, to, pointer }, options);
      return to;
    },
  };
}

async function gitArtifact(at: GtoPlace, path: string, entry: TreeEntry): Promise<ForeignArtifact | Missing> {
  const files = await filesOf(at.snapshot, entry, basename(path));
  if (files === undefined) return { reason: `${path} holds links or submodules`, hint: HINT };
  const parts: ForeignArtifact[] = [];
  const missing: Missing[] = [];
  for (const file of files) {
    const part = await partOf(at, file, join(path, '..', file.path));
    if ('reason' in part) missing.push(part);
    else parts.push(part);
  }
  const [first] = missing;
  if (first !== undefined) {
    const more = missing.length === 1 ? '' : `, and ${String(missing.length - 1)} more like it`;
    return { reason: `${first.reason}${more}`, hint: first.hint };
  }
  return {
    sizeBytes: async () => {
      let size = 0;
      for (const part of parts) size += await part.sizeBytes();
      return size;
    },
    take: async (directory, options) => {
      for (const part of parts) await part.take(directory, options);
      return join(directory, basename(path));
    },
  };
}

/** Attack, or an oversight: the pointers of a folder registered as if they were the weights. */
async function partOf(at: GtoPlace, { path, oid }: TreeFile, whole: string): Promise<ForeignArtifact | Missing> {
  const sizeBytes = await at.blobs.blobSize(oid);
  if (path.endsWith('.dvc')) {
    return {
      reason: `${whole} says that DVC keeps a part of the folder elsewhere`,
      hint: `check the tag out, run dvc pull, then ${HINT}`,
    };
  }
  const pointer = sizeBytes > MAX_LFS_POINTER_BYTES ? undefined : lfsPointer(await blobText(at, oid));
  if (pointer !== undefined) {
    const from = await findPointed(whole, pointer, at);
    return from === undefined ? notHere(whole, pointer) : pointedArtifact(path, { from, pointer });
  }
  return {
    sizeBytes: () => Promise.resolve(sizeBytes),
    take: async (directory, options) => {
      const to = join(directory, path);
      await writeStream(to, at.blobs.streamBlob(oid), options);
      return to;
    },
  };
}

async function blobText({ snapshot }: GtoPlace, oid: string): Promise<string> {
  return Buffer.from((await snapshot.objects.readBlob(oid, MAX_LFS_POINTER_BYTES)) ?? []).toString('utf8');
}

async function filesOf(snapshot: Snapshot, entry: TreeEntry, path: string): Promise<readonly TreeFile[] | undefined> {
  if (isPlain(entry)) return [{ path, oid: entry.oid }];
  if (entry.mode !== '40000') return undefined;
  const inside = await snapshot.objects.readTree(entry.oid);
  const found = await Promise.all(inside.map((child) => filesOf(snapshot, child, `${path}/${child.name}`)));
  return found.every((files) => files !== undefined) ? found.flat() : undefined;
}

function isPlain({ mode }: TreeEntry): boolean {
  return /^1006?44$|^1007?55$/.test(mode);
}
