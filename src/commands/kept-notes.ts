import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Repository } from '../git/port.ts';

/** What earlier runs found out, kept in the git folder: never in the worktree, never pushed, and only to save time. */
export type NoteName = 'audited' | 'rollouts' | 'verified';

/** Room for the models of a registry ten times as large as the largest that is measured; a larger file is no note of ours. */
const MAX_NOTE_BYTES = 64 * 1024 * 1024;

/** Returns where a note is kept: one for all worktrees of a repository. */
export function notePath({ commonDir }: Pick<Repository, 'commonDir'>, name: NoteName): string {
  return join(commonDir, 'mreg', `${name}.json`);
}

/** Returns a note as it was parsed, or undefined where there is none that can be read: then the work is done again. */
export async function readNote(repository: Pick<Repository, 'commonDir'>, name: NoteName): Promise<unknown> {
  const path = notePath(repository, name);
  try {
    if ((await stat(path)).size > MAX_NOTE_BYTES) return undefined;
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Replaces a note as a whole, so that a reader sees the old one or the new one. Returns false where it cannot be written,
 * as on a file system that is read-only: the answer stands, and the next run takes as long as this one.
 */
export async function writeNote(
  repository: Pick<Repository, 'commonDir'>,
  { name, content, unique }: { readonly name: NoteName; readonly content: unknown; readonly unique: string },
): Promise<boolean> {
  const path = notePath(repository, name);
  const temporary = `${path}.${unique}`;
  try {
    await mkdir(join(repository.commonDir, 'mreg'), { recursive: true });
    await writeFile(temporary, `${JSON.stringify(content)}\n`, { flag: 'wx' });
    await rename(temporary, path);
    return true;
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
    return false;
  }
}

/** Forgets a note; true once there is none. */
export async function dropNote(repository: Pick<Repository, 'commonDir'>, name: NoteName): Promise<boolean> {
  return rm(notePath(repository, name), { force: true }).then(
    () => true,
    () => false,
  );
}
