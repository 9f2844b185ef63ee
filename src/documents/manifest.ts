import { comparePaths, pathFault, TwinFinder } from './artifact-path.ts';
import { type Digest, digestOf } from './digest.ts';
import { assert } from './error.ts';
import type { Reading, Refusal } from './refusal.ts';

/** One file of an artifact. */
export interface ManifestFile {
  readonly path: string;
  readonly size: number;
  readonly digest: Digest;
}

/** All files of an artifact, sorted by the UTF-8 bytes of their paths, and the sum of their sizes. */
export interface Manifest {
  readonly files: readonly ManifestFile[];
  readonly size: number;
}

/** One way in which two manifests differ; `to` is the new path of a renamed file. */
export type ManifestDifference =
  | { readonly kind: 'missing' | 'extra'; readonly path: string }
  | { readonly kind: 'changed'; readonly path: string; readonly expected: ManifestFile; readonly found: ManifestFile }
  | { readonly kind: 'renamed'; readonly path: string; readonly to: string };

const HEADER = 'mreg-manifest v1\n';
/** More than any model has; a bound on memory, since a manifest is held whole. */
export const MAX_FILES = 1_000_000;
/** A million files with paths of 190 bytes; one string in memory, well under V8's limit of 512 MiB. */
const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;

/** Returns the text of the manifest of `files` (in any order). Every path must be fit, as `manifestFaults` tells. */
export function formatManifest(files: readonly ManifestFile[]): string {
  const lines = sortFiles(files).map((file) => {
    assert(pathFault(file.path) === undefined, `the walker lets no unfit path through: ${JSON.stringify(file.path)}`);
    return `${file.digest.slice('sha256:'.length)} ${String(file.size)} ${file.path}\n`;
  });
  return HEADER + lines.join('');
}

/** Returns the digest of an artifact: the sha256 of the exact bytes of its manifest. */
export function manifestDigest(files: readonly ManifestFile[]): Digest {
  return digestOf(formatManifest(files));
}

/** Returns `files` as a manifest: sorted, with the sum of their sizes. */
export function manifestOf(files: readonly ManifestFile[]): Manifest {
  return { files: sortFiles(files), size: files.reduce((sum, file) => sum + file.size, 0) };
}

/** Returns what keeps these paths from being one artifact: unfit names, twins, none or too many. Any order. */
export function pathsFaults(paths: readonly string[]): readonly { readonly path: string; readonly fault: string }[] {
  if (paths.length === 0) return [{ path: '', fault: 'holds no file' }];
  if (paths.length > MAX_FILES) return [{ path: '', fault: `holds more than ${String(MAX_FILES)} files` }];
  const twins = new TwinFinder();
  return [...paths].sort(comparePaths).flatMap((path) => {
    const fault = pathFault(path) ?? twins.add(path);
    return fault === undefined ? [] : [{ path, fault }];
  });
}

/** Reads a manifest strictly: only the bytes that `formatManifest` writes are accepted. `where` names it in refusals. */
export function parseManifest(bytes: Uint8Array, where = 'manifest'): Reading<Manifest> {
  const text = decode(bytes);
  if (text === undefined)
    return refuse(where, 'UTF-8 of at most 256 MiB', `${String(bytes.length)} bytes that are not`);
  if (!text.startsWith(HEADER)) return refuse(where, 'first line "mreg-manifest v1"', excerpt(text));
  if (!text.endsWith('\n')) return refuse(where, 'a line feed at the end', 'a cut last line');
  const lines = text.slice(HEADER.length, -1).split('\n');
  if (lines.length > MAX_FILES) return refuse(where, `at most ${String(MAX_FILES)} files`, String(lines.length));
  return parseLines(lines, where);
}

function parseLines(lines: readonly string[], where: string): Reading<Manifest> {
  const files: ManifestFile[] = [];
  const twins = new TwinFinder();
  let size = 0;
  for (const [index, line] of lines.entries()) {
    const file = parseLine(line);
    const fault = file === undefined ? 'is no entry' : entryFault(file, files.at(-1), twins);
    if (file === undefined || fault !== undefined) {
      return refuse(
        `${where}:${String(index + 2)}`,
        '"<sha256> <size> <path>", sorted, no twins',
        `${excerpt(line)} ${fault ?? ''}`,
      );
    }
    size += file.size;
    files.push(file);
  }
  if (!Number.isSafeInteger(size)) return refuse(where, 'a total size below 2^53', 'more');
  return { ok: true, value: { files, size } };
}

function parseLine(line: string): ManifestFile | undefined {
  const [, hex, size, path] = /^([0-9a-f]{64}) (0|[1-9][0-9]{0,15}) (.+)$/su.exec(line) ?? [];
  if (hex === undefined || size === undefined || path === undefined) return undefined;
  return { path, size: Number(size), digest: `sha256:${hex}` };
}

function entryFault(file: ManifestFile, before: ManifestFile | undefined, twins: TwinFinder): string | undefined {
  if (!Number.isSafeInteger(file.size)) return 'has a size beyond 2^53';
  const fault = pathFault(file.path);
  if (fault !== undefined) return fault;
  if (before !== undefined && comparePaths(before.path, file.path) >= 0) return 'is listed twice or out of order';
  return twins.add(file.path);
}

/** Returns how `found` differs from `expected`, in path order. A file that is missing under one path and extra under another is renamed. */
export function compareManifests(expected: Manifest, found: Manifest): readonly ManifestDifference[] {
  const foundByPath = new Map(found.files.map((file) => [file.path, file]));
  const expectedPaths = new Set(expected.files.map((file) => file.path));
  const extras = found.files.filter((file) => !expectedPaths.has(file.path));
  const extrasByContent = groupByContent(extras);
  const renamedTo = new Set<string>();
  const differences = expected.files.flatMap((file): ManifestDifference[] => {
    const twin = foundByPath.get(file.path);
    if (twin !== undefined)
      return contentKey(twin) === contentKey(file)
        ? []
        : [{ kind: 'changed', path: file.path, expected: file, found: twin }];
    const moved = extrasByContent.get(contentKey(file))?.shift();
    if (moved === undefined) return [{ kind: 'missing', path: file.path }];
    renamedTo.add(moved.path);
    return [{ kind: 'renamed', path: file.path, to: moved.path }];
  });
  for (const { path } of extras) if (!renamedTo.has(path)) differences.push({ kind: 'extra', path });
  return differences.sort((a, b) => comparePaths(a.path, b.path));
}

function groupByContent(files: readonly ManifestFile[]): ReadonlyMap<string, ManifestFile[]> {
  const groups = new Map<string, ManifestFile[]>();
  for (const file of files) {
    const group = groups.get(contentKey(file));
    if (group === undefined) groups.set(contentKey(file), [file]);
    else group.push(file);
  }
  return groups;
}

function contentKey(file: ManifestFile): string {
  return `${file.digest} ${String(file.size)}`;
}

function sortFiles(files: readonly ManifestFile[]): readonly ManifestFile[] {
  return [...files].sort((a, b) => comparePaths(a.path, b.path));
}

function decode(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_MANIFEST_BYTES) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function refuse(path: string, expected: string, found: string): { ok: false; refusals: Refusal[] } {
  const hint = 'push the artifact again from its source: mreg artifact push <path>';
  return { ok: false, refusals: [{ code: 'artifact', path, expected, found, hint }] };
}

function excerpt(text: string): string {
  return JSON.stringify(text.slice(0, 120));
}
