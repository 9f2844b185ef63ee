import { MregError } from '../documents/error.ts';
import { APPROVAL_NAMESPACE } from '../documents/kinds/index.ts';
import { besideApprovalPath } from '../documents/paths.ts';
import type { CommitPlan } from '../registry/commit-plan.ts';
import { changesBetween } from '../registry/changes.ts';
import { fileAt, type Snapshot } from '../registry/snapshot.ts';
import { visible } from '../report/escape.ts';
import { judge, submit, writeSignedCommit } from './carry-out.ts';
import { guardCheckout, refuseDetachedHead } from './checkout.ts';
import { moveRequest } from './file-request.ts';
import { tell } from './flags.ts';
import { chooseProposal, openProposal, PROPOSALS, type Proposal } from './open-proposals.ts';
import { synchronised } from './remote.ts';
import { snapshotAt, type Session } from './session.ts';
import { authorOf, signedEdits, type Author } from './signing.ts';
import { warnOfExpiry } from './standing-warnings.ts';
import type { Written } from './written.ts';

/** What proposing came to: landed on the protected branch, or filed for others to sign. */
export interface Proposed extends Written {
  readonly state: 'landed' | 'filed';
  /** What is still missing, when it was filed. */
  readonly missing: readonly string[];
}

/** A change to propose: its plan, the document whose signatures count, and a second key that must sign as well. */
export interface ProposalPlan {
  readonly plan: CommitPlan;
  readonly path: string;
  /** The branch to wait on, without the prefix: `trust-v4`. */
  readonly name: string;
  /** The new key of somebody who replaces their own: the new root needs its signature too. */
  readonly second?: Author | undefined;
}

/** Carries out a change of trust, policy or settings: lands it where the thresholds are met, else files it for others to sign. */
export async function propose(
  opened: Session,
  decide: (session: Session, author: Author) => Promise<ProposalPlan>,
): Promise<Proposed> {
  const session = await synchronised(opened);
  await refuseDetachedHead(session);
  warnOfExpiry(session);
  const author = await authorOf(session);
  const wanted = await decide(session, author);
  const branch = PROPOSALS + wanted.name;
  if (session.flags.dryRun === true)
    return { state: 'landed', commit: undefined, branch: session.branch, pushed: false, missing: [] };
  const commit = await buildProposal(session, wanted, author);
  const verdict = await judge(session, { parent: session.tip, commit });
  if (verdict.accepted) return land(session, commit, wanted.plan);
  const missing = verdict.refusals.filter(({ code }) => code === 'threshold');
  if (missing.length < verdict.refusals.length) {
    throw new MregError('refused', `this would be refused: ${wanted.plan.subject}`, { refusals: verdict.refusals });
  }
  const open = await openProposal(session, branch);
  if (open !== undefined) refuseToReplace(open, author);
  const pushed = await moveRequest(session, { branch, from: open?.tip, to: commit });
  return {
    state: 'filed',
    commit,
    branch,
    pushed,
    missing: missing.map(({ expected, found }) => `${expected}; found ${found}`),
  };
}

/** Attack, or haste: a second change under the same number would silently take the place of one that others have looked at. */
function refuseToReplace({ branch, subject, by, isOutdated }: Proposal, author: Author): void {
  if (isOutdated || by === author.principal) return;
  const name = branch.slice(PROPOSALS.length);
  throw new MregError(
    'exists',
    `${branch} waits already, by ${by ?? 'a key that is not trusted'}: ${visible(subject)}`,
    {
      hint: `mreg trust sign ${name}, then make your change on top; or close it: mreg trust withdraw ${name}`,
    },
  );
}

async function buildProposal(session: Session, { plan, path, second }: ProposalPlan, author: Author): Promise<string> {
  const { view, tip } = session;
  const edits = new Map(await signedEdits(plan, author.signer, view.snapshot));
  if (second !== undefined) {
    const to = besideApprovalPath(path, second.principal, { isNewKey: true });
    const wish = { path, namespace: APPROVAL_NAMESPACE, to };
    const added = await signedEdits({ ...plan, signatures: [wish] }, second.signer, view.snapshot);
    const armour = added.get(to);
    if (armour !== undefined) edits.set(to, armour);
  }
  return writeSignedCommit(session, { edits, plan, parents: [tip], base: view.snapshot.tree }, author);
}

async function land(session: Session, commit: string, plan: CommitPlan): Promise<Proposed> {
  await guardCheckout(session, { from: session.tip, to: commit });
  const done = await submit(session, async (fresh) => {
    const states = {
      before: await snapshotAt(fresh.repository, session.tip),
      after: await snapshotAt(fresh.repository, commit),
    };
    return { plan: { ...plan, edits: await bytesOf(states), signatures: [] }, result: undefined };
  });
  return { state: 'landed', commit: done.commit, pushed: done.pushed, branch: session.branch, missing: [] };
}

/** Returns the governed files of a commit that differ from its parent, as edits. */
async function bytesOf(states: Parameters<typeof changesBetween>[0]): Promise<CommitPlan['edits']> {
  const edits = new Map<string, Uint8Array | null>();
  for (const { path, after } of await changesBetween(states)) {
    const file = await fileAt(states.after, path);
    if (after === undefined) edits.set(path, null);
    else if (file.state === 'present') edits.set(path, file.bytes);
  }
  return edits;
}

