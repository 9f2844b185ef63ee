import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { MregError } from '../documents/error.ts';
import type { Missing, TakeOptions } from './foreign.ts';
import { fieldsOf, listOf, textOf } from './json-values.ts';
import { localArtifact } from './local-artifact.ts';
import { writeStream } from './write-stream.ts';

/** What git holds in the place of a file that DVC (md5) or LFS (sha256) keeps elsewhere. */
export interface Pointer {
  readonly algorithm: 'md5' | 'sha256';
  readonly hash: string;
  /** True where the bytes are DVC's list of the files of a folder. */
  readonly isFolder?: boolean;
}

/** Where bytes may lie that git does not hold. */
export interface Places {
  /** The clone, with the caches of DVC and LFS in it. */
  readonly directory: string;
  /** What the user named. */
  readonly artifacts: string | undefined;
}

/** No pointer of LFS is longer. */
export const MAX_LFS_POINTER_BYTES = 1024;

/** Reads a pointer of Git LFS; undefined where the text is none. */
export function lfsPointer(text: string): Pointer | undefined {
  if (!text.startsWith('version https://git-lfs.github.com/spec/v1\n')) return undefined;
  const hash = /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1];
  return hash === undefined ? undefined : { algorithm: 'sha256', hash };
}

/** Reads what a `.dvc` file points at; undefined where it names nothing by md5. */
export function dvcPointer(text: string): Pointer | undefined {
  return pointerOf(listOf(fieldsOf(yamlIn(text))['outs'])[0]);
}

/** Reads what `dvc.lock` says that a pipeline made at `path`; undefined where it names no such output by md5. */
export function lockedPointer(text: string, path: string): Pointer | undefined {
  const stages = Object.values(fieldsOf(fieldsOf(yamlIn(text))['stages']));
  const outs = stages.flatMap((stage) => listOf(fieldsOf(stage)['outs']));
  return pointerOf(outs.find((out) => textOf(fieldsOf(out)['path']) === path));
}

function yamlIn(text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 0 });
  } catch {
    return undefined;
  }
}

function pointerOf(out: unknown): Pointer | undefined {
  const [, hash, folder] = /^([0-9a-f]{32})(\.dir)?$/.exec(textOf(fieldsOf(out)['md5']) ?? '') ?? [];
  return hash === undefined ? undefined : { algorithm: 'md5', hash, isFolder: folder !== undefined };
}

/** Finds the bytes of a pointer in the caches of the clone, then below `--artifacts`; only the very bytes count. */
export async function findPointed(path: string, pointer: Pointer, places: Places): Promise<string | undefined> {
  for (const [root, at] of candidates(path, pointer, places)) {
    const file = join(root, at);
    if ((await localArtifact(root, at)) !== undefined && (await isThat(file, pointer))) return file;
  }
  return undefined;
}

function candidates(path: string, { algorithm, hash, isFolder }: Pointer, { directory, artifacts }: Places) {
  const [head, rest] = [hash.slice(0, 2), hash.slice(2)];
  const name = isFolder === true ? `${rest}.dir` : rest;
  const cached: readonly (readonly [string, string])[] =
    algorithm === 'md5'
      ? [
          [directory, `.dvc/cache/files/md5/${head}/${name}`],
          [directory, `.dvc/cache/${head}/${name}`],
        ]
      : [[directory, `.git/lfs/objects/${head}/${hash.slice(2, 4)}/${hash}`]];
  // A list of files is DVC's own and never lies among the files.
  return artifacts === undefined || isFolder === true ? cached : [...cached, [artifacts, path] as const];
}

async function isThat(file: string, { algorithm, hash }: Pointer): Promise<boolean> {
  const sum = createHash(algorithm);
  try {
    for await (const chunk of createReadStream(file)) sum.update(chunk as Buffer); // a stream without encoding gives buffers
  } catch {
    return false;
  }
  return sum.digest('hex') === hash;
}

/** Copies the bytes of a pointer under their own name, and checks them once more on the way. */
export async function copyPointed(
  { from, to, pointer }: { readonly from: string; readonly to: string; readonly pointer: Pointer },
  options?: TakeOptions,
): Promise<void> {
  const sum = createHash(pointer.algorithm);
  const hashed = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of createReadStream(from)) {
      sum.update(chunk as Buffer); // a stream without encoding gives buffers
      yield chunk as Buffer;
    }
  };
  await writeStream(to, hashed(), options);
  if (sum.digest('hex') === pointer.hash) return;
  throw new MregError('integrity', `${from} changed while it was read`, { hint: 'run the command again' });
}

/** Returns what to say of bytes that are not on this machine. */
export function notHere(path: string, { algorithm, hash, isFolder }: Pointer, others = 0): Missing {
  const [program, fetch] =
    algorithm === 'md5' ? ['DVC', 'dvc fetch --all-commits'] : ['Git LFS', 'git lfs fetch --all'];
  const more = others === 0 ? '' : `, and ${String(others)} more`;
  const elsewhere = isFolder === true ? '' : ', or --artifacts <dir> with the files under their paths';
  return {
    reason: `${path} is a pointer of ${program} to bytes (${algorithm} ${hash.slice(0, 12)}) that are not here${more}`,
    hint: `in the clone: ${fetch}${elsewhere}; then import again`,
  };
}
