import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import type { RolloutOutput } from '../report/output-schemas.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { synchronised } from './remote.ts';
import { actOnRollout, type Acted } from './rollout-act.ts';
import { requireOneRollout, stageNamed, type OneRollout } from './rollout-one.ts';
import { withSession, type Session } from './session.ts';
import { writtenJson, writtenText, type Written } from './written.ts';

interface AbortFlags extends CommonFlags {
  /** Absent: the only stage in which the model rolls out. */
  readonly stage?: string | undefined;
  /** False with --no-hold: the version may be promoted again at once. */
  readonly hold?: boolean | undefined;
}

/** `mreg rollout abort`: the way back, by hand and with a record. */
export function abortCommand(host: Host): CommandUnknownOpts {
  return new Command('abort')
    .summary('end a rollout, and go back to the version before it')
    .description(
      'Takes the stage back to the version before the rollout, at whatever step it is, paused or complete, and holds the version that is left. The reason stands in decision.yaml and in the commit. Asks no gate, no approval and no metrics server.',
    )
    .argument('<model>', 'the model')
    .option('--stage <stage>', 'the stage it is rolled out in (default: the only one)')
    .option('--no-hold', 'do not hold the version that is left')
    .addHelpText('after', '\nExample:\n  mreg rollout abort fraud_detector --stage prod -m "p95 doubled"')
    .action(async (model, options, command) => {
      host.code = await abort(host.outside, { ...commonFlags(command), ...options }, model);
    });
}

async function abort(outside: Outside, flags: AbortFlags, model: string): Promise<number> {
  const { message: reason } = flags;
  if (reason === undefined || reason.trim() === '') {
    const hint = `mreg rollout abort ${model} --stage ${flags.stage ?? '<stage>'} -m <why>`;
    throw new MregError('usage', 'mreg rollout abort needs a reason', { hint });
  }
  return withSession(outside, flags, async (opened) => {
    const session = await synchronised(opened);
    const stage = await stageNamed(session, model, flags.stage);
    const one = await requireOneRollout(session, { model, stage });
    // Run again after it was done (or after a lost answer), it says so instead of going back one version more.
    if (one.landed.isRestored && one.watched.state.phase === 'complete') {
      tell(session, { one, reason, done: undefined });
      return 0;
    }
    const dismissed = flags.hold === false;
    const done = await actOnRollout(session, one.watched, { action: 'roll-back', reason, observations: [], dismissed });
    if (done.superseded) throw movedMeanwhile(one);
    tell(session, { one, reason, done });
    return 0;
  });
}

function movedMeanwhile({ watched: { at } }: OneRollout): MregError {
  const message = `the rollout of ${at.model} in ${at.stage} was moved by somebody else meanwhile: nothing was taken back`;
  return new MregError('refused', message, { hint: `mreg rollout status ${at.model} --stage ${at.stage}` });
}

function tell(
  { outside, flags, branch }: Session,
  told: { readonly one: OneRollout; readonly reason: string; readonly done: Acted | undefined },
): void {
  const { at, version, current } = told.one.watched;
  const { step, steps } = current.stage.spec.rollout;
  const written: Written | undefined = told.done && { ...told.done, branch };
  const backTo = told.done === undefined ? current.stage.spec.version : (told.done.backTo ?? null);
  print(outside, flags, {
    json: {
      ...writtenJson({ model: at.model, version }, written),
      ...{ stage: at.stage, action: 'roll-back' as const, phase: 'complete' as const },
      ...{ step, steps, weight: 0, reason: told.reason, backTo },
      state: told.done === undefined ? 'already' : 'rolled-back',
    } satisfies RolloutOutput,
    text: (_view, paint) =>
      written === undefined
        ? `${at.model} in ${at.stage} was taken back to ${backTo ?? ''} already.\n  to go back further: mreg rollback ${at.model} --stage ${at.stage} -m <why>`
        : [
            `${paint.green('aborted')} ${at.model}@${version} in ${at.stage}; back to ${paint.bold(backTo ?? '')}`,
            `  ${writtenText(written)}`,
          ].join('\n'),
  });
}
