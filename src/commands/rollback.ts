import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import {
  planRollback,
  rolledBackAlready,
  type EarlierRollback,
  type NoRollback,
  type RollbackPlan,
} from '../registry/plan-rollback.ts';
import { stageStateAt } from '../registry/stage-chain.ts';
import { submit } from './carry-out.ts';
import type { RollbackOutput } from '../report/output-schemas.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { requireModel, requireStage } from './references.ts';
import { synchronised } from './remote.ts';
import { withSession, type Session } from './session.ts';
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
  return withSession(outside, flags, async (opened) => {
    const session = await synchronised(opened);
    await requireModel(session.view, model);
    requireStage(session.view, stage);
    const wish = { model, stage, reason, hold: flags.hold !== false };
    const earlier = await rolledBackAlready(session.view, session.repository, wish);
    if (earlier !== undefined) return tellAlready(session, { ...wish, earlier });
    const seen = await stageStateAt(session.view.snapshot, wish);
    const done = await submit(session, async (fresh, author) => {
      // Overtaken by a move of this very stage: going back from there is not what was asked.
      const now = await stageStateAt(fresh.view.snapshot, wish);
      if (now?.digest !== seen?.digest) throw movedMeanwhile(wish);
      const asked = { ...wish, by: author.principal, now: outside.now() };
      const planned = await planRollback(fresh.view, fresh.repository, asked);
      if (typeof planned === 'string') throw noRollback(planned, { model, stage });
      return { plan: planned.plan, result: planned };
    });
    const written = { commit: done.commit, pushed: done.pushed, branch: session.branch };
    tellRolledBack(outside, flags, { model, planned: done.result, written });
    return 0;
  });
}

/** Run again after it was done (or after a lost answer), a rollback says so instead of going back one version more. */
function tellAlready(
  { outside, flags, branch }: Session,
  done: { readonly model: string; readonly stage: string; readonly hold: boolean; readonly earlier: EarlierRollback },
): number {
  const { model, stage, hold, earlier } = done;
  const { commit, left, version } = earlier;
  print(outside, flags, {
    json: {
      ...writtenJson({ model, version }, { commit, branch, pushed: false }),
      ...{ stage, from: left, held: hold, state: 'already' as const },
    } satisfies RollbackOutput,
    text: () =>
      [
        `${model} in ${stage} was rolled back from ${left} to ${version} for this reason already (commit ${commit.slice(0, 12)}).`,
        `  to go back further, give the reason for that: mreg rollback ${model} --stage ${stage} -m <why>`,
      ].join('\n'),
  });
  return 0;
}

function movedMeanwhile({ model, stage }: { readonly model: string; readonly stage: string }): MregError {
  return new MregError('refused', `${model} in ${stage} was moved by somebody else meanwhile: nothing was changed`, {
    hint: `mreg status ${model}`,
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
      state: 'rolled-back',
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
