import { resolve } from 'node:path';
import { MregError } from '../documents/error.ts';
import type { Repository } from '../git/port.ts';
import { mustRead } from '../registry/read-file.ts';
import type { Snapshot } from '../registry/snapshot.ts';
import { readView, type RegistryView } from '../registry/view.ts';
import type { CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';

/** An open registry: the repository, its protected branch and what is in force on it. */
export interface Session {
  readonly outside: Outside;
  readonly flags: CommonFlags;
  readonly repository: Repository;
  /** Name of the protected branch, without `refs/heads/`. */
  readonly branch: string;
  readonly tip: string;
  readonly view: RegistryView;
  /** True once it was brought up to what the server has. */
  readonly isSynchronised?: boolean;
}

/** Runs `work` on the registry in the current directory (or -C) and closes what was opened. */
export async function withSession<T>(
  outside: Outside,
  flags: CommonFlags,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return withRepository(outside, flags, async (repository) => work(await openSession(outside, flags, repository)));
}

/** Runs `work` on the git repository in the current directory (or -C) and closes what was opened. */
export async function withRepository<T>(
  outside: Outside,
  flags: CommonFlags,
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  const repository = await outside.openRepository(resolve(outside.cwd, flags.C ?? '.'));
  try {
    return await work(repository);
  } finally {
    await repository.close();
  }
}

/** Opens the registry of a repository at the tip of its protected branch. */
export async function openSession(outside: Outside, flags: CommonFlags, repository: Repository): Promise<Session> {
  const branch = await protectedBranch(repository);
  const tip = await repository.resolve(`refs/heads/${branch}`);
  if (tip === undefined) throw noBranch(branch);
  return sessionAt({ outside, flags, repository, branch }, tip);
}

/** Returns the session at another tip of the protected branch. */
export async function sessionAt(
  at: Pick<Session, 'outside' | 'flags' | 'repository' | 'branch'>,
  tip: string,
): Promise<Session> {
  const { outside, flags, repository, branch } = at;
  const view = await readView(await snapshotAt(repository, tip));
  if (view === undefined) throw notARegistry(branch);
  return { outside, flags, repository, branch, tip, view };
}

/** Returns the state of a commit. */
export async function snapshotAt(repository: Repository, commit: string): Promise<Snapshot> {
  const { tree } = await repository.readCommit(commit);
  return { objects: repository, commit, tree };
}

/** The protected branch is what mreg.yaml of the commit at hand says, whatever is checked out. */
async function protectedBranch(repository: Repository): Promise<string> {
  const { commit } = await repository.head();
  const known = commit ?? (await firstRemoteTip(repository));
  if (known === undefined) throw notARegistry(undefined);
  const settings = await mustRead(await snapshotAt(repository, known), 'Registry', 'mreg.yaml');
  if (settings === undefined) throw notARegistry(undefined);
  return settings.body.spec.branch;
}

async function firstRemoteTip(repository: Repository): Promise<string | undefined> {
  return (await repository.refs('refs/remotes/')).find(({ ref }) => ref.endsWith('/main'))?.oid;
}

function notARegistry(branch: string | undefined): MregError {
  const where = branch === undefined ? 'in this repository' : `on branch ${branch}`;
  return new MregError('not-a-registry', `expected mreg.yaml and trust/root.yaml ${where}, found neither`, {
    hint: 'mreg init makes a registry; -C <dir> names another directory',
  });
}

function noBranch(branch: string): MregError {
  return new MregError('not-a-registry', `the protected branch ${branch} does not exist here`, {
    hint: `git fetch origin ${branch}:${branch}`,
  });
}
