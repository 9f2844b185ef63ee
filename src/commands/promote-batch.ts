import { MregError } from '../documents/error.ts';
import type { PushMove } from '../git/port.ts';
import type { CommitPlan } from '../registry/commit-plan.ts';
import { planBatch, type BatchPart } from '../registry/plan-batch.ts';
import { planPromote } from '../registry/plan-promote.ts';
import { planLanding } from '../registry/plan-request.ts';
import { newcomerOf } from '../registry/stage-chain.ts';
import { evaluationJson, renderEvaluation } from '../report/gates.ts';
import type { PromoteBatchOutput } from '../report/output-schemas.ts';
import { readBatch, type BatchItem } from './batch-file.ts';
import { submit, type Done } from './carry-out.ts';
import { errorViewOf, print, type CommonFlags } from './flags.ts';
import { noteOfPromotion } from './note.ts';
import type { Outside } from './outside.ts';
import { judgeQuestion, type Answer } from './question.ts';
import { synchronised } from './remote.ts';
import { withSession, type Session } from './session.ts';
import { authorOf } from './signing.ts';
import { writtenText } from './written.ts';

interface BatchFlags extends CommonFlags {
  readonly artifactCheck?: boolean | undefined;
}

/** One promotion of the batch, judged. */
interface Judged {
  readonly item: BatchItem;
  readonly answer: Answer;
  readonly state: 'ready' | 'already' | 'pending' | 'refused';
}

/**
 * Promotes several models in one commit: all of them, or none. Where anything refuses or an approval is missing, nothing
 * is moved and nothing is filed; requests that are open and approved land with the rest.
 */
export async function promoteBatch(outside: Outside, flags: BatchFlags, file: string): Promise<number> {
  const items = await readBatch(outside, file);
  return withSession(outside, flags, async (opened) => {
    const session = await synchronised(opened);
    const { principal } = await authorOf(session);
    const judged = await judgeAll(session, { items, flags, requester: principal });
    if (judged.some(({ state }) => state === 'refused' || state === 'pending')) return tellRefused(session, judged);
    if (judged.every(({ state }) => state === 'already')) return tellMoved(session, judged, undefined);
    const done = await submit(session, async (fresh, author) => {
      const again = fresh === session ? judged : await judgeAll(fresh, { items, flags, requester: author.principal });
      if (!again.every(isSettled)) throw overtaken(again);
      const moving = again.filter(({ state }) => state === 'ready');
      if (moving.length === 0) throw overtaken(again);
      return { plan: await planAll(fresh, moving), result: again, alongside: closing(fresh, moving) };
    });
    return tellMoved(session, done.result, done);
  });
}

async function judgeAll(
  session: Session,
  asked: { readonly items: readonly BatchItem[]; readonly flags: BatchFlags; readonly requester: string },
): Promise<readonly Judged[]> {
  const { artifactCheck } = asked.flags;
  const judged: Judged[] = [];
  for (const item of asked.items) {
    const flags = { to: item.to, artifactCheck };
    const answer = await judgeQuestion(session, { reference: item.ref, flags, requester: asked.requester });
    judged.push({ item, answer, state: stateOf(answer) });
  }
  return judged;
}

const STATE_OF = { promote: 'ready', pending: 'pending', block: 'refused' } as const;

function stateOf({ facts, question, evaluation }: Answer): Judged['state'] {
  const isThere = facts.current !== undefined && newcomerOf(facts.current.stage) === question.version;
  return isThere ? 'already' : STATE_OF[evaluation.decision];
}

function isSettled({ state }: Judged): boolean {
  return state === 'ready' || state === 'already';
}

async function planAll(session: Session, moving: readonly Judged[]): Promise<CommitPlan> {
  const parts: BatchPart[] = [];
  for (const { item, answer } of moving) {
    const { model, version, to: stage } = answer.question;
    parts.push({ model, version, stage, plan: await planOne(session, item, answer) });
  }
  return planBatch(parts, session.flags.message);
}