/** Signs a proposal; lands it when the thresholds are met. */
export async function signProposal(
  opened: Session,
  name: string | undefined,
): Promise<Proposed & { readonly proposal: Proposal }> {
  const session = await synchronised(opened);
  const proposal = await chooseProposal(session, name);
  if (proposal.isOutdated) throw outdated(proposal);
  const author = await authorOf(session);
  const snapshot = await snapshotAt(session.repository, proposal.tip);
  await showAndAsk(session, proposal, snapshot);
  const to = besideApprovalPath(proposal.path, author.principal);
  const plan: CommitPlan = {
    edits: new Map(),
    signatures: [{ path: proposal.path, namespace: APPROVAL_NAMESPACE, to }],
    subject: `Sign: ${proposal.subject}`,
    trailers: { 'Mreg-Action': 'sign', 'Mreg-Signed-By': author.principal },
  };
  if (session.flags.dryRun === true)
    return { proposal, state: 'filed', commit: undefined, branch: proposal.branch, pushed: false, missing: [] };
  const edits = await signedEdits(plan, author.signer, snapshot);
  const commit = await writeSignedCommit(
    session,
    { edits, plan, parents: [proposal.tip], base: snapshot.tree },
    author,
  );
  const squashed = await squash(session, { commit, subject: proposal.subject, author });
  const verdict = await judge(session, { parent: session.tip, commit: squashed });
  if (verdict.accepted) return { proposal, ...(await landProposal(session, proposal, squashed)) };
  const pushed = await moveRequest(session, { branch: proposal.branch, from: proposal.tip, to: commit });
  const missing = verdict.refusals.map(({ expected, found }) => `${expected}; found ${found}`);
  return { proposal, state: 'filed', commit, branch: proposal.branch, pushed, missing };
}

function outdated({ branch, path }: Proposal): MregError {
  const message = `${branch} follows a ${path} that is in force no more: no signature could land it`;
  return new MregError('refused', message, {
    hint: `mreg trust withdraw ${branch.slice(PROPOSALS.length)}, then propose it again on what is in force now`,
  });
}

/** Closes a proposal without landing it: its branch goes. */
export async function withdrawProposal(
  opened: Session,
  name: string | undefined,
): Promise<Proposed & { readonly proposal: Proposal }> {
  const session = await synchronised(opened);
  const proposal = await chooseProposal(session, name);
  await authorOf(session);
  const done = { proposal, state: 'filed' as const, commit: undefined, branch: proposal.branch, missing: [] };
  if (session.flags.dryRun === true) return { ...done, pushed: false };
  return {
    ...done,
    pushed: await moveRequest(session, { branch: proposal.branch, from: proposal.tip, to: undefined }),
  };
}

/** Nobody should sign what they have not seen: what the document loses and gains comes first, then one question. */
async function showAndAsk(session: Session, { path, subject }: Proposal, after: Snapshot): Promise<void> {
  const { outside, flags } = session;
  const [old, now] = [await linesOf(session.view.snapshot, path), await linesOf(after, path)];
  tell(outside, flags, `${visible(subject)}: ${path}`);
  for (const line of old.filter((one) => !now.includes(one))) tell(outside, flags, `  - ${visible(line)}`);
  for (const line of now.filter((one) => !old.includes(one))) tell(outside, flags, `  + ${visible(line)}`);
  if (outside.ask === undefined || flags.yes === true || flags.json === true || flags.dryRun === true) return;
  const said = await outside.ask({ text: 'Sign this? [y/N] ' });
  if (said?.trim().toLowerCase().startsWith('y') === true) return;
  throw new MregError('refused', 'not signed: nothing was changed', { hint: 'mreg trust show' });
}

async function linesOf(snapshot: Snapshot, path: string): Promise<readonly string[]> {
  const file = await fileAt(snapshot, path);
  return file.state === 'present' ? Buffer.from(file.bytes).toString('utf8').trimEnd().split('\n') : [];
}

async function squash(
  session: Session,
  made: { readonly commit: string; readonly subject: string; readonly author: Author },
): Promise<string> {
  const states = { before: session.view.snapshot, after: await snapshotAt(session.repository, made.commit) };
  const edits = new Map<string, Uint8Array | null>();
  for (const [path, content] of await bytesOf(states))
    edits.set(path, typeof content === 'string' ? Buffer.from(content) : content);
  const plan = { subject: made.subject, trailers: {} };
  return writeSignedCommit(
    session,
    { edits, plan, parents: [session.tip], base: session.view.snapshot.tree },
    made.author,
  );
}

async function landProposal(session: Session, proposal: Proposal, commit: string): Promise<Proposed> {
  const landed = await land(session, commit, {
    edits: new Map(),
    signatures: [],
    subject: proposal.subject,
    trailers: {},
  });
  await moveRequest(session, { branch: proposal.branch, from: proposal.tip, to: undefined });
  return landed;
}
