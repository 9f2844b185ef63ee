import type { Origin } from '../documents/kinds/model-version.ts';
import { versionPath } from '../documents/paths.ts';
import { versionNumbers } from './models.ts';
import { mustRead } from './read-file.ts';
import type { Snapshot } from './snapshot.ts';

/** Returns what tells one version elsewhere from all others: two servers may number alike, but their runs differ. */
export function originKey({ system, model, version, run, commit }: Origin): string {
  return JSON.stringify([system, model, version, run ?? null, commit ?? null]);
}

/** Returns the imported versions of a model that are newer than number `after`, by the keys of their origins. */
export async function importedVersions(
  snapshot: Snapshot,
  model: string,
  after = 0,
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const number of (await versionNumbers(snapshot, model)).filter((each) => each > after)) {
    const name = `v${String(number)}`;
    const version = await mustRead(snapshot, 'ModelVersion', versionPath(model, name));
    const origin = version?.body.spec.origin;
    if (origin !== undefined) found.set(originKey(origin), name);
  }
  return found;
}