/** An approved request lands as it was approved, byte for byte; without one, the promotion is made now. */
async function planOne(session: Session, item: BatchItem, answer: Answer): Promise<CommitPlan> {
  const { question, facts, evaluation, request, outdated } = answer;
  if (request !== undefined && outdated === undefined) {
    const states = { onto: session.view.snapshot, request: request.snapshot };
    return planLanding(
      states,
      request.promotion.body,
      request.approvals.map(({ principal }) => principal),
    );
  }
  const message = item.note ?? session.flags.message;
  const note = noteOfPromotion({ ...session, flags: { ...session.flags, message } }, answer);
  return planPromote(session.view, { question, facts, evaluation, note });
}

/** The requests that these promotions land, or make superfluous, go with them. */
function closing({ flags }: Session, moving: readonly Judged[]): readonly PushMove[] {
  const requests = moving.flatMap(({ answer }) => answer.request ?? []);
  const landed = new Set(moving.flatMap(({ answer }) => (answer.outdated === undefined ? (answer.request ?? []) : [])));
  return requests
    .filter((request) => flags.push !== false || landed.has(request))
    .map(({ branch, tip }) => ({ ref: `refs/heads/${branch}`, new: undefined, old: tip }));
}

function overtaken(judged: readonly Judged[]): MregError {
  const changed = judged.filter((one) => !isSettled(one)).map(({ item }) => `${item.ref} to ${item.to}`);
  return new MregError('refused', `the registry changed meanwhile: ${changed.join(', ') || 'all of it is done'}`, {
    hint: 'run it again',
  });
}

/** What is missing is told for each, because the batch waits for the last of them. */
function tellRefused(session: Session, judged: readonly Judged[]): number {
  const { outside, flags } = session;
  const waiting = judged.filter((one) => !isSettled(one));
  const text = (view: ReturnType<typeof errorViewOf>): string =>
    [
      ...waiting.map(({ answer }) => renderEvaluation(answer.evaluation, answer.context, view)),
      `nothing was promoted: ${String(waiting.length)} of ${String(judged.length)} cannot move yet`,
      ...waiting.map(({ item, state }) => `  ${state.padEnd(8)} mreg promote ${item.ref} --to ${item.to}`),
    ].join('\n');
  if (flags.quiet === true && flags.json !== true) outside.stderr(`${text(errorViewOf(outside, flags))}\n`);
  print(outside, flags, { json: batchJson(session, judged, { state: 'refused' }), text });
  return 1;
}

function tellMoved(session: Session, judged: readonly Judged[], done: Done<unknown> | undefined): number {
  const { outside, flags, branch } = session;
  const state = done === undefined ? 'already' : 'moved';
  print(outside, flags, {
    json: batchJson(session, judged, { state, done }),
    text: (_view, paint) =>
      [
        done === undefined ? 'all of it is there already: nothing to do' : paint.green('promoted together'),
        ...judged.map(({ answer, state: one }) => `  ${lineOf(answer)}${one === 'already' ? ' (was there)' : ''}`),
        ...(done === undefined ? [] : [`  ${writtenText({ ...done, branch })}`]),
      ].join('\n'),
  });
  return 0;
}

function lineOf({ question, context }: Answer): string {
  const { model, version, to } = question;
  return `${model}@${version} to ${to}; rollback target: ${context.rollbackTo ?? 'none'}`;
}

function batchJson(
  { branch, flags }: Session,
  judged: readonly Judged[],
  outcome: { readonly state: PromoteBatchOutput['state']; readonly done?: Done<unknown> | undefined },
): PromoteBatchOutput {
  const { state, done } = outcome;
  return {
    state,
    commit: done?.commit ?? null,
    branch: done === undefined ? null : branch,
    pushed: done?.pushed ?? false,
    dryRun: flags.dryRun === true,
    promotions: judged.map(({ answer, state: one }) => ({
      ...{ model: answer.question.model, version: answer.question.version, stage: answer.question.to },
      state: one === 'ready' ? (state === 'moved' ? 'moved' : 'ready') : one,
      check: evaluationJson(answer.evaluation, answer.context),
    })),
  };
}
