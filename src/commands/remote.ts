import { MregError } from '../documents/error.ts';
import type { Repository } from '../git/port.ts';
import { isLostRace, refreshCheckout } from './checkout.ts';
import { finishRefresh } from './refresh-journal.ts';
import { remoteOf } from './remote-name.ts';
import { requireSeen } from './seen-history.ts';
import { openSession, sessionAt, type Session } from './session.ts';

export { remoteOf };

/**
 * Returns the session brought up to what the server has: the protected branch and the requests are fetched, and the local
 * branch is moved forward. Without a remote, or with --no-push, the session stays as it is.
 */
export async function synchronised(session: Session): Promise<Session> {
  if (session.isSynchronised === true) return session;
  const { outside, flags, repository } = session;
  for (let triesLeft = MOST_TRIES, at = session; ; triesLeft -= 1) {
    try {
      return { ...(await broughtUp(at)), isSynchronised: true };
    } catch (error) {
      // Another command in this clone was faster in bringing it up.
      if (triesLeft === 0 || !isLostRace(error)) throw error;
      at = await openSession(outside, flags, repository);
    }
  }
}

const MOST_TRIES = 20;

async function broughtUp(session: Session): Promise<Session> {
  const { repository, branch, flags } = session;
  await finishRefresh(session);
  const remote = flags.push === false ? undefined : await remoteOf(repository, branch);
  if (remote === undefined) return session;
  await fetchRegistry(repository, remote, branch);
  const ref = `refs/remotes/${remote}/${branch}`;
  const theirs = await repository.resolve(ref);
  if (theirs !== undefined) await requireSeen(session, { ref, tip: theirs });
  if (theirs === undefined || theirs === session.tip || (await repository.isAncestor(theirs, session.tip)))
    return session;
  if (!(await repository.isAncestor(session.tip, theirs))) throw diverged(branch, remote);
  await refreshCheckout(session, {
    from: session.tip,
    to: theirs,
    reason: `mreg: fast-forward to ${remote}/${branch}`,
  });
  return sessionAt(session, theirs);
}

/** Fetches the protected branch and whatever waits on branches of its own. */
export async function fetchRegistry(repository: Repository, remote: string, branch: string): Promise<void> {
  const refspecs = [
    `+refs/heads/${branch}:refs/remotes/${remote}/${branch}`,
    `+refs/heads/promote/*:refs/remotes/${remote}/promote/*`,
    `+refs/heads/propose/*:refs/remotes/${remote}/propose/*`,
  ];
  let result = await repository.fetch(remote, refspecs);
  // Two commands in one clone fetch at once: git moves a ref for one of them.
  for (let triesLeft = MOST_TRIES; result.state === 'moved' && triesLeft > 0; triesLeft -= 1) {
    result = await repository.fetch(remote, refspecs);
  }
  // A server that is still empty has no branch to give: the first push makes it.
  if (result.state === 'ok' || result.state === 'refused') return;
  throw new MregError('network', `the remote ${remote} cannot be reached: ${result.text.trim()}`, {
    hint: 'check the address and your access (git fetch), or work locally with --no-push',
  });
}

function diverged(branch: string, remote: string): MregError {
  const message = `the local ${branch} and ${remote}/${branch} have both moved on`;
  return new MregError('remote-ahead', message, {
    hint: `git rebase ${remote}/${branch} (or git reset --keep ${remote}/${branch} to drop the local commits)`,
  });
}
