import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MregError } from '../documents/error.ts';
import type { Repository } from '../git/port.ts';
import { changedFiles } from '../registry/changes.ts';
import { snapshotAt, type Session } from './session.ts';

/** A move of the checked-out branch whose files may not be refreshed yet. */
interface PendingRefresh {
  readonly from: string;
  readonly to: string;
}

function journalPath(repository: Repository): string {
  return join(repository.gitDir, 'mreg-refresh');
}

/**
 * Notes that a checkout is about to fall behind its branch. A process killed between the move and the refresh leaves this
 * note, and the next command finishes the work: without it, git would show the old files as the user's own changes.
 */
export async function noteRefresh(repository: Repository, { from, to }: PendingRefresh): Promise<void> {
  try {
    await writeFile(journalPath(repository), `${from} ${to}\n`);
  } catch (cause) {
    throw new MregError('disk', `${journalPath(repository)} cannot be written`, { cause, hint: 'df -h; ls -ld .git' });
  }
}

/** Removes the note: index and files are where the branch is. One that stays only makes the next command look again. */
export async function clearRefresh(repository: Repository): Promise<void> {
  await rm(journalPath(repository), { force: true }).catch(() => undefined);
}

/** Tells whether a command was killed before it had refreshed the files. */
export async function hasRefreshNote(repository: Repository): Promise<boolean> {
  return (await readNote(repository)) !== undefined;
}

/** Finishes the refresh that a killed command left undone; files that the user has changed since stay as they are. */
export async function finishRefresh({ repository, branch }: Session): Promise<void> {
  const pending = await readNote(repository);
  if (pending === undefined) return;
  const { ref, commit } = await repository.head();
  const isHere = ref === `refs/heads/${branch}` && commit !== undefined;
  if (isHere && (await hasArrived(repository, pending, commit))) {
    const states = { before: await snapshotAt(repository, pending.from), after: await snapshotAt(repository, commit) };
    const { tree } = await repository.readCommit(commit);
    await repository.refreshWorktree(tree, await changedFiles(states), states.before.tree);
  }
  await clearRefresh(repository);
}

/** The note is written before the branch moves: a process killed in between moved nothing. */
async function hasArrived(repository: Repository, { from, to }: PendingRefresh, commit: string): Promise<boolean> {
  return commit !== from && (await repository.isAncestor(to, commit));
}

async function readNote(repository: Repository): Promise<PendingRefresh | undefined> {
  const text = await readFile(journalPath(repository), 'utf8').catch(unlessAbsent(repository));
  const match = /^([0-9a-f]{40}) ([0-9a-f]{40})\n$/.exec(text);
  return match === null ? undefined : { from: match[1] ?? '', to: match[2] ?? '' };
}

/** A note that cannot be read may be there: taken for absent, the next note would replace it, and its files stay behind. */
function unlessAbsent(repository: Repository): (cause: unknown) => string {
  return (cause) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return '';
    throw new MregError('disk', `${journalPath(repository)} cannot be read`, { cause, hint: 'ls -l .git; df -h' });
  };
}
