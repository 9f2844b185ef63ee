import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { requestBranch } from '../documents/paths.ts';
import { inProgress, newcomerOf } from '../registry/stage-chain.ts';
import { planPromote } from '../registry/plan-promote.ts';
import { nextCommands } from '../report/evaluation.ts';
import { evaluationJson, renderEvaluation } from '../report/gates.ts';
import { nextLines } from '../report/lines.ts';
import { EXIT_OF_DECISION, tellOutdated } from './check.ts';
import { commonFlags, type Host } from './declare.ts';
import { fileRequest, landRequest, type Filed } from './file-request.ts';
import { errorViewOf, print, type CommonFlags } from './flags.ts';
import { submit, type Done } from './carry-out.ts';
import { noteOfPromotion } from './note.ts';
import type { Outside } from './outside.ts';
import {
  artifactCheckOption,
  breakGlassOption,
  guardOption,
  planOption,
  stepOption,
  strategyOption,
  successOption,
} from './plan-options.ts';
import { promoteBatch } from './promote-batch.ts';
import { judgeQuestion, type Answer, type QuestionFlags } from './question.ts';
import { synchronised } from './remote.ts';
import { withSession, type Session } from './session.ts';
import { authorOf } from './signing.ts';
import { writtenJson, writtenText, type Written } from './written.ts';

interface PromoteFlags extends CommonFlags, QuestionFlags {
  /** File the request although gates refuse, so that people can look at it meanwhile. */
  readonly request?: boolean | undefined;
}

/** `mreg promote`: moves a stage to a version, or asks for it. */
export function promoteCommand(host: Host): CommandUnknownOpts {
  return promotion({
    name: 'promote',
    summary: 'move a stage to a version, or ask for it',
    description:
      'Asks for a version to move to a stage. Where every gate passes and no approval is missing, the pointer moves; where only approvals (or a window) are missing, the request is filed on a branch for others to approve.',
    examples: [
      'mreg promote fraud_detector@v7 --to staging',
      'mreg promote fraud_detector@v7 --to prod --strategy canary --step 10:30m --step 50:2h --step 100',
      'mreg promote fraud_detector@v8 --to prod --break-glass "v7 scores every customer wrong"',
      'mreg promote --batch release.yaml',
    ],
  })
    .addOption(batchOption)
    .action(async (reference, options, command) => {
      host.code = await promoteAsked(host.outside, { ...commonFlags(command), ...options }, reference);
    });
}

/** `mreg rollout start`: the promotion that a rollout begins with, beside the commands that go on with it. */
export function startCommand(host: Host): CommandUnknownOpts {
  return promotion({
    name: 'start',
    summary: 'promote a version step by step: the same as mreg promote',
    description:
      'Promotes a version to a stage by the plan that the policy names, or that is given here. It is mreg promote under another name: the same gates, approvals and flags.',
    examples: ['mreg rollout start fraud@v7 --to prod --step 10:30m --step 100 --guard "latency_p95_ms>80:5m"'],
  }).action(async (reference, options, command) => {
    host.code = await promoteAsked(host.outside, { ...commonFlags(command), ...options }, reference);
  });
}

interface About {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly examples: readonly string[];
}

function promotion({ name, summary, description, examples }: About) {
  return new Command(name)
    .summary(summary)
    .description(description)
    .argument('[reference]', 'a version: fraud_detector@v7, or fraud_detector@staging for the one that stands there')
    .addOption(whereOption)
    .addOption(strategyOption)
    .addOption(stepOption)
    .addOption(guardOption)
    .addOption(successOption)
    .addOption(planOption)
    .addOption(artifactCheckOption)
    .option('--request', 'file the request although gates refuse, so that reviewers can look at it')
    .addOption(breakGlassOption)
    .addHelpText(
      'after',
      `\nExit code: 0 moved, 1 refused by a gate, 5 filed and waiting.\n\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`,
    );
}

const whereOption = new Option('--to <stage>', 'the stage to move to');
const batchOption = new Option(
  '--batch <file>',
  'instead of a reference: promote all of [{ref, to, note}, …] in one commit, or none',
);

type AskedFlags = Omit<PromoteFlags, 'to'> & { readonly to?: string | undefined; readonly batch?: string | undefined };

/** One promotion by its reference and stage, or a batch of them, whose plans are those of the policies. */
function promoteAsked(outside: Outside, flags: AskedFlags, reference: string | undefined): Promise<number> {
  const { to, batch, ...rest } = flags;
  if (batch === undefined) {
    if (reference === undefined) throw misused("missing required argument 'reference'");
    if (to === undefined) throw misused("required option '--to <stage>' not specified");
    return promote(outside, { ...rest, to }, reference);
  }
  const stray = [
    reference,
    to,
    rest.strategy,
    rest.step,
    rest.guard,
    rest.success,
    rest.plan,
    rest.request,
    rest.breakGlass,
  ];
  if (stray.some((given) => given !== undefined)) throw misused('--batch goes with no reference, plan or other wish');
  return promoteBatch(outside, rest, batch);
}

function misused(message: string): MregError {
  return new MregError('usage', message, { hint: 'mreg help promote' });
}

