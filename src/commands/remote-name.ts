import type { Repository } from '../git/port.ts';

/** Returns the remote that the protected branch follows, or undefined where there is none to follow. */
export async function remoteOf(repository: Repository, branch: string): Promise<string | undefined> {
  const remotes = await repository.remotes();
  const configured = await repository.readConfig(`branch.${branch}.remote`);
  if (configured !== undefined && remotes.includes(configured)) return configured;
  return remotes.includes('origin') ? 'origin' : remotes.length === 1 ? remotes[0] : undefined;
}
