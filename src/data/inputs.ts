import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { digestOf, isDigest, type Digest } from '../documents/digest.ts';
import { assert, MregError } from '../documents/error.ts';
import { findFiles } from './find-files.ts';

/** One file that is measured. */
interface InputFile {
  readonly path: string;
  readonly size: number;
  readonly digest: Digest;
  /** What changes when somebody writes to the file. */
  readonly mark: string;
}

/** Files that are measured together, and what proves which bytes they were. */
export interface DataFiles {
  readonly paths: readonly string[];
  readonly size: number;
  /** Of one file its sha256; of several that of the list of them, as `sha256sum` prints it below their common folder. */
  readonly digest: Digest;
  /** Throws when a file is no longer the one whose digest was taken. */
  requireUnchanged(): Promise<void>;
}

/** How reading is told of and ended. */
export interface ReadOptions {
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: { readonly bytes: number; readonly totalBytes: number }) => void) | undefined;
  /** Throws where a file is not of a kind that can be measured, before its bytes are read. */
  readonly accept?: (path: string) => unknown;
}

/** Finds the files that a path or pattern names and takes the digests of their bytes. */
export async function readInputs(pattern: string, options: ReadOptions): Promise<DataFiles> {
  const found = await findFiles(pattern, options.cwd);
  found.forEach((path) => options.accept?.(path));
  const marked = await Promise.all(found.map(async (path) => ({ path, ...(await markOf(path)) })));
  const totalBytes = marked.reduce((sum, { size }) => sum + size, 0);
  let bytes = 0;
  const onBytes = (more: number): void => options.onProgress?.({ bytes: (bytes += more), totalBytes });
  const files: InputFile[] = [];
  for (const file of marked) files.push(await digestFile(file, { signal: options.signal, onBytes }));
  const [first] = files;
  assert(first !== undefined, 'a pattern that finds nothing is refused');
  return {
    paths: files.map(({ path }) => path),
    size: totalBytes,
    digest: files.length === 1 ? first.digest : digestOf(listing(files)),
    requireUnchanged: async () => {
      for (const file of files) await requireSame(file);
    },
  };
}

interface Hashing {
  readonly signal: AbortSignal | undefined;
  readonly onBytes: (bytes: number) => void;
}

/** Takes a file's digest while it stays as it is. */
async function digestFile(marked: Omit<InputFile, 'digest'>, { signal, onBytes }: Hashing): Promise<InputFile> {
  const { path, size } = marked;
  if (size === 0) throw new MregError('bad-file', `${path} is empty`, { hint: 'check what wrote it' });
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) {
      const bytes = chunk as Uint8Array; // a stream without encoding yields bytes
      hash.update(bytes);
      onBytes(bytes.length);
    }
  } catch (error) {
    if (signal?.aborted === true) throw new MregError('interrupted', 'interrupted', { cause: error });
    throw unreadable(path, error);
  }
  const digest = `sha256:${hash.digest('hex')}`;
  assert(isDigest(digest), 'a hash is a digest');
  const file = { ...marked, digest };
  await requireSame(file);
  return file;
}

async function requireSame({ path, mark }: InputFile): Promise<void> {
  if ((await markOf(path)).mark === mark) return;
  // Attack, or slip: the digest in the evidence would be that of other bytes than were measured.
  throw new MregError('integrity', `${path} changed while it was measured`, {
    hint: 'wait until it is written, or measure a copy',
  });
}

async function markOf(path: string): Promise<{ mark: string; size: number }> {
  try {
    const { size, mtimeNs, ctimeNs, ino, dev } = await stat(path, { bigint: true });
    return { mark: [dev, ino, size, mtimeNs, ctimeNs].join(' '), size: Number(size) };
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): Error {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  if (code === undefined) return cause instanceof Error ? cause : new Error(String(cause));
  return new MregError('unreadable', `${path} cannot be read (${code})`, { cause, hint: `ls -l ${path}` });
}

/** Names below the folder that all files share, so that the same files elsewhere have the same digest. */
function listing(files: readonly InputFile[]): string {
  const folder = commonFolder(files.map(({ path }) => path));
  return files.map(({ path, digest }) => `${digest.slice('sha256:'.length)}  ${relative(folder, path)}\n`).join('');
}

function commonFolder(paths: readonly string[]): string {
  const parts = (paths[0] ?? '').split('/').slice(0, -1);
  while (!paths.every((path) => path.startsWith(`${parts.join('/')}/`))) parts.pop();
  return parts.join('/') || '/';
}
