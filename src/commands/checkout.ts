import { MregError } from '../documents/error.ts';
import { changedFiles } from '../registry/changes.ts';
import { clearRefresh, noteRefresh } from './refresh-journal.ts';
import { snapshotAt, type Session } from './session.ts';

/** A move of the protected branch that is about to happen, or has happened. */
export interface BranchMove {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
}

/** Moves the local protected branch by compare-and-swap and brings a checkout of it up to date. */
export async function refreshCheckout(session: Session, move: BranchMove): Promise<void> {
  const paths = await guardCheckout(session, move);
  const ref = `refs/heads/${session.branch}`;
  if (await isCheckedOut(session)) await noteRefresh(session.repository, move);
  const moved = await session.repository.moveRefs([{ ref, old: move.from, new: move.to }], move.reason);
  if (moved === 'moved') throw lostRace(ref);
  await refreshFiles(session, move, paths);
}

/** Brings index and files of a checkout of the protected branch to a commit that the branch is at. */
export async function refreshFiles(session: Session, move: BranchMove, paths: readonly string[]): Promise<void> {
  if (!(await isCheckedOut(session))) return;
  const { repository } = session;
  const [before, after] = [await repository.readCommit(move.from), await repository.readCommit(move.to)];
  const left = await repository.refreshWorktree(after.tree, paths, before.tree);
  await clearRefresh(repository);
  if (left.length === 0) return;
  session.outside.stderr(`left as you have them: ${left.join(', ')} (git diff shows how they differ)\n`);
}

/** Refuses, before anything moves, where the user's own edits stand in the way; returns the paths that will change. */
export async function guardCheckout(
  session: Session,
  move: Pick<BranchMove, 'from' | 'to'>,
): Promise<readonly string[]> {
  const { repository } = session;
  const states = { before: await snapshotAt(repository, move.from), after: await snapshotAt(repository, move.to) };
  const paths = await changedFiles(states);
  await guardPaths(session, paths, states.before.tree);
  return paths;
}

/** Refuses where the user's own edits stand in the way of writing these paths to a checkout of the protected branch. */
export async function guardPaths(
  session: Session,
  paths: readonly string[],
  tree = session.view.snapshot.tree,
): Promise<void> {
  if (!(await isCheckedOut(session))) return;
  const dirty = await session.repository.dirtyPaths(tree, paths);
  if (dirty.length === 0) return;
  // What another command in this clone has just brought up to the branch is nobody's own change.
  const ref = `refs/heads/${session.branch}`;
  if ((await session.repository.resolve(ref)) !== session.tip) throw lostRace(ref);
  throw new MregError('dirty-worktree', `your own changes stand in the way: ${dirty.join(', ')}`, {
    hint: `git stash push -- ${dirty.join(' ')}, then run the command again`,
  });
}

/** Refuses to write where HEAD is detached: what is checked out would silently fall behind. */
export async function refuseDetachedHead(session: Session): Promise<void> {
  const { repository, branch } = session;
  const { ref, commit } = await repository.head();
  if (repository.workTree === undefined || ref !== undefined) return;
  throw new MregError(
    'detached-head',
    `HEAD is detached at ${commit?.slice(0, 12) ?? 'nothing'}; mreg writes to ${branch}`,
    {
      hint: `git switch ${branch}`,
    },
  );
}

/** Tells whether the files at hand are those of the protected branch. */
export async function isCheckedOut({ repository, branch }: Session): Promise<boolean> {
  return repository.workTree !== undefined && (await repository.head()).ref === `refs/heads/${branch}`;
}

/** Returns the error of a writer that was overtaken; it is tried again for a long time before anybody sees it. */
export function lostRace(ref: string): MregError {
  return new MregError('overtaken', `${ref} moved meanwhile`, { hint: 'run the command again' });
}

/** Tells whether a command was overtaken: it changed nothing, and may decide again on what there is now. */
export function isLostRace(error: unknown): boolean {
  return error instanceof MregError && error.code === 'overtaken';
}
