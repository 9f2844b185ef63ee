import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Runs `make`, which starts a repository in the folder `place`; where it fails, what it began is removed, so that the
 * same command can be run again. Only what was not there before goes: nothing of the user's can be in it.
 */
export async function madeOrGone<T>(place: string, make: () => Promise<T>): Promise<T> {
  const fresh = [place, join(place, '.git')].find((path) => !existsSync(path));
  try {
    return await make();
  } catch (error) {
    if (fresh !== undefined) await rm(fresh, { recursive: true, force: true });
    throw error;
  }
}
