import { MregError } from '../documents/error.ts';
import { requestBranch } from '../documents/paths.ts';
import type { PushMove } from '../git/port.ts';
import { planPromote } from '../registry/plan-promote.ts';
import { planLanding } from '../registry/plan-request.ts';
import { judge, pushOrThrow, submit, writeSignedCommit, type Done } from './carry-out.ts';
import { guardPaths, lostRace, refuseDetachedHead } from './checkout.ts';
import { noteOfPromotion } from './note.ts';
import type { Answer } from './question.ts';
import { remoteOf } from './remote.ts';
import { findRequest, type OpenRequest } from './requests.ts';
import type { Session } from './session.ts';
import { signedEdits, type Author } from './signing.ts';
import { warnOfExpiry } from './standing-warnings.ts';
import type { Written } from './written.ts';

/** A request that was filed on its branch. */
export interface Filed extends Written {
  readonly alongside: readonly PushMove[];
}

/** Files a promotion on its own branch: one commit with promotion.yaml and stage.yaml, for others to approve. */
export async function fileRequest(
  session: Session,
  asked: { readonly answer: Answer; readonly author: Author },
): Promise<Filed> {
  const { question, facts, evaluation, request } = asked.answer;
  const branch = requestBranch(question.model, question.to, question.version);
  // Asked again with nothing changed: the request that is open keeps its approvals.
  if (request !== undefined && asked.answer.outdated === undefined) {
    return { commit: request.tip, branch, pushed: false, alongside: [] };
  }
  const note = noteOfPromotion(session, asked.answer);
  const plan = await planPromote(session.view, { question, facts, evaluation, note });
  if (session.flags.dryRun === true) return { commit: undefined, branch, pushed: false, alongside: [] };
  const edits = await signedEdits(plan, asked.author.signer, session.view.snapshot);
  warnOfExpiry(session);
  const base = session.view.snapshot.tree;
  const commit = await writeSignedCommit(session, { edits, plan, parents: [session.tip], base }, asked.author);
  await refuseHopeless(session, commit, plan.subject);
  const pushed = await moveRequest(session, { branch, from: request?.tip, to: commit });
  return { commit, branch, pushed, alongside: [] };
}

/** A request that no approval could ever bring through (a requester without the role, say) is refused before it is filed. */
async function refuseHopeless(session: Session, commit: string, subject: string): Promise<void> {
  const { refusals } = await judge(session, { parent: session.tip, commit });
  const hopeless = refusals.filter(({ code }) => code !== 'gate');
  if (hopeless.length > 0) throw new MregError('refused', `this would be refused: ${subject}`, { refusals: hopeless });
}

/** Moves a request's branch, on the server where there is one. Returns whether it was pushed. */
export async function moveRequest(
  session: Session,
  move: { readonly branch: string; readonly from: string | undefined; readonly to: string | undefined },
): Promise<boolean> {
  const { repository, branch, flags } = session;
  const ref = `refs/heads/${move.branch}`;
  const remote = flags.push === false ? undefined : await remoteOf(repository, branch);
  if (remote === undefined) {
    const moved = await repository.moveRefs([{ ref, old: move.from, new: move.to }], `mreg: ${move.branch}`);
    if (moved === 'moved') throw lostRace(ref);
    return false;
  }
  const pushed = await pushOrThrow(repository, remote, [{ ref, new: move.to, old: move.from }]);
  if (pushed === 'overtaken') throw lostRace(ref);
  const tracking = `refs/remotes/${remote}/${move.branch}`;
  const seen = await repository.resolve(tracking);
  if (seen !== move.to) await repository.moveRefs([{ ref: tracking, old: seen, new: move.to }], 'mreg: pushed');
  return true;
}

/** Refuses, before anything is signed, where a request could not land afterwards: an approval alone would be half the work. */
export async function guardLanding(session: Session, request: OpenRequest): Promise<void> {
  await refuseDetachedHead(session);
  const { edits } = await planLanding(
    { onto: session.view.snapshot, request: request.snapshot },
    request.promotion.body,
    [],
  );
  await guardPaths(session, [...edits.keys()]);
}

/** Brings an approved request to the protected branch as one step, and closes its branch with it. */
export async function landRequest(session: Session, asked: OpenRequest): Promise<Done<OpenRequest>> {
  const { metadata, spec } = asked.promotion.body;
  const at = { model: metadata.model, stage: metadata.stage, version: spec.version };
  return submit(session, async (fresh) => {
    const request = await findRequest(fresh, at);
    if (request?.promotion.digest !== asked.promotion.digest) throw closedMeanwhile(at);
    const approvedBy = request.approvals.map(({ principal }) => principal);
    const states = { onto: fresh.view.snapshot, request: request.snapshot };
    const plan = await planLanding(states, request.promotion.body, approvedBy);
    const ref = `refs/heads/${request.branch}`;
    return { plan, result: request, alongside: [{ ref, new: undefined, old: request.tip }] };
  });
}

function closedMeanwhile(at: { readonly model: string; readonly stage: string; readonly version: string }): MregError {
  const what = `the request to promote ${at.model}@${at.version} to ${at.stage}`;
  return new MregError('unknown-request', `${what} was landed, closed or changed by somebody else meanwhile`, {
    hint: `mreg status ${at.model}`,
  });
}
