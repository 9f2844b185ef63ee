import type { ConfiguredStore } from '../artifacts/open-store.ts';
import { splitArtifactUri } from '../documents/artifact-uri.ts';
import { MregError } from '../documents/error.ts';

/** Returns the configured store of that name or URL; without one, the first. */
export function chooseStore(stores: readonly ConfiguredStore[], asked: string | undefined): ConfiguredStore {
  const chosen = asked === undefined ? stores[0] : stores.find(({ name, url }) => name === asked || url === asked);
  if (chosen !== undefined) return chosen;
  const known = stores.map(({ name, url }) => `${name} (${url})`).join(', ') || 'none';
  throw new MregError('unknown-store', `${asked ?? 'an artifact store'} is not configured; mreg.yaml has ${known}`, {
    hint: 'name one of them with --store',
  });
}

/** Tells whether a text is the uri of an artifact rather than a path or a reference. */
export function isArtifactUri(text: string): boolean {
  return /^[a-z0-9+.-]+:/.test(text) && splitArtifactUri(text) !== undefined;
}
