import { join, resolve, sep } from 'node:path';
import type { Digest } from '../documents/digest.ts';

/** `blobs` hold the bytes of files, `manifests` the manifests; both are named by sha256. */
export type Area = 'blobs' | 'manifests';

/** Where things lie in a store's folder: a pure function of the digest, with the format's version in front. */
export interface LocalLayout {
  readonly root: string;
  readonly temporaryFolder: string;
  folderOf(area: Area): string;
  pathOf(area: Area, digest: Digest): string;
  /** An empty file that says: content of this size was stored once. Only a hint; it may be removed or be stale. */
  sizeHint(sizeBytes: number): string;
}

/** Returns the layout of the store in `root`: `v1/blobs/sha256/ab/<hex>`, `v1/manifests/sha256/ab/<hex>`, `v1/sizes`, `v1/tmp`. */
export function localLayout(root: string): LocalLayout {
  const absolute = resolve(root);
  const folders = {
    blobs: join(absolute, 'v1', 'blobs', 'sha256'),
    manifests: join(absolute, 'v1', 'manifests', 'sha256'),
  };
  return {
    root: absolute,
    temporaryFolder: join(absolute, 'v1', 'tmp'),
    folderOf: (area) => folders[area],
    sizeHint: (sizeBytes) => join(absolute, 'v1', 'sizes', String(sizeBytes)),
    pathOf: (area, digest) => {
      const hex = digest.slice('sha256:'.length);
      // Asked for each of ten thousand files: nothing in it needs to be put in order first.
      return `${folders[area]}${sep}${hex.slice(0, 2)}${sep}${hex}`;
    },
  };
}
