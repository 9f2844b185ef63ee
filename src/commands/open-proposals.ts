import { MregError } from '../documents/error.ts';
import { changesBetween } from '../registry/changes.ts';
import { entryAt } from '../registry/snapshot.ts';
import { signerOf } from '../trust/verify.ts';
import { remoteOf } from './remote.ts';
import { snapshotAt, type Session } from './session.ts';

/** A change that needs signatures of several people waits on a branch below this name. */
export const PROPOSALS = 'propose/';

/** A governed change on its branch, waiting for signatures. */
export interface Proposal {
  readonly branch: string;
  readonly tip: string;
  /** The document that is to be signed. */
  readonly path: string;
  readonly subject: string;
  /** Whose key signed the commit that began it; undefined where that key is trusted no more. */
  readonly by: string | undefined;
  /** True once the document that it follows is no longer the one in force: nobody's signature helps it any more. */
  readonly isOutdated: boolean;
}

/** Returns the proposals that wait. */
export async function openProposals(session: Session): Promise<readonly Proposal[]> {
  const prefix = await branchPrefix(session);
  const found: Proposal[] = [];
  for (const { ref, oid } of await session.repository.refs(prefix + PROPOSALS)) {
    const proposal = await readProposal(session, { branch: ref.slice(prefix.length), tip: oid });
    if (proposal !== undefined) found.push(proposal);
  }
  return found;
}

/** Returns the proposal of a name, or the only one there is. */
export async function chooseProposal(session: Session, name: string | undefined): Promise<Proposal> {
  const open = await openProposals(session);
  const chosen =
    name === undefined ? open : open.filter(({ branch }) => branch === name || branch === PROPOSALS + name);
  const [only] = chosen;
  if (only !== undefined && chosen.length === 1) return only;
  const listed = open.map(({ branch, subject }) => `${branch} (${subject})`).join(', ') || 'none';
  const message = `expected one change that waits for signatures${name === undefined ? '' : ` called ${name}`}; open: ${listed}`;
  throw new MregError('unknown-request', message, { hint: 'mreg trust show lists them; name one' });
}

/** Returns the proposal that waits under a name, or undefined. */
export async function openProposal(session: Session, branch: string): Promise<Proposal | undefined> {
  const tip = await session.repository.resolve(`${await branchPrefix(session)}${branch}`);
  return tip === undefined ? undefined : readProposal(session, { branch, tip });
}

async function branchPrefix({ repository, branch, flags }: Session): Promise<string> {
  const remote = flags.push === false ? undefined : await remoteOf(repository, branch);
  return remote === undefined ? 'refs/heads/' : `refs/remotes/${remote}/`;
}

async function readProposal(session: Session, at: Pick<Proposal, 'branch' | 'tip'>): Promise<Proposal | undefined> {
  const { repository, view, tip } = session;
  const commits = await repository.firstParents(`${tip}..${at.tip}`);
  const first = commits.at(-1);
  if (first === undefined) return undefined;
  const { subject, parents, signature, oid } = await repository.readCommit(first);
  const [parent] = parents;
  if (parent === undefined) return undefined;
  const [base, after] = [await snapshotAt(repository, parent), await snapshotAt(repository, first)];
  const paths = (await changesBetween({ before: base, after })).map(({ path }) => path);
  const path = paths.find((one) => one.endsWith('.yaml') && !one.includes('.approvals/'));
  if (path === undefined) return undefined;
  const isOutdated = (await entryAt(base, path))?.oid !== (await entryAt(view.snapshot, path))?.oid;
  const signed = { path: `commit ${oid}`, bytes: signature?.payload ?? new Uint8Array(), armour: signature?.armour };
  const signer = signerOf(view.trust, { ...signed, namespace: 'git' });
  return { ...at, path, subject, by: signer.ok ? signer.principal : undefined, isOutdated };
}
