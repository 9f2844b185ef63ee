import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { planRollback, type NoRollback, type RollbackPlan } from '../registry/plan-rollback.ts';
import { submit } from './carry-out.ts';
import type { RollbackOutput } from '../report/output-schemas.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { requireModel, requireStage } from './references.ts';
import { withSession } from './session.ts';
import { writtenJson, writtenText } from './written.ts';

interface RollbackFlags extends CommonFlags {
  readonly stage: string;
  /** False with --no-hold: the version that is left may be promoted again at once. */
  readonly hold?: boolean | undefined;
}

export function rollbackCommand(host: Host): CommandUnknownOpts {
  return new Command('rollback')
    .summary('take a stage back to its last stable version')
    .description(
      'Takes a stage back, byte for byte, to its last fully rolled-out version that carries no hold, and holds the version it leaves. Asks no gate, no approval and no metrics server.',
    )
    .argument('<model>', 'the model')
    .requiredOption('--stage <stage>', 'the stage to take back')
    .option('--no-hold', 'do not hold the version that is left')
    .addHelpText(
      'after',
      '\nExample:\n  mreg rollback fraud_detector --stage prod -m "p95 doubled"\n\nThe same by hand: git revert -S <the promotion’s commit>, then git push.',
    )
    .action(async (model, options, command) => {
      host.code = await rollback(host.outside, { ...commonFlags(command), ...options }, model);
    });
}

async function rollback(outside: Outside, flags: RollbackFlags, model: string): Promise<number> {
  const { stage, message: reason } = flags;
  if (reason === undefined)
    throw new MregError('usage', 'mreg rollback needs a reason', {
      hint: `mreg rollback ${model} --stage ${stage} -m <why>`,
    });
  return withSession(outside, flags, async (session) => {
    const done = await submit(session, async (fresh, author) => {
      await requireModel(fresh.view, model);
      requireStage(fresh.view, stage);
      const wish = { model, stage, reason, hold: flags.hold !== false, by: author.principal, now: outside.now() };
      const planned = await planRollback(fresh.view, fresh.repository, wish);
      if (typeof planned === 'string') throw noRollback(planned, { model, stage });
      return { plan: planned.plan, result: planned };
    });
    const written = { commit: done.commit, pushed: done.pushed, branch: session.branch };
    tellRolledBack(outside, flags, { model, planned: done.result, written });
    return 0;
  });
}

function tellRolledBack(
  outside: Outside,
  flags: RollbackFlags,
  done: { readonly model: string; readonly planned: RollbackPlan; readonly written: Parameters<typeof writtenText>[0] },
): void {
  const { model, planned, written } = done;
  const version = planned.target.stage.spec.version;
  const held = planned.plan.signatures.length > 0;
  print(outside, flags, {
    json: {
      ...writtenJson({ model, version }, written),
      stage: flags.stage,
      from: planned.left,
      held,
    } satisfies RollbackOutput,
    text: (_view, paint) =>
      [
        `${paint.green('rolled back')} ${model} in ${flags.stage} from ${planned.left} to ${paint.bold(version)}`,
        `  ${writtenText(written)}`,
        ...(held ? [`  ${planned.left} is held; free it with: mreg release ${model}@${planned.left} -m <why>`] : []),
      ].join('\n'),
  });
}

function noRollback(why: NoRollback, at: { readonly model: string; readonly stage: string }): MregError {
  const message =
    why === 'empty-stage'
      ? `${at.model} has nothing in ${at.stage}`
      : `${at.model} has no earlier stable version in ${at.stage}: none was fully rolled out there, or they are held`;
  return new MregError('refused', message, {
    hint: `mreg log ${at.model} --stage ${at.stage}; a held version is freed with mreg release`,
  });
}
