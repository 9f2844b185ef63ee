import { storeForUri } from '../artifacts/open-store.ts';
import { MregError } from '../documents/error.ts';
import { tell } from './flags.ts';
import type { Session } from './session.ts';

/**
 * Gives the artifact of a version that has landed a name for people who look into the store, where the store knows such
 * names. The version stands without it, so a failure is only told.
 */
export async function tagVersion(
  { outside, flags, view }: Session,
  { uri, model, version }: { readonly uri: string; readonly model: string; readonly version: string },
): Promise<void> {
  if (flags.dryRun === true) return;
  const { store, key } = storeForUri(uri, view.settings.body.spec.stores, outside);
  try {
    await store.taggable?.tag(key, `${model.replaceAll('/', '.')}-${version}`);
  } catch (error) {
    if (!(error instanceof MregError)) throw error;
    tell(outside, flags, `warning: ${model}@${version} has no tag in ${store.url}: ${error.message}`);
  }
}
