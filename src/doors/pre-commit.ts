import type { Digest } from '../documents/digest.ts';
import type { Repository } from '../git/port.ts';
import { admit, type Verdict } from '../registry/admit.ts';
import { changesBetween, type States } from '../registry/changes.ts';
import { mustRead, readStored } from '../registry/read-file.ts';
import { emptySnapshot } from '../registry/snapshot.ts';
import { snapshotOf } from './judge-step.ts';

/** What was judged of the commit that git is about to make. */
export interface CommitJudgement {
  readonly verdict: Verdict;
  /** The protected branch, without `refs/heads/`. */
  readonly branch: string;
  /** Whether the commit is for that branch; elsewhere the verdict is a warning only. */
  readonly isBinding: boolean;
  /** Whether the server will ask for a trusted signature on the commit, which does not exist yet. */
  readonly mustBeSigned: boolean;
}

/** What the door is given beside the repository. */
export interface CommitContext {
  readonly now: Date;
  readonly pinnedRoot: () => Promise<Digest | undefined>;
}

/**
 * Judges exactly what git is about to commit: what is staged in the index that git names, on HEAD, which is the first
 * parent also of a merge. Returns undefined, at the cost of a few reads, where nothing governed changes.
 */
export async function judgeCommit(
  repository: Repository,
  context: CommitContext,
): Promise<CommitJudgement | undefined> {
  const head = await repository.head();
  const before = head.commit === undefined ? emptySnapshot(repository) : await snapshotOf(repository, head.commit);
  const after = { objects: repository, commit: undefined, tree: await repository.indexTree() };
  if ((await changesBetween({ before, after })).length === 0) return undefined;
  const settings = await settingsFor({ before, after }, head.ref?.replace('refs/heads/', '') ?? 'HEAD');
  if (settings === undefined) return undefined;
  const admitted = { source: repository, now: context.now, pinnedRoot: await context.pinnedRoot() };
  const { branch, commits } = settings;
  return {
    verdict: await admit({ before, after, commit: undefined }, admitted),
    branch,
    isBinding: head.ref === `refs/heads/${branch}`,
    mustBeSigned: commits === 'signed',
  };
}

interface Settings {
  readonly branch: string;
  readonly commits: 'signed' | 'any';
}

/** What mreg.yaml in force says; a registry that is about to start speaks for itself. Undefined where there is none. */
async function settingsFor({ before, after }: States, checkedOut: string): Promise<Settings | undefined> {
  const inForce = await mustRead(before, 'Registry', 'mreg.yaml');
  if (inForce !== undefined) return inForce.body.spec;
  const starting = await readStored(after, 'Registry', 'mreg.yaml');
  return starting.ok ? starting.value?.body.spec : { branch: checkedOut, commits: 'any' };
}
