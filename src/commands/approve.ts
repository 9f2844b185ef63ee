import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { toldOnce } from '../gates/missing-approvals.ts';
import { planApprove } from '../registry/plan-request.ts';
import { stageStateAt } from '../registry/stage-chain.ts';
import { renderEvaluation } from '../report/gates.ts';
import { promotionNote } from '../report/markdown.ts';
import { tellOutdated } from './check.ts';
import { tellApprovedAlready } from './approved-already.ts';
import { writeSignedCommit } from './carry-out.ts';
import type { ApproveOutput } from '../report/output-schemas.ts';
import { isLostRace } from './checkout.ts';
import { commonFlags, type Host } from './declare.ts';
import { guardLanding, landRequest, moveRequest } from './file-request.ts';
import { print, tell, viewOf, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { newPatience } from './patience.ts';
import { artifactCheckOption, toOption } from './plan-options.ts';
import { judgeQuestion, type Answer } from './question.ts';
import { synchronised } from './remote.ts';
import { openRequests, requestNamed, requireRequest, type OpenRequest } from './requests.ts';
import { openSession, withSession, type Session } from './session.ts';
import { authorOf, signedEdits, type Author } from './signing.ts';
import { writtenJson, writtenText, type Written } from './written.ts';

interface ApproveFlags extends CommonFlags {
  readonly to: string;
  readonly artifactCheck?: boolean | undefined;
  /** False with --no-land: the request stays open although nothing is missing. */
  readonly land?: boolean | undefined;
}

export function approveCommand(host: Host): CommandUnknownOpts {
  return new Command('approve')
    .summary('sign a request to promote')
    .description(
      'Shows what is asked and what the gates say, then signs exactly that. When yours was the last approval missing, the promotion lands.',
    )
    .argument('<model>', 'the model, or one version of it when several requests are open')
    .addOption(toOption)
    .addOption(artifactCheckOption)
    .option('--no-land', 'only approve, even when nothing is missing any more')
    .addHelpText(
      'after',
      '\nExit code: 0 approved and promoted, 5 approved and still waiting.\n\nExample:\n  mreg approve fraud_detector --to prod',
    )
    .action(async (model, options, command) => {
      host.code = await approve(host.outside, { ...commonFlags(command), ...options }, model);
    });
}

async function approve(outside: Outside, flags: ApproveFlags, reference: string): Promise<number> {
  return withSession(outside, flags, async (opened) => {
    const session = await synchronised(opened);
    const author = await authorOf(session);
    const asked = await requestNamed(session, reference, flags.to);
    if ((await openRequests(session, asked)).length === 0) {
      const done = await tellApprovedAlready(session, { ...asked, principal: author.principal });
      if (done) return 0;
    }
    const request = await requireRequest(session, asked);
    if (flags.land !== false) await guardLanding(session, request);
    const before = await judgeRequest(session, request, flags);
    if (before.outdated !== undefined) throw outdatedRequest(before);
    await showAndAsk(session, { request, answer: before });
    const { written, at } = await addInTurn(session, { asked, request, author });
    if (flags.dryRun === true) return report(at, { answer: before, written, author, state: 'filed' });
    const after = await judgeRequest(at, await requireRequest(at, asked), flags);
    if (after.evaluation.decision !== 'promote' || flags.land === false || after.request === undefined) {
      return report(at, { answer: after, written, author, state: 'filed' });
    }
    const where = await land(at, { request: after.request, written });
    return report(at, { answer: after, written: where, author, state: 'moved' });
  });
}

/** Signs the request as it is now; when somebody else has approved meanwhile, the approval goes on top of theirs. */
async function addInTurn(
  session: Session,
  by: { readonly asked: Parameters<typeof requireRequest>[1]; readonly request: OpenRequest; readonly author: Author },
): Promise<{ readonly written: Written; readonly at: Session }> {
  const { asked, author } = by;
  const patience = newPatience(session);
  try {
    for (let [at, request] = [session, by.request]; ;) {
      const written = await addApproval(at, { request, author }).catch(undefinedIfOvertaken);
      if (written !== undefined) return { written, at };
      await patience.pause();
      at = await reopened(at);
      request = await requireRequest(at, asked);
      // What was looked at is what is signed.
      if (request.promotion.digest !== by.request.promotion.digest) throw changedMeanwhile(request);
    }
  } finally {
    patience.end();
  }
}

function undefinedIfOvertaken(error: unknown): undefined {
  if (!isLostRace(error)) throw error;
}

async function reopened({ outside, flags, repository }: Session): Promise<Session> {
  return synchronised(await openSession(outside, flags, repository));
}

function changedMeanwhile({ promotion }: OpenRequest): MregError {
  const { metadata, spec } = promotion.body;
  return new MregError('refused', 'the request was changed while you looked at it: nothing was signed', {
    hint: `mreg approve ${metadata.model} --to ${spec.to}`,
  });
}

/** Lands the request; where another approver was faster in landing the same, that is where it is. */
async function land(
  session: Session,
  approved: { readonly request: OpenRequest; readonly written: Written },
): Promise<Written> {
  const { metadata } = approved.request.promotion.body;
  try {
    const { commit, pushed } = await landRequest(session, approved.request);
    return { commit, pushed, branch: session.branch };
  } catch (error) {
    if (!(error instanceof MregError) || error.code !== 'unknown-request') throw error;
    const { view } = await reopened(session);
    const state = await stageStateAt(view.snapshot, { model: metadata.model, stage: metadata.stage });
    if (state?.stage.spec.promotion !== approved.request.promotion.digest) throw error;
    return approved.written;
  }
}

/** Judges the request as it would land now, with the approvals it has. */
function judgeRequest(
  session: Session,
  request: OpenRequest,
  flags: Pick<ApproveFlags, 'artifactCheck'>,
): Promise<Answer> {
  const { metadata, spec } = request.promotion.body;
  return judgeQuestion(session, {
    reference: `${metadata.model}@${spec.version}`,
    flags: { to: spec.to, artifactCheck: flags.artifactCheck },
    requester: spec.requestedBy,
  });
}

function outdatedRequest(answer: Answer): MregError {
  const { model, version, to } = answer.question;
  return new MregError('refused', `this request can no longer be approved: ${answer.outdated ?? ''}`, {
    hint: `mreg promote ${model}@${version} --to ${to}`,
  });
}

/** Nobody should sign what they have not seen: the gates and the request itself come first, then one question. */
async function showAndAsk(
  session: Session,
  shown: { readonly request: OpenRequest; readonly answer: Answer },
): Promise<void> {
  const { outside, flags } = session;
  const { answer, request } = shown;
  tellOutdated(session, answer);
  if (flags.json !== true && flags.quiet !== true) {
    outside.stderr(`${renderEvaluation(answer.evaluation, { ...answer.context, next: [] }, viewOf(outside, flags))}\n`);
    tell(
      outside,
      flags,
      `requested by ${request.promotion.body.spec.requestedBy}; promotion ${request.promotion.digest}`,
    );
    const note = { promotion: request.promotion.body, approvedBy: [], gates: answer.evaluation.gates };
    if (flags.verbose === true) outside.stderr(`${promotionNote(note)}\n`);
  }
  if (outside.ask === undefined || flags.yes === true || flags.json === true || flags.dryRun === true) return;
  const said = await outside.ask({ text: 'Sign this? [y/N] ' });
  if (said?.trim().toLowerCase().startsWith('y') !== true)
    throw new MregError('refused', 'not approved: nothing was signed', { hint: 'mreg reject, to close the request' });
}

async function addApproval(
  session: Session,
  by: { readonly request: OpenRequest; readonly author: Author },
): Promise<Written> {
  const { request, author } = by;
  const { branch, tip } = request;
  if (request.approvals.some(({ principal }) => principal === author.principal))
    return { commit: tip, branch, pushed: false };
  const plan = planApprove(request.promotion.body, author.principal, session.flags.message);
  if (session.flags.dryRun === true) return { commit: undefined, branch, pushed: false };
  const edits = await signedEdits(plan, author.signer, request.snapshot);
  const commit = await writeSignedCommit(session, { edits, plan, parents: [tip], base: request.snapshot.tree }, author);
  return { commit, branch, pushed: await moveRequest(session, { branch, from: tip, to: commit }) };
}

function report(
  { outside, flags }: Session,
  outcome: {
    readonly answer: Answer;
    readonly written: Written;
    readonly author: Author;
    readonly state: 'moved' | 'filed';
  },
): number {
  const { answer, written, author, state } = outcome;
  const { context, evaluation } = answer;
  const { model, version, to } = context;
  const approvals = countApprovals(answer);
  print(outside, flags, {
    json: {
      ...writtenJson({ model, version }, written),
      stage: to,
      by: author.principal,
      approvals,
      state,
    } satisfies ApproveOutput,
    text: (_view, paint) => {
      const missing = toldOnce(evaluation.gates).filter(
        ({ verdict, enforcement }) => enforcement === 'refuse' && verdict !== 'pass' && verdict !== 'skip',
      );
      return state === 'moved'
        ? `${paint.green('approved and promoted')} ${model}@${version} to ${to}; rollback target: ${context.rollbackTo ?? 'none'}\n  ${writtenText(written)}`
        : [
            `${paint.green('approved')} ${model}@${version} to ${to}, as ${author.principal}`,
            `  ${writtenText(written)}`,
            ...missing.map(({ reason }) => `  still missing: ${reason}`),
          ].join('\n');
    },
  });
  return state === 'moved' ? 0 : 5;
}

/** Gates that count the people who approved. */
const COUNTING: ReadonlySet<string> = new Set(['approvals', 'break-glass']);

/** Returns how many approvals there are and are needed, over all the gates that ask for some. */
export function countApprovals({ evaluation }: Pick<Answer, 'evaluation'>): {
  readonly have: number;
  readonly need: number;
} {
  const pairs = evaluation.gates.flatMap(({ type, observed }) => {
    const match = COUNTING.has(type) ? /^([0-9]+) of ([0-9]+)$/.exec(String(observed)) : null;
    return match === null ? [] : [{ have: Number(match[1]), need: Number(match[2]) }];
  });
  const strictest = [...pairs].sort((a, b) => b.need - b.have - (a.need - a.have) || b.need - a.need)[0];
  return strictest ?? { have: 0, need: 0 };
}
