import type { Refusal } from '../documents/refusal.ts';
import { remoteOf } from './remote.ts';
import type { Session } from './session.ts';

/**
 * Attack: history rewritten on the server's own disk, where no hook is asked. A client that verified the old history keeps
 * its tip in a ref of its own and says when what the server has now does not contain it.
 */
export async function checkSeen(session: Session): Promise<readonly Refusal[]> {
  const { repository, branch } = session;
  const seen = await repository.resolve(seenRef(branch));
  const { ref, tip } = await publishedTip(session);
  if (seen === undefined || (await repository.isAncestor(seen, tip))) return [];
  const found = `${tip}, which does not contain it`;
  const hint = `ask who runs the server; only when you know why: git update-ref -d ${seenRef(branch)}`;
  return [
    { code: 'history-shape', path: ref, expected: `history on top of ${seen}, verified here before`, found, hint },
  ];
}

/** Keeps the tip that was verified, so that it can be missed later. */
export async function rememberSeen(session: Session): Promise<void> {
  const { repository, branch, flags } = session;
  if (flags.dryRun === true) return;
  const ref = seenRef(branch);
  const [old, { tip }] = [await repository.resolve(ref), await publishedTip(session)];
  // A lost race means that another verification has just written its own tip: as good as this one.
  if (old !== tip) await repository.moveRefs([{ ref, old, new: tip }], 'mreg: verified');
}

/** With a server what it was last seen to have, because local commits may be dropped again by right. */
async function publishedTip(session: Session): Promise<{ readonly ref: string; readonly tip: string }> {
  const { repository, branch, tip } = session;
  const remote = await remoteOf(repository, branch);
  const ref = remote === undefined ? `refs/heads/${branch}` : `refs/remotes/${remote}/${branch}`;
  return { ref, tip: (await repository.resolve(ref)) ?? tip };
}

function seenRef(branch: string): string {
  return `refs/mreg/verified/${branch}`;
}
