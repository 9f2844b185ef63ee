import { MregError } from '../documents/error.ts';
import { diskError } from '../git/loose-store.ts';
import type { PushMove, Repository } from '../git/port.ts';
import { admit, type Verdict } from '../registry/admit.ts';
import type { CommitPlan } from '../registry/commit-plan.ts';
import {
  guardCheckout,
  isCheckedOut,
  isLostRace,
  refreshFiles,
  refuseDetachedHead,
  type BranchMove,
} from './checkout.ts';
import { newPatience } from './patience.ts';
import { readPin } from './pin.ts';
import { pokeReceivers } from './poke.ts';
import { noteRefresh } from './refresh-journal.ts';
import { remoteOf, synchronised } from './remote.ts';
import { rememberSeen } from './seen-history.ts';
import { openSession, snapshotAt, type Session } from './session.ts';
import { authorOf, commitSigner, signedEdits, type Author } from './signing.ts';
import { warnOfExpiry } from './standing-warnings.ts';

/** A plan to carry out on the protected branch, with whatever else the command wants to tell afterwards. */
export interface Work<T> {
  readonly plan: CommitPlan;
  readonly result: T;
  /** Refs that move together with the branch, on the server or here: a request that is closed by landing it. */
  readonly alongside?: readonly PushMove[];
}

/** What carrying out a plan came to. */
export interface Done<T> {
  readonly result: T;
  readonly plan: CommitPlan;
  /** Undefined in a dry run. */
  readonly commit: string | undefined;
  readonly pushed: boolean;
  readonly author: Author;
  readonly session: Session;
}

/**
 * Carries a plan out on the protected branch: fetch, decide, sign, judge, push, move the local branch and refresh the
 * checkout. Overtaken, it decides, signs and judges again on the new tip. Nothing is changed where anything refuses.
 */
export async function submit<T>(
  session: Session,
  decide: (session: Session, author: Author) => Promise<Work<T>>,
): Promise<Done<T>> {
  await refuseDetachedHead(session);
  warnOfExpiry(session);
  const patience = newPatience(session);
  try {
    for (let isFirst = true; ; isFirst = false) {
      const done = await nextTry(isFirst ? session : await reopened(session), decide).catch(unlessLostRace);
      if (done !== 'overtaken') return done;
      await patience.pause();
    }
  } finally {
    patience.end();
  }
}

function unlessLostRace(error: unknown): 'overtaken' {
  if (isLostRace(error)) return 'overtaken';
  throw error;
}

async function nextTry<T>(
  session: Session,
  decide: (session: Session, author: Author) => Promise<Work<T>>,
): Promise<Done<T> | 'overtaken'> {
  const fresh = await synchronised(session);
  const author = await authorOf(fresh);
  const work = await decide(fresh, author);
  const done = { result: work.result, plan: work.plan, author, session: fresh };
  if (fresh.flags.dryRun === true) return { ...done, commit: undefined, pushed: false };
  const commit = await buildCommit(fresh, work.plan, author);
  const move = { from: fresh.tip, to: commit, reason: `mreg: ${work.plan.subject}` };
  // The files are looked at while the judge reads objects; a refusal comes first all the same.
  const paths = guardCheckout(fresh, move);
  paths.catch(() => undefined);
  await refuseUnlessAccepted(fresh, commit, work.plan);
  const outcome = await publish(fresh, { move, paths: await paths, alongside: work.alongside ?? [] });
  if (outcome === 'overtaken') return outcome;
  const pushed = outcome === 'pushed';
  if (pushed) await pokeReceivers(fresh, { before: fresh.tip, after: commit, paths: [...work.plan.edits.keys()] });
  return { ...done, commit, pushed };
}

function reopened({ outside, flags, repository }: Session): Promise<Session> {
  return openSession(outside, flags, repository);
}

async function buildCommit(session: Session, plan: CommitPlan, author: Author): Promise<string> {
  const { view, tip } = session;
  const edits = await signedEdits(plan, author.signer, view.snapshot);
  return writeSignedCommit(session, { edits, plan, parents: [tip], base: view.snapshot.tree }, author);
}

/** Has the same judge look at a commit that the server will ask. */
async function refuseUnlessAccepted(session: Session, commit: string, { subject }: CommitPlan): Promise<void> {
  const { accepted, refusals } = await judge(session, { parent: session.tip, commit });
  if (!accepted) throw new MregError('refused', `this would be refused: ${subject}`, { refusals });
}

/** What a commit is made of. */
export interface CommitParts {
  readonly edits: ReadonlyMap<string, Uint8Array | null>;
  readonly plan: Pick<CommitPlan, 'subject' | 'body' | 'trailers'>;
  readonly parents: readonly string[];
  readonly base: string | undefined;
}

