import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { MregError } from '../documents/error.ts';
import { entryAt, type Snapshot, type TreeEntry } from '../registry/snapshot.ts';
import type { ForeignArtifact, Missing } from './foreign.ts';
import { fieldsOf, listOf, textOf } from './json-values.ts';
import { localArtifact } from './local-artifact.ts';
import { isSafeName } from './mlflow-version.ts';

/** Where bytes may lie that git does not hold. */
interface Places {
  readonly directory: string;
  readonly artifacts: string | undefined;
}

/** A file that git holds. */
interface TreeFile {
  readonly path: string;
  readonly oid: string;
}

/** Git reads a blob as a whole: what is larger belongs into DVC or LFS, and comes from there. */
const MAX_BLOB_BYTES = 1024 * 1024 * 1024;
const MAX_POINTER_BYTES = 64 * 1024;

/** Returns the artifact at `path` of a commit: from git, or what its DVC or LFS pointer names. */
export async function gtoArtifact(
  snapshot: Snapshot,
  path: string,
  places: Places,
): Promise<ForeignArtifact | Missing> {
  const clean = path.replace(/^\.\//, '').replace(/\/+$/, '');
  if (!clean.split('/').every(isSafeName)) return { reason: `its path is outside the repository: ${path}`, hint: HINT };
  const entry = await entryAt(snapshot, clean);
  if (entry === undefined) return dvcArtifact(snapshot, clean, places);
  const lfs = await lfsHash(snapshot, entry);
  if (lfs !== undefined) return hashedFile(clean, { algorithm: 'sha256', hash: lfs }, places);
  return gitArtifact(snapshot, clean, entry);
}

const HINT = 'register the bytes by hand: mreg register <model> <file>';

async function gitArtifact(snapshot: Snapshot, path: string, entry: TreeEntry): Promise<ForeignArtifact | Missing> {
  const files = await filesOf(snapshot, entry, basename(path));
  if (files === undefined) return { reason: `${path} holds links or submodules`, hint: HINT };
  return {
    sizeBytes: async () => {
      let size = 0;
      for (const { oid, path: name } of files) size += (await blobOf(snapshot, oid, name)).length;
      return size;
    },
    take: async (directory) => {
      for (const file of files) {
        const to = join(directory, file.path);
        await mkdir(dirname(to), { recursive: true });
        await writeFile(to, await blobOf(snapshot, file.oid, file.path), { flag: 'wx', mode: 0o600 });
      }
      return join(directory, basename(path));
    },
  };
}

async function filesOf(snapshot: Snapshot, entry: TreeEntry, path: string): Promise<readonly TreeFile[] | undefined> {
  if (/^1006?44$|^1007?55$/.test(entry.mode)) return [{ path, oid: entry.oid }];
  if (entry.mode !== '40000') return undefined;
  const inside = await snapshot.objects.readTree(entry.oid);
  const found = await Promise.all(inside.map((child) => filesOf(snapshot, child, `${path}/${child.name}`)));
  return found.every((files) => files !== undefined) ? found.flat() : undefined;
}

async function blobOf(snapshot: Snapshot, oid: string, path: string): Promise<Uint8Array> {
  const bytes = await snapshot.objects.readBlob(oid, MAX_BLOB_BYTES);
  if (bytes !== undefined) return bytes;
  throw new MregError('bad-file', `${path} is larger than 1 GiB in git`, { hint: HINT });
}

async function lfsHash(snapshot: Snapshot, entry: TreeEntry): Promise<string | undefined> {
  if (entry.mode === '40000') return undefined;
  const bytes = await snapshot.objects.readBlob(entry.oid, 1024);
  const text = bytes === undefined ? '' : Buffer.from(bytes).toString('utf8');
  if (!text.startsWith('version https://git-lfs.github.com/spec/v1\n')) return undefined;
  return /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1];
}

async function dvcArtifact(snapshot: Snapshot, path: string, places: Places): Promise<ForeignArtifact | Missing> {
  const entry = await entryAt(snapshot, `${path}.dvc`);
  if (entry === undefined) return { reason: `${path} is not in the tagged commit`, hint: HINT };
  const bytes = await snapshot.objects.readBlob(entry.oid, MAX_POINTER_BYTES);
  const hash = bytes === undefined ? undefined : md5In(Buffer.from(bytes).toString('utf8'));
  if (hash === undefined) return { reason: `${path}.dvc names no file by md5`, hint: HINT };
  return hashedFile(path, { algorithm: 'md5', hash }, places);
}

function md5In(text: string): string | undefined {
  try {
    const [out] = listOf(fieldsOf(parse(text, { maxAliasCount: 0 }))['outs']);
    const md5 = textOf(fieldsOf(out)['md5']) ?? '';
    return /^[0-9a-f]{32}$/.test(md5) ? md5 : undefined;
  } catch {
    return undefined;
  }
}

interface Wanted {
  readonly algorithm: 'md5' | 'sha256';
  readonly hash: string;
}

/** Finds the bytes of a pointer in the caches beside the repository, then in `--artifacts`; only the very bytes count. */
async function hashedFile(path: string, wanted: Wanted, places: Places): Promise<ForeignArtifact | Missing> {
  for (const [root, at] of candidates(path, wanted, places)) {
    const found = await localArtifact(root, at);
    if (found === undefined || !(await isThat(join(root, at), wanted))) continue;
    // A cache names a file by its hash; here it has its own name again.
    return { ...found, take: (directory) => named(join(root, at), join(directory, basename(path)), wanted) };
  }
  return {
    reason: `${path} is a pointer to bytes (${wanted.algorithm} ${wanted.hash.slice(0, 12)}) that are not here`,
    hint: `${wanted.algorithm === 'md5' ? 'dvc pull --all-commits' : 'git lfs fetch --all'}, or --artifacts <dir> with the file`,
  };
}

function candidates(path: string, { algorithm, hash }: Wanted, { directory, artifacts }: Places) {
  const [head, rest] = [hash.slice(0, 2), hash.slice(2)];
  const cached: readonly (readonly [string, string])[] =
    algorithm === 'md5'
      ? [
          [directory, `.dvc/cache/files/md5/${head}/${rest}`],
          [directory, `.dvc/cache/${head}/${rest}`],
        ]
      : [[directory, `.git/lfs/objects/${head}/${hash.slice(2, 4)}/${hash}`]];
  return artifacts === undefined ? cached : [...cached, [artifacts, path] as const];
}

async function isThat(file: string, { algorithm, hash }: Wanted): Promise<boolean> {
  const sum: Hash = createHash(algorithm);
  try {
    for await (const chunk of createReadStream(file)) sum.update(chunk as Buffer); // a stream without encoding gives buffers
  } catch {
    return false;
  }
  return sum.digest('hex') === hash;
}

async function named(from: string, to: string, wanted: Wanted): Promise<string> {
  await copyFile(from, to);
  if (await isThat(to, wanted)) return to;
  throw new MregError('integrity', `${from} changed while it was read`, { hint: 'run the command again' });
}
