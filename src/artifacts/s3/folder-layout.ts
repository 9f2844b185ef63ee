import { type Digest, isDigest } from '../../documents/digest.ts';

/** Where an artifact lies in a bucket or below an address: a pure function of its digest. */
export interface FolderLayout {
  /** Ends in `/`, or is empty. */
  readonly manifests: string;
  readonly artifacts: string;
  nameOfManifest(artifact: Digest): string;
  /** Ends in `/`: what programs that load models are given. */
  folderOf(artifact: Digest): string;
  nameOf(artifact: Digest, path: string): string;
  /** Returns the artifact that a name is about, with its path in there: empty for a manifest. */
  parse(name: string): { readonly artifact: Digest; readonly path: string } | undefined;
}

/** Returns the layout below `prefix` (without slashes at its ends): `sha256/<hex>/<path>` and `manifests/sha256/<hex>`. */
export function folderLayout(prefix: string): FolderLayout {
  const root = prefix === '' ? '' : `${prefix}/`;
  const artifacts = `${root}sha256/`;
  const manifests = `${root}manifests/sha256/`;
  const folderOf = (artifact: Digest): string => `${artifacts}${hexOf(artifact)}/`;
  return {
    manifests,
    artifacts,
    nameOfManifest: (artifact) => `${manifests}${hexOf(artifact)}`,
    folderOf,
    nameOf: (artifact, path) => folderOf(artifact) + path,
    parse: (name) => {
      const [area, rest] = name.startsWith(manifests) ? [manifests, ''] : [artifacts, '/.+'];
      if (!name.startsWith(area)) return undefined;
      const inside = name.slice(area.length);
      const artifact = `sha256:${inside.slice(0, HEX_LENGTH)}`;
      const path = inside.slice(HEX_LENGTH);
      return isDigest(artifact) && new RegExp(`^${rest}$`, 's').test(path)
        ? { artifact, path: path.slice(1) }
        : undefined;
    },
  };
}

const HEX_LENGTH = 64;

function hexOf(artifact: Digest): string {
  return artifact.slice('sha256:'.length);
}
