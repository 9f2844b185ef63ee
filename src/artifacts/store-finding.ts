import type { Digest } from '../documents/digest.ts';
import type { ManifestFile } from '../documents/manifest.ts';

/** A file whose stored bytes are not those of the manifest. */
export interface StoreFinding {
  readonly kind: 'missing' | 'size' | 'changed';
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** Returns what is wrong with the stored size of a file. */
export function sizeFinding(
  { path, size, digest }: ManifestFile,
  stored: number | undefined,
): StoreFinding | undefined {
  if (stored === undefined) return { kind: 'missing', path, expected: digest, found: 'nothing' };
  if (stored === size) return undefined;
  return { kind: 'size', path, expected: `${String(size)} bytes`, found: `${String(stored)} bytes` };
}

/** Returns what is wrong with the stored bytes of a file. */
export function changeFinding(
  { path, digest }: Pick<ManifestFile, 'path' | 'digest'>,
  found: Digest,
): StoreFinding | undefined {
  return found === digest ? undefined : { kind: 'changed', path, expected: digest, found };
}
