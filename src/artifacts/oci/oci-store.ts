import { MregError } from '../../documents/error.ts';
import type { ArtifactStore } from '../port.ts';
import type { StoreWorld } from '../store-world.ts';

/** Returns the store in a repository of an OCI registry, without touching it. */
export function openOciStore(url: string, _world: StoreWorld): ArtifactStore {
  throw new MregError('bad-reference', `${url}: OCI registries cannot be used yet`, { hint: 'use file:///srv/models' });
}
