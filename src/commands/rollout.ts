import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { parseDuration } from '../documents/duration.ts';
import type { StageDocument } from '../documents/kinds/stage.ts';
import { planRollout, readRollout, type RolloutDecision, type RunningRollout } from '../registry/plan-rollout.ts';
import { newcomerOf } from '../registry/stage-chain.ts';
import { planInWords } from '../report/evaluation.ts';
import { instantOf } from '../report/quantity.ts';
import { submit } from './carry-out.ts';
import type { RolloutOutput } from '../report/output-schemas.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { requireModel, requireStage } from './references.ts';
import { runCommand } from './rollout-run.ts';
import { withSession, type Session } from './session.ts';
import { writtenJson, writtenText, type Written } from './written.ts';

interface RolloutFlags extends CommonFlags {
  readonly stage: string;
}

/** `mreg rollout`: a rollout moved by hand, step by step. */
export function rolloutCommand(host: Host): CommandUnknownOpts {
  const rollout = new Command('rollout')
    .summary('move traffic to a promoted version, step by step')
    .description(
      'Moves a rollout by hand along its approved plan. The way back is mreg rollback; no step can be skipped or taken before its hold is over.',
    );
  const about = {
    status: 'show where a rollout stands',
    advance: 'take the next step of the plan; the last one makes the newcomer the champion',
    pause: 'stop a rollout where it is',
    resume: 'go on with a paused rollout; its hold starts anew',
  } as const;
  for (const [action, description] of Object.entries(about) as ['status' | RolloutDecision['action'], string][]) {
    rollout
      .command(action)
      .description(`${description[0]?.toUpperCase() ?? ''}${description.slice(1)}.`)
      .summary(description)
      .argument('<model>', 'the model')
      .requiredOption('--stage <stage>', 'the stage it is rolled out in')
      .action(async (model, options, command) => {
        const flags = { ...commonFlags(command), ...options };
        host.code =
          action === 'status'
            ? await showRollout(host.outside, flags, model)
            : await moveRollout(host.outside, flags, { model, action });
      });
  }
  rollout.addCommand(runCommand(host));
  return rollout;
}

async function requireRollout({ view }: Session, model: string, stage: string): Promise<RunningRollout> {
  await requireModel(view, model);
  requireStage(view, stage);
  const rollout = await readRollout(view, { model, stage });
  if (rollout !== undefined) return rollout;
  throw new MregError('unknown-request', `nothing was promoted to ${stage} of ${model} yet`, {
    hint: `mreg promote ${model}@<version> --to ${stage}`,
  });
}

async function showRollout(outside: Outside, flags: RolloutFlags, model: string): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const rollout = await requireRollout(session, model, flags.stage);
    tell(outside, flags, { model, rollout, stage: rollout.current.stage, action: 'status', written: undefined });
    return 0;
  });
}

async function moveRollout(
  outside: Outside,
  flags: RolloutFlags,
  asked: { readonly model: string; readonly action: RolloutDecision['action'] },
): Promise<number> {
  const { model, action } = asked;
  return withSession(outside, flags, async (session) => {
    const done = await submit(session, async (fresh, author) => {
      const rollout = await requireRollout(fresh, model, flags.stage);
      const decision = {
        at: { model, stage: flags.stage },
        action,
        reason: flags.message ?? `${action} by hand`,
        by: author.principal,
        now: outside.now(),
      };
      const planned = planRollout(fresh.view, rollout, decision);
      if (typeof planned === 'string') throw notAllowed(planned, model, flags.stage);
      return { plan: planned.plan, result: { rollout, next: planned.next } };
    });
    const written = { commit: done.commit, pushed: done.pushed, branch: session.branch };
    tell(outside, flags, { model, rollout: done.result.rollout, stage: done.result.next, action, written });
    return 0;
  });
}

function notAllowed(why: string, model: string, stage: string): MregError {
  return new MregError('refused', `the rollout of ${model} in ${stage} cannot do that: ${why}`, {
    hint: `mreg rollout status ${model} --stage ${stage}`,
  });
}

function tell(
  outside: Outside,
  flags: RolloutFlags,
  told: {
    readonly model: string;
    readonly rollout: RunningRollout;
    readonly stage: StageDocument;
    readonly action: 'status' | RolloutDecision['action'];
    readonly written: Written | undefined;
  },
): void {
  const { model, rollout, stage, action, written } = told;
  const version = rollout.promotion.spec.version;
  const { phase, step, steps } = stage.spec.rollout;
  const weight = weightOf(stage, version);
  print(outside, flags, {
    json: {
      ...writtenJson({ model, version }, written),
      stage: flags.stage,
      action: phase === 'complete' && action === 'advance' ? 'complete' : action,
      phase,
      step,
      steps,
      weight,
      reason: flags.message ?? null,
    } satisfies RolloutOutput,
    text: (_view, paint) =>
      [
        `${paint.bold(`${model}@${version}`)} in ${flags.stage}: ${phase}, step ${String(step)} of ${String(steps)}, ${String(weight)}% of the traffic`,
        `  plan      ${planInWords(rollout.promotion.spec.plan)}`,
        ...(phase === 'complete' ? [] : [`  champion  ${stage.spec.version}, to go back to with mreg rollback`]),
        ...nextLines(stage, rollout),
        ...(written === undefined ? [] : [`  ${writtenText(written)}`]),
      ].join('\n'),
  });
}

function weightOf(stage: StageDocument, version: string): number {
  const { blue, green } = stage.spec.slots;
  const slot = [blue, green].find((one) => one.version === version && one.version === newcomerOf(stage));
  return stage.spec.rollout.phase === 'complete' ? 100 : (slot?.weight ?? 0);
}

function nextLines(stage: StageDocument, { promotion }: RunningRollout): string[] {
  const { phase, step, since } = stage.spec.rollout;
  if (phase === 'complete') return [];
  if (phase === 'paused') return ['  next      resume'];
  const hold = promotion.spec.plan.steps?.[step - 1]?.hold;
  const due = hold === undefined ? undefined : new Date(new Date(since).getTime() + parseDuration(hold));
  return [`  next      advance${due === undefined ? '' : `, not before ${instantOf(due.toISOString())} UTC`}`];
}
