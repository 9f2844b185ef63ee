import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { Decision } from '../gates/verdict.ts';
import { evaluationJson, renderEvaluation } from '../report/gates.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, tell, type CommonFlags } from './flags.ts';
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
import { authorOf } from './signing.ts';
import { standingWarnings } from './standing-warnings.ts';

/** Exit code of each decision. */
export const EXIT_OF_DECISION: Readonly<Record<Decision, number>> = { promote: 0, block: 1, pending: 5 };

export function checkCommand(host: Host): CommandUnknownOpts {
  return new Command('check')
    .summary('evaluate the gates, change nothing')
    .description(
      'Evaluates every gate that stands between a version and a stage, and changes nothing. Judges what is here and asks no server: git pull first, to judge what stands there.',
    )
    .argument('<reference>', 'a version: fraud_detector@v7, fraud_detector@staging, risk/fraud_detector')
    .addOption(toOption)
    .addOption(strategyOption)
    .addOption(stepOption)
    .addOption(guardOption)
    .addOption(successOption)
    .addOption(planOption)
    .addOption(artifactCheckOption)
    .addHelpText(
      'after',
      '\nExit code: 0 every gate passes, 1 blocked, 5 waiting for approvals or time.\n\nExample:\n  mreg check fraud_detector@v7 --to prod',
    )
    .action(async (reference, options, command) => {
      host.code = await check(host.outside, { ...commonFlags(command), ...options }, reference);
    });
}

async function check(outside: Outside, flags: CommonFlags & QuestionFlags, reference: string): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const answer = await judgeQuestion(session, { reference, flags, requester: await likelyRequester(session) });
    tellOutdated(session, answer);
    print(outside, flags, {
      json: evaluationJson(answer.evaluation, answer.context),
      text: (view) => renderEvaluation(answer.evaluation, answer.context, view),
    });
    await tellStandingWarnings(session);
    return EXIT_OF_DECISION[answer.evaluation.decision];
  });
}

/** Says why the approvals of an open request no longer count. */
export function tellOutdated({ outside, flags }: Session, { outdated, question }: Answer): void {
  if (outdated === undefined) return;
  const again = `mreg promote ${question.model}@${question.version} --to ${question.to}`;
  tell(outside, flags, `the open request and its approvals no longer count: ${outdated}; ask again with ${again}`);
}

/** Says what makes the answer less than it seems: a branch that is behind what was fetched, say. */
export async function tellStandingWarnings(session: Session): Promise<void> {
  for (const warning of await standingWarnings(session)) tell(session.outside, session.flags, warning);
}

/** Looking needs no key: without one, the question is nobody's. */
export async function likelyRequester(session: Session): Promise<string> {
  try {
    return (await authorOf(session)).principal;
  } catch {
    return 'nobody';
  }
}
