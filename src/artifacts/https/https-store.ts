import { MregError } from '../../documents/error.ts';
import { openHttp } from '../oci/http.ts';
import type { ArtifactStore } from '../port.ts';
import { folderLayout } from '../s3/folder-layout.ts';
import { ObjectReader } from '../s3/object-reader.ts';
import type { StoreWorld } from '../store-world.ts';
import { httpsObjects } from './https-objects.ts';

/** Returns the store that a web server gives out, without touching it: the layout of a bucket, for reading only. */
export function openHttpsStore(url: string, world: StoreWorld): ArtifactStore {
  const objects = httpsObjects(url, openHttp(world));
  const reader = new ObjectReader({ url, layout: folderLayout(''), objects, pause: world.pause });
  return {
    url,
    uriOf: (artifact) => reader.uriOf(artifact),
    has: (artifact) => reader.has(artifact),
    readManifest: (artifact) => reader.readManifest(artifact),
    sizeOf: (artifact, file) => reader.sizeOf(artifact, file),
    open: (artifact, file, options) => reader.open(artifact, file, options),
    write: () => Promise.reject(readOnly(url)),
  };
}

function readOnly(url: string): MregError {
  return new MregError('usage', `${url} is for reading only`, {
    hint: 'push into the bucket or folder that the server gives out, such as s3://bucket/models, with --store',
  });
}
