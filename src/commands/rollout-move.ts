import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import type { StageDocument } from '../documents/kinds/stage.ts';
import { planRollout, readRollout, type RolloutDecision, type RunningRollout } from '../registry/plan-rollout.ts';
import { planInWords } from '../report/evaluation.ts';
import type { RolloutOutput } from '../report/output-schemas.ts';
import { submit } from './carry-out.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { requireModel, requireStage } from './references.ts';
import { nothingThere } from './rollout-one.ts';
import { withSession, type Session } from './session.ts';
import { writtenJson, writtenText, type Written } from './written.ts';

interface MoveFlags extends CommonFlags {
  readonly stage: string;
}

type Action = Exclude<RolloutDecision['action'], 'roll-back'>;

const ABOUT: Readonly<Record<Action, string>> = {
  advance: 'take the next step of the plan; the last one makes the newcomer the champion',
  pause: 'stop a rollout where it is',
  resume: 'go on with a paused rollout; its hold starts anew',
};

/** `mreg rollout advance`, `pause` and `resume`: a rollout moved by hand, step by step. */
export function moveCommands(host: Host): readonly CommandUnknownOpts[] {
  return (Object.entries(ABOUT) as [Action, string][]) // the keys of a literal of this file
    .map(([action, about]) =>
      new Command(action)
        .description(`${about[0]?.toUpperCase() ?? ''}${about.slice(1)}.`)
        .summary(about)
        .argument('<model>', 'the model')
        .requiredOption('--stage <stage>', 'the stage it is rolled out in')
        .action(async (model, options, command) => {
          host.code = await move(host.outside, { ...commonFlags(command), ...options }, { model, action });
        }),
    );
}

interface Asked {
  readonly model: string;
  readonly action: Action;
}

async function move(outside: Outside, flags: MoveFlags, { model, action }: Asked): Promise<number> {
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
    tell(session, { ...done.result, action, written });
    return 0;
  });
}

async function requireRollout({ view }: Session, model: string, stage: string): Promise<RunningRollout> {
  await requireModel(view, model);
  requireStage(view, stage);
  const rollout = await readRollout(view, { model, stage });
  if (rollout === undefined) throw nothingThere({ model, stage });
  return rollout;
}

function notAllowed(why: string, model: string, stage: string): MregError {
  return new MregError('refused', `the rollout of ${model} in ${stage} cannot do that: ${why}`, {
    hint: `mreg rollout status ${model} --stage ${stage}`,
  });
}

interface Moved {
  readonly rollout: RunningRollout;
  readonly next: StageDocument;
  readonly action: Action;
  readonly written: Written;
}

function tell({ outside, flags }: Session, { rollout, next, action, written }: Moved): void {
  const { plan, version } = rollout.promotion.spec;
  const { model, stage, version: champion, rollout: where } = next.spec;
  const { phase, step, steps } = where;
  const weight = weightOf(next, version);
  print(outside, flags, {
    json: {
      ...writtenJson({ model, version }, written),
      stage,
      action: phase === 'complete' && action === 'advance' ? 'complete' : action,
      ...{ phase, step, steps, weight, reason: flags.message ?? null },
    } satisfies RolloutOutput,
    text: (_view, paint) =>
      [
        `${paint.bold(`${model}@${version}`)} in ${stage}: ${phase}, step ${String(step)} of ${String(steps)}, ${String(weight)}% of the traffic`,
        `  plan      ${planInWords(plan)}`,
        ...(phase === 'complete' ? [] : [`  champion  ${champion}, to go back to with mreg rollout abort`]),
        `  ${writtenText(written)}`,
      ].join('\n'),
  });
}

function weightOf({ spec }: StageDocument, version: string): number {
  const idle = spec.champion === 'blue' ? spec.slots.green : spec.slots.blue;
  return spec.rollout.phase === 'complete' ? 100 : idle.version === version ? idle.weight : 0;
}
