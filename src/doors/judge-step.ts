import type { Refusal } from '../documents/refusal.ts';
import { admit, type AdmitContext, type Verdict } from '../registry/admit.ts';
import { emptySnapshot, type CommitFacts, type Snapshot, type Source } from '../registry/snapshot.ts';

/** One commit of the protected branch and what the judge said of it. */
export interface JudgedStep {
  readonly commit: CommitFacts;
  readonly verdict: Verdict;
}

/** Judges a commit as one step from its first parent; a root commit steps from nothing. */
export async function judgeStep(oid: string, context: AdmitContext): Promise<JudgedStep> {
  const { source } = context;
  const commit = await source.readCommit(oid);
  const [parent] = commit.parents;
  const before = parent === undefined ? emptySnapshot(source) : await snapshotOf(source, parent);
  const after = { objects: source, commit: oid, tree: commit.tree };
  const verdict = await admit({ before, after, commit }, context);
  const shape = checkParents(commit);
  if (shape.length === 0) return { commit, verdict };
  return { commit, verdict: { ...verdict, accepted: false, refusals: [...shape, ...verdict.refusals] } };
}

/** Returns the state that a commit holds. */
export async function snapshotOf(source: Source, oid: string): Promise<Snapshot> {
  const { tree } = await source.readCommit(oid);
  return { objects: source, commit: oid, tree };
}

/** An octopus joins what nobody looked at together; no tool that people review with makes one. */
function checkParents({ oid, parents }: CommitFacts): readonly Refusal[] {
  if (parents.length <= 2) return [];
  const found = `${String(parents.length)} parents`;
  const hint = 'merge one branch at a time: git merge --no-ff <branch>';
  return [{ code: 'history-shape', path: `commit ${oid}`, expected: 'at most two parents', found, hint }];
}
