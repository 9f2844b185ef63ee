import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Repository } from '../git/port.ts';
import { changedFilesBelow } from '../git/worktree-status.ts';
import { ailing, healthy, skipped, type Diagnosis } from './doctor-check.ts';
import { isShallow } from './first-root.ts';
import { finishRefresh, hasRefreshNote } from './refresh-journal.ts';
import { remoteOf } from './remote.ts';
import { checkSeen, seenTip } from './seen-history.ts';
import type { Session } from './session.ts';

const GOVERNED = ['mreg.yaml', 'trust', 'policies', 'registry'];
const MOST_FILES = 5;

/** Looks at what kind of clone this is: how much of the history and of the objects is here. */
export async function checkShape(repository: Repository): Promise<Diagnosis> {
  if (isShallow(repository)) {
    const message = 'this clone is shallow: it can look, but not judge the past, nor notice a rewritten history';
    return ailing('warn', message, { hint: 'git fetch --unshallow' });
  }
  const remotes = await repository.remotes();
  const filters = await Promise.all(remotes.map((name) => repository.readConfig(`remote.${name}.partialclonefilter`)));
  const [filter] = filters.filter((value) => value !== undefined);
  const linked = repository.gitDir === repository.commonDir ? '' : ', in a linked worktree';
  if (filter === undefined) return healthy(`the whole history${linked}`);
  return healthy(`the whole history, objects fetched as they are needed (${filter})${linked}`);
}

/** Looks whether the server's history still contains what was seen here. */
export async function checkMemory(session: Session): Promise<Diagnosis> {
  const [rewritten] = await checkSeen(session);
  if (rewritten !== undefined) {
    const message = `${rewritten.path} is ${rewritten.found}; expected ${rewritten.expected}`;
    return ailing('fail', message, { hint: rewritten.hint });
  }
  const seen = await seenTip(session);
  if (seen === undefined) return healthy('nothing of the server was seen yet; mreg verify begins');
  return healthy(`the history contains ${seen.slice(0, 12)}, seen here before`);
}

/** Looks at the files that are checked out: whether they are those of the branch. */
export async function checkFiles(session: Session): Promise<Diagnosis> {
  const { repository, branch, outside } = session;
  const hint = 'git status; git stash push, or git restore, what you do not want';
  if (await hasRefreshNote(repository)) {
    const fix = async (): Promise<string> => {
      await finishRefresh(session);
      return 'brought the files to where the branch is';
    };
    return ailing('warn', 'a command was killed before it had brought the files to where the branch is', {
      hint: 'any command that writes finishes it',
      fix,
    });
  }
  const paths = GOVERNED.filter((path) => existsSync(join(repository.workTree ?? '', path)));
  const changed = await changedFilesBelow(repository, { env: outside.env, paths, limit: MOST_FILES + 1 });
  if (changed.length === 0) return healthy(`the governed files are as ${branch} has them`);
  const named = changed.slice(0, MOST_FILES).join(', ') + (changed.length > MOST_FILES ? ' …' : '');
  return ailing('warn', `governed files are changed and not committed: ${named}`, { hint });
}

/** Compares the branch here with what the server was last seen to have. */
export async function checkBranch({ repository, branch, tip }: Session): Promise<Diagnosis> {
  const remote = await remoteOf(repository, branch);
  const theirs = remote === undefined ? undefined : await repository.resolve(`refs/remotes/${remote}/${branch}`);
  if (remote === undefined || theirs === undefined) return skipped('nothing to compare the branch with');
  if (theirs === tip) return healthy(`${branch} is where ${remote}/${branch} is`);
  const [isAhead, isBehind] = await Promise.all([
    repository.isAncestor(theirs, tip),
    repository.isAncestor(tip, theirs),
  ]);
  if (isAhead) {
    const count = (await repository.firstParents(`${theirs}..${tip}`)).length;
    const message = `${String(count)} ${count === 1 ? 'commit' : 'commits'} of ${branch} not pushed yet`;
    return ailing('warn', message, { hint: `git push ${remote} ${branch}` });
  }
  const [how, hint] = isBehind
    ? ['is behind', `git pull --ff-only ${remote} ${branch}`]
    : ['has parted from', `git log ${remote}/${branch}..${branch}; git rebase ${remote}/${branch}`];
  return ailing('warn', `${branch} here ${how} ${remote}/${branch}`, { hint });
}
