import { fileURLToPath } from 'node:url';
import { MregError } from '../documents/error.ts';
import { openHttpsStore } from './https/https-store.ts';
import { openLocalStore } from './local-store.ts';
import { openOciStore } from './oci/oci-store.ts';
import type { ArtifactStore } from './port.ts';
import { openS3Store } from './s3/s3-store.ts';
import type { StoreWorld } from './store-world.ts';
import { normaliseStoreUrl, parseArtifactUri } from './store-url.ts';
import type { Wanted } from './wanted.ts';

/** A store as `mreg.yaml` names it. */
export interface ConfiguredStore {
  readonly name: string;
  readonly url: string;
}

/** Every scheme that stores can have; a new adapter is a row here. */
const OPENERS: Readonly<Record<string, (url: string, world: StoreWorld) => ArtifactStore>> = {
  'file:': (url) => openLocalStore(fileURLToPath(url)),
  'http:': openHttpsStore,
  'https:': openHttpsStore,
  'oci:': openOciStore,
  's3:': (url, world) => openS3Store(url, world),
};

/** Returns the store at `url` without touching it; throws MregError('bad-reference') for a scheme that is not supported. */
export function openStore(url: string, world: StoreWorld): ArtifactStore {
  const written = normaliseStoreUrl(url);
  const { protocol } = new URL(written);
  const open = Object.hasOwn(OPENERS, protocol) ? OPENERS[protocol] : undefined;
  if (open === undefined) {
    throw new MregError(
      'bad-reference',
      `artifact stores have the schemes ${Object.keys(OPENERS).join(' ')}; found ${protocol}`,
      {
        hint: 'use a store like file:///srv/models, oci://registry.example/acme/models or s3://bucket/models',
      },
    );
  }
  return open(written, world);
}

/**
 * Returns the configured store that `uri` points into, and the artifact's key there. Attack: a version that points at
 * `file:///etc` or an internal address, to have the machine of whoever pulls or verifies it read from there.
 */
export function storeForUri(
  uri: string,
  configured: readonly ConfiguredStore[],
  world: StoreWorld,
): Wanted<ArtifactStore> {
  const { storeUrl, key } = parseArtifactUri(uri);
  if (!configured.some(({ url }) => normaliseStoreUrl(url) === storeUrl)) {
    const known = configured.map(({ name, url }) => `${name} (${url})`).join(', ') || 'none';
    throw new MregError('unknown-store', `${storeUrl} is no artifact store of this registry; configured: ${known}`, {
      hint: 'add it to spec.stores in mreg.yaml if it is trusted',
    });
  }
  return { store: openStore(storeUrl, world), key };
}