/** Writes a signed commit object; no ref moves. */
export async function writeSignedCommit(
  { repository, outside }: Pick<Session, 'repository' | 'outside'>,
  parts: CommitParts,
  { signer, principal }: Author,
): Promise<string> {
  const tree = await repository.writeTree(parts.base, parts.edits);
  const author = await identityOf(repository, principal);
  const draft = { tree, parents: parts.parents, message: messageOf(parts.plan), author, at: outside.now() };
  return repository.writeCommit(draft, commitSigner(signer));
}

async function identityOf(repository: Repository, principal: string): Promise<{ name: string; email: string }> {
  const name = (await repository.readConfig('user.name')) ?? principal;
  const email =
    (await repository.readConfig('user.email')) ?? (principal.includes('@') ? principal : `${principal}@localhost`);
  return { name, email };
}

function messageOf({ subject, body, trailers }: CommitParts['plan']): string {
  const last = Object.entries(trailers).map(([key, value]) => `${key}: ${value}`);
  const parts = [subject, ...(body === undefined || body === '' ? [] : [body]), last.join('\n')];
  return `${parts.join('\n\n')}\n`;
}

/** Judges one commit on its parent, as the server's hook will. */
export async function judge(
  { repository, outside }: Pick<Session, 'repository' | 'outside'>,
  step: { readonly parent: string; readonly commit: string },
): Promise<Verdict> {
  return admit(
    {
      before: await snapshotAt(repository, step.parent),
      after: await snapshotAt(repository, step.commit),
      commit: await repository.readCommit(step.commit),
    },
    { source: repository, now: outside.now(), pinnedRoot: await readPin(repository) },
  );
}

type Outcome = 'pushed' | 'local' | 'overtaken';

/** A judged commit on its way to the protected branch, and the files that it changes. */
interface Publication {
  readonly move: BranchMove;
  readonly paths: readonly string[];
  readonly alongside: readonly PushMove[];
}

async function publish(session: Session, { move, paths, alongside }: Publication): Promise<Outcome> {
  const { repository, branch, flags } = session;
  const remote = flags.push === false ? undefined : await remoteOf(repository, branch);
  const ref = `refs/heads/${branch}`;
  if (remote !== undefined) {
    const pushed = await pushOrThrow(repository, remote, [{ ref, new: move.to }, ...alongside]);
    if (pushed === 'overtaken') return 'overtaken';
    await rememberSeen(session, { ref, tip: move.to });
  }
  const local = remote === undefined ? alongside : [];
  const moves = [
    { ref, old: move.from, new: move.to },
    ...local.map((other) => ({ ref: other.ref, old: other.old, new: other.new })),
  ];
  let isDone = remote !== undefined;
  try {
    if (await isCheckedOut(session)) await noteRefresh(repository, move);
    const moved = await repository.moveRefs(moves, move.reason);
    // With a server the commit stands there already; a local branch moved by somebody else is brought along next time.
    if (moved === 'moved') return remote === undefined ? 'overtaken' : 'pushed';
    isDone = true;
    await refreshFiles(session, move, paths);
  } catch (error) {
    throw isDone ? doneAllTheSame(diskError(error, repository.gitDir), move) : error;
  }
  return remote === undefined ? 'local' : 'pushed';
}

/** What fails once the commit stands must not read as if nothing had happened. */
function doneAllTheSame(error: unknown, { to }: BranchMove): unknown {
  if (!(error instanceof MregError)) return error;
  const message = `it is done (commit ${to.slice(0, 12)}), but the files here could not be brought up to it: ${error.message}`;
  const hint = [...(error.hint === undefined ? [] : [error.hint]), 'any mreg command that writes finishes it'].join(
    '; ',
  );
  return new MregError(error.code, message, { hint, cause: error });
}

/** Pushes, or throws what the server said. */
export async function pushOrThrow(
  repository: Repository,
  remote: string,
  moves: readonly PushMove[],
): Promise<'ok' | 'overtaken'> {
  const result = await repository.push(remote, moves);
  switch (result.state) {
    case 'ok':
      return 'ok';
    case 'moved':
      return 'overtaken';
    case 'refused':
      throw new MregError('refused', `the server refused the push:\n${result.text.trim()}`, {
        hint: 'mreg verify; mreg doctor',
      });
    case 'unreachable':
      throw new MregError('network', `the remote ${remote} cannot be reached: ${result.text.trim()}`, {
        hint: 'nothing was changed; run the command again, or work locally with --no-push',
      });
  }
}
