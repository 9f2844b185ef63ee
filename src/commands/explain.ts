import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { assert } from '../documents/error.ts';
import { promotionPath } from '../documents/paths.ts';
import { readDocument } from '../documents/read-document.ts';
import { readApprovals } from '../registry/approvals.ts';
import { transitionsInto } from '../registry/facts.ts';
import { planPromote } from '../registry/plan-promote.ts';
import { mustRead } from '../registry/read-file.ts';
import { newcomerOf } from '../registry/stage-chain.ts';
import { explainJson, renderExplain } from '../report/explain.ts';
import { promotionNote, type PromotionNoteFacts } from '../report/markdown.ts';
import { noteLines } from '../report/promotion-note.ts';
import type { View } from '../report/view.ts';
import { EXIT_OF_DECISION, likelyRequester, tellOutdated, tellStandingWarnings } from './check.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import { noteOfPromotion } from './note.ts';
import type { Outside } from './outside.ts';
import {
  artifactCheckOption,
  guardOption,
  planOption,
  stepOption,
  strategyOption,
  successOption,
  toOption,
} from './plan-options.ts';
import { judgeQuestion, type Answer, type QuestionFlags } from './question.ts';
import { withSession, type Session } from './session.ts';

interface ExplainFlags extends CommonFlags, QuestionFlags {
  readonly note?: boolean | undefined;
}

/** Declares `mreg explain`. */
export function explainCommand(host: Host): CommandUnknownOpts {
  return new Command('explain')
    .summary('say in plain words what stands in the way')
    .description(
      'Says in plain words what stands between a version and a stage, and what to do about it. Of a version that is in the stage it tells the promotion: what passed, who approved, how it rolls out and how it comes back. Judges what is here and asks no server.',
    )
    .argument('<reference>', 'a version: fraud_detector@v7, fraud_detector@staging, risk/fraud_detector')
    .addOption(toOption)
    .option('--note', 'print the Markdown note that the promotion would have')
    .addOption(strategyOption)
    .addOption(stepOption)
    .addOption(guardOption)
    .addOption(successOption)
    .addOption(planOption)
    .addOption(artifactCheckOption)
    .addHelpText(
      'after',
      '\nExit code: 0 nothing stands in the way, or it is there; 1 blocked; 5 waiting for approvals or time.\n\nExample:\n  mreg explain fraud_detector@v7 --to prod',
    )
    .action(async (reference, options, command) => {
      host.code = await explain(host.outside, { ...commonFlags(command), ...options }, reference);
    });
}

async function explain(outside: Outside, flags: ExplainFlags, reference: string): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const answer = await judgeQuestion(session, { reference, flags, requester: await likelyRequester(session) });
    const there = await noteOfThere(session, answer);
    if (there === undefined) tellOutdated(session, answer);
    const note = there ?? (flags.note === true ? await noteOfCandidate(session, answer) : undefined);
    const { evaluation, context } = answer;
    print(outside, flags, {
      json: { ...explainJson(evaluation, context), note: note ?? null },
      text: (view) => note ?? `${renderExplain(evaluation, context, view)}${noteText(session, answer, view)}`,
    });
    await tellStandingWarnings(session);
    return there === undefined ? EXIT_OF_DECISION[evaluation.decision] : 0;
  });
}

/** The note that the promotion would carry; what is blocked carries none. */
function noteText(session: Session, answer: Answer, view: View): string {
  if (answer.evaluation.decision === 'block') return '';
  return `\n${noteLines(noteOfPromotion(session, answer), view).join('\n')}\n`;
}

/** Returns the note of the promotion that brought the version where it is; undefined where it is not. */
async function noteOfThere(session: Session, { facts, question }: Answer): Promise<string | undefined> {
  const { model, to, version } = question;
  if (facts.current === undefined || newcomerOf(facts.current.stage) !== version) return undefined;
  const promotion = await mustRead(session.view.snapshot, 'Promotion', promotionPath(model, to));
  if (promotion === undefined) return undefined;
  const { snapshot, trust, id: registry } = session.view;
  const { approvals } = await readApprovals({ snapshot, trust, registry }, promotion, { model, stage: to });
  return noteOf(session, { promotion: promotion.body, approvedBy: approvals.map(({ principal }) => principal) });
}

/** Returns the note as it would be: that of the open request, or of one that is made now and thrown away. */
async function noteOfCandidate(session: Session, answer: Answer): Promise<string> {
  const { request, outdated, question, facts, evaluation } = answer;
  const approvedBy = question.approvals.map(({ principal }) => principal);
  if (request !== undefined && outdated === undefined) {
    return noteOf(session, { promotion: request.promotion.body, approvedBy, gates: evaluation.gates });
  }
  const plan = await planPromote(session.view, { question, facts, evaluation, note: noteOfPromotion(session, answer) });
  const path = promotionPath(question.model, question.to);
  const content = plan.edits.get(path);
  assert(content !== undefined && content !== null, 'a promotion plan writes promotion.yaml');
  const reading = readDocument('Promotion', { path, bytes: Buffer.from(content) });
  assert(reading.ok, 'what mreg plans, mreg reads');
  return noteOf(session, { promotion: reading.value, approvedBy, gates: evaluation.gates });
}

function noteOf({ view }: Session, facts: Omit<PromotionNoteFacts, 'rollback'>): string {
  const { model, stage } = facts.promotion.metadata;
  const rollback = transitionsInto(view, model, stage).find((transition) => transition.rollback !== undefined);
  return promotionNote({ ...facts, ...(rollback?.rollback === undefined ? {} : { rollback: rollback.rollback }) });
}