async function promote(outside: Outside, flags: PromoteFlags, reference: string): Promise<number> {
  return withSession(outside, flags, async (opened) => {
    const session = await synchronised(opened);
    const author = await authorOf(session);
    const answer = await judgeQuestion(session, { reference, flags, requester: author.principal });
    if (isThere(answer)) return tellAlready(session, answer);
    tellOutdated(session, answer);
    if (answer.evaluation.decision === 'promote') return move(session, { answer, reference, flags });
    if (answer.evaluation.decision === 'block' && flags.request !== true) return tellBlocked(session, answer);
    return tellFiled(session, answer, await fileRequest(session, { answer, author }));
  });
}

/** Run again after it was done (or after a lost answer), a promotion says so instead of asking anew. */
function isThere({ facts, question }: Answer): boolean {
  return facts.current !== undefined && newcomerOf(facts.current.stage) === question.version;
}

/** An approved request lands as it was approved; without one, the promotion is made and landed at once. */
async function move(
  session: Session,
  asked: { readonly answer: Answer; readonly reference: string; readonly flags: PromoteFlags },
): Promise<number> {
  const { answer } = asked;
  const { request } = answer;
  const meanwhile: Meanwhile = {};
  try {
    const done =
      request !== undefined && answer.outdated === undefined
        ? await landRequest(session, request)
        : await promoteNow(session, asked, meanwhile);
    return tell(session, answer, { written: { ...done, branch: session.branch }, state: 'moved' });
  } catch (error) {
    if (meanwhile.there === undefined) throw error;
    return tellAlready(session, meanwhile.there);
  }
}

/** Set when somebody else has promoted the same while this was decided. */
interface Meanwhile {
  there?: Answer;
}

function promoteNow(
  session: Session,
  { answer, reference, flags }: Parameters<typeof move>[1],
  meanwhile: Meanwhile,
): Promise<Done<Answer>> {
  return submit(session, async (fresh, author) => {
    const asked = { reference, flags, requester: author.principal };
    const again = fresh === session ? answer : await judgeQuestion(fresh, asked);
    if (isThere(again)) meanwhile.there = again;
    // Where it is there already, another promotion would lead from the version to itself.
    if (isThere(again) || again.evaluation.decision !== 'promote') throw overtaken(again);
    const { question, facts, evaluation } = again;
    const plan = await planPromote(fresh.view, { question, facts, evaluation, note: noteOfPromotion(fresh, again) });
    return { plan, result: again, alongside: await closing(fresh, again) };
  });
}

/** The request that this promotion makes superfluous goes with it. */
async function closing(session: Session, { request, question }: Answer): Promise<Filed['alongside']> {
  if (request === undefined || session.flags.push === false) return [];
  const ref = `refs/heads/${requestBranch(question.model, question.to, question.version)}`;
  return [{ ref, new: undefined, old: request.tip }];
}

function overtaken({ question }: Answer): MregError {
  const { model, version, to } = question;
  return new MregError('refused', `${model}@${version} can no longer move to ${to}: the registry changed meanwhile`, {
    hint: `mreg check ${model}@${version} --to ${to}`,
  });
}

function tellBlocked(session: Session, { evaluation, context }: Answer): number {
  const { outside, flags } = session;
  // Even with --quiet a refusal says why.
  if (flags.quiet === true && flags.json !== true) {
    outside.stderr(renderEvaluation(evaluation, context, errorViewOf(outside, flags)));
  }
  print(session.outside, session.flags, {
    json: {
      ...writtenJson(context, undefined),
      stage: context.to,
      state: 'refused',
      check: evaluationJson(evaluation, context),
    },
    text: (view) => renderEvaluation(evaluation, context, view),
  });
  return EXIT_OF_DECISION.block;
}

function tellFiled(session: Session, answer: Answer, filed: Filed): number {
  tell(session, answer, { written: filed, state: 'filed' });
  return EXIT_OF_DECISION[answer.evaluation.decision];
}

function tellAlready(session: Session, { context, evaluation, facts }: Answer): number {
  const running = facts.current !== undefined && inProgress(facts.current);
  print(session.outside, session.flags, {
    json: {
      ...writtenJson(context, undefined),
      stage: context.to,
      state: 'already',
      check: evaluationJson(evaluation, context),
    },
    text: () =>
      `${context.model}@${context.version} is in ${context.to} already${running ? ' (its rollout is in progress)' : ''}.`,
  });
  return 0;
}

function tell(
  { outside, flags }: Session,
  { context, evaluation, facts }: Answer,
  outcome: { readonly written: Written; readonly state: 'moved' | 'filed' },
): number {
  const { written, state } = outcome;
  print(outside, flags, {
    json: { ...writtenJson(context, written), stage: context.to, state, check: evaluationJson(evaluation, context) },
    text: (view, paint) => {
      const rollback = facts.rollbackTo?.stage.spec.version ?? 'none: this is the first version there';
      const said =
        state === 'moved'
          ? `${paint.green('promoted')} ${context.model}@${context.version} to ${context.to}; rollback target: ${rollback}`
          : `${paint.yellow('filed')} ${context.model}@${context.version} to ${context.to} on ${written.branch}`;
      const next = state === 'moved' ? afterMove(context) : nextCommands(evaluation, { ...context, requested: true });
      const gates = renderEvaluation(evaluation, { ...context, next: [] }, view);
      return `${gates}\n${said}\n  ${writtenText(written)}\n\n${nextLines(next, view).join('\n')}`;
    },
  });
  return 0;
}

function afterMove({ model, to }: Answer['context']): readonly string[] {
  return [`mreg status ${model}`, `mreg rollback ${model} --stage ${to} -m <why>`];
}
