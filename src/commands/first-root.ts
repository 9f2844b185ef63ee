import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, type Digest } from '../documents/digest.ts';
import type { Repository } from '../git/port.ts';
import { fileAt } from '../registry/snapshot.ts';
import { snapshotAt } from './session.ts';

/** Returns the digest of the first trust root that the history of a commit leads back to, or undefined where there is none. */
export async function firstRootOf(repository: Repository, tip: string): Promise<Digest | undefined> {
  const first = (await repository.firstParents(tip, { path: 'trust/root.yaml' })).at(-1);
  const file = first === undefined ? undefined : await fileAt(await snapshotAt(repository, first), 'trust/root.yaml');
  return file?.state === 'present' ? digestOf(file.bytes) : undefined;
}

/** Tells whether history was cut off when this was cloned, so that nothing can be said of its beginning. */
export function isShallow({ commonDir }: Pick<Repository, 'commonDir'>): boolean {
  return existsSync(join(commonDir, 'shallow'));
}
