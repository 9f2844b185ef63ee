import type { Digest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import { type Manifest, manifestDigest } from '../documents/manifest.ts';
import type { ArtifactReader } from './port.ts';

/** An artifact that is to be read from a store. */
export interface Wanted<Store extends ArtifactReader = ArtifactReader> {
  readonly store: Store;
  /** The digest in the artifact's URI. */
  readonly key: Digest;
  /** The digest that a version records; undefined where only a URI was given. */
  readonly artifact?: string | undefined;
}

/**
 * Returns the manifest of the artifact that is wanted; MregError('unknown-artifact') or ('integrity'). Attack: a version
 * whose URI leads to another artifact than the one that was measured and approved.
 */
export async function readWanted({ store, key, artifact }: Wanted): Promise<Manifest> {
  const manifest = await store.readManifest(key);
  if (artifact === undefined || key === artifact) return manifest;
  const found = manifestDigest(manifest.files);
  if (found === artifact) return manifest;
  throw new MregError('integrity', `${store.uriOf(key)} holds the artifact ${found}; the version records ${artifact}`, {
    hint: 'do not use it; find out who registered the version (mreg show), and hold it: mreg hold <model>@<version>',
  });
}
