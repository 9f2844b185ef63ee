import { isDigest, type Digest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { Repository } from '../git/port.ts';
import { tell } from './flags.ts';
import type { Session } from './session.ts';

const KEY = 'mreg.root';

/** Returns the digest of the first trust root that this repository is pinned to, or undefined when nothing is pinned. */
export async function readPin(repository: Repository): Promise<Digest | undefined> {
  const value = await repository.readConfig(KEY);
  if (value === undefined) return undefined;
  if (isDigest(value)) return value;
  throw new MregError('integrity', `git config ${KEY} holds "${value}", no digest`, {
    hint: `git config ${KEY} sha256:<digest of the first trust/root.yaml>`,
  });
}

/** Pins the first trust root of a registry, outside of what can be pushed. */
export async function writePin(repository: Repository, root: Digest): Promise<void> {
  await repository.writeConfig(KEY, root);
}

/**
 * Pins the first trust root where nothing is pinned yet. Trust on first use: said aloud, because it is the one moment in which nothing vouches for the root.
 */
export async function pinFirstSeen(
  { outside, flags, repository }: Pick<Session, 'outside' | 'flags' | 'repository'>,
  pinnedRoot: Digest | undefined,
  firstRoot: Digest | undefined,
): Promise<void> {
  if (pinnedRoot !== undefined || firstRoot === undefined || flags.dryRun === true) return;
  try {
    await writePin(repository, firstRoot);
    tell(outside, flags, `pinned the first trust root ${firstRoot}: compare it with what its owners say`);
  } catch (error) {
    // A folder that can only be read is looked at like any other; what it cannot keep is said, with what to compare.
    if (!(error instanceof MregError)) throw error;
    tell(outside, flags, `note: the first trust root ${firstRoot} cannot be pinned here: ${error.message}`);
  }
}
