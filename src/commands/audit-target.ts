import { MregError } from '../documents/error.ts';
import type { Repository } from '../git/port.ts';
import { readLeniently } from '../registry/commit-mark.ts';
import { remoteOf } from './remote.ts';
import { snapshotAt } from './session.ts';

/** Which history is to be audited. */
export interface AuditTarget {
  /** As people know it: `refs/heads/main`, or what the command line said. */
  readonly name: string;
  readonly tip: string;
  /** What the server was last seen to have; the tip itself where there is no server. */
  readonly published: string;
  readonly from: string | undefined;
  /** True for the whole history of the protected branch: only of that something is remembered. */
  readonly isWhole: boolean;
}

/** Returns what the command line asks to audit. A registry that cannot be read any more is audited all the same. */
export async function auditTarget(
  repository: Repository,
  asked: { readonly range: string | undefined; readonly from: string | undefined },
): Promise<AuditTarget> {
  if (asked.range === undefined) return protectedTarget(repository, asked.from);
  const [first = '', second] = asked.range.split('..');
  const [from, to] = second === undefined ? [asked.from, first] : [asked.from ?? first, second];
  const tip = await mustResolve(repository, to === '' ? 'HEAD' : to);
  const start = from === undefined ? undefined : await mustResolve(repository, from);
  return { name: to === '' ? 'HEAD' : to, tip, published: tip, from: start, isWhole: false };
}

async function protectedTarget(repository: Repository, from: string | undefined): Promise<AuditTarget> {
  const branch = await branchOf(repository);
  const [here, remote] = [await repository.resolve(`refs/heads/${branch}`), await remoteOf(repository, branch)];
  const theirRef = remote === undefined ? undefined : `refs/remotes/${remote}/${branch}`;
  const theirs = theirRef === undefined ? undefined : await repository.resolve(theirRef);
  const isAhead = here !== undefined && theirs !== undefined && (await repository.isAncestor(theirs, here));
  const tip = isAhead ? here : (theirs ?? here);
  if (tip === undefined) throw noBranch(branch);
  const name = isAhead || theirRef === undefined || theirs === undefined ? `refs/heads/${branch}` : theirRef;
  const start = from === undefined ? undefined : await mustResolve(repository, from);
  return { name, tip, published: theirs ?? tip, from: start, isWhole: start === undefined };
}

/** The branch that mreg.yaml names; where that file was destroyed, the one that HEAD names, which is it on a server. */
async function branchOf(repository: Repository): Promise<string> {
  const { ref, commit } = await repository.head();
  const named = ref?.replace(/^refs\/heads\//, '');
  const known = commit ?? (await firstRemoteTip(repository));
  const settings =
    known === undefined ? undefined : await readLeniently(await snapshotAt(repository, known), 'Registry', 'mreg.yaml');
  const branch = settings?.body.spec.branch ?? named;
  if (branch === undefined) throw noBranch('main');
  return branch;
}

async function firstRemoteTip(repository: Repository): Promise<string | undefined> {
  return (await repository.refs('refs/remotes/')).find(({ ref }) => ref.endsWith('/main'))?.oid;
}

async function mustResolve(repository: Repository, revision: string): Promise<string> {
  const commit = await repository.resolve(revision);
  if (commit !== undefined) return commit;
  throw new MregError('bad-reference', `"${revision}" is no commit of this repository`, { hint: 'git log --oneline' });
}

function noBranch(branch: string): MregError {
  return new MregError('not-a-registry', `the protected branch ${branch} does not exist here`, {
    hint: `git fetch origin ${branch}:${branch}; -C <dir> names another directory`,
  });
}
