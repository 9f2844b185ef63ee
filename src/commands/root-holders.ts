import type { Repository } from '../git/port.ts';
import { readLeniently } from '../registry/commit-mark.ts';
import { snapshotAt } from './session.ts';

/** Returns who answers for the trust of a registry at a commit: those whom it grants the role root. */
export async function rootHolders(repository: Repository, commit: string | undefined): Promise<readonly string[]> {
  if (commit === undefined) return [];
  const root = await readLeniently(await snapshotAt(repository, commit), 'TrustRoot', 'trust/root.yaml');
  const grants = root?.body.spec.roles.filter(({ role }) => role === 'root') ?? [];
  return [...new Set(grants.flatMap(({ principals }) => principals))].sort();
}
