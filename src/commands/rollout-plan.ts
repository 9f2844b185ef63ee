import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import type { ReleasePlan } from '../documents/kinds/promotion.ts';
import { readDocument } from '../documents/read-document.ts';
import { writeYaml } from '../documents/write-yaml.ts';
import { transitionsInto } from '../registry/facts.ts';
import { renderRolloutPlan, rolloutPlanJson, type ToldPlan } from '../report/rollout-plan.ts';
import { planSize, type Baseline } from '../rollout/plan-size.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { readPlanFlags, type PlanFlags } from './plan-flags.ts';
import { guardOption, planOption, stepOption, strategyOption, successOption } from './plan-options.ts';
import { requireModel, requireStage } from './references.ts';
import { measuredBaselines, parseBaseline, parseRate } from './rollout-baselines.ts';
import { withSession, type Session } from './session.ts';

interface SizeFlags extends CommonFlags, PlanFlags {
  readonly stage?: string | undefined;
  readonly rate?: string | undefined;
  readonly baseline?: readonly string[] | undefined;
}

/** `mreg rollout plan`: how much traffic and time a plan needs in order to tell. */
export function planCommand(host: Host): CommandUnknownOpts {
  return new Command('plan')
    .summary('compute the traffic and the time that a plan needs')
    .description(
      'Computes how many events and how much time the rules of a plan need that compare with the champion, and refuses a plan that cannot tell. The plan is the policy’s for a model and a stage, or one that is given. What the metrics are now comes from the champion’s evidence, or from --baseline.',
    )
    .argument('[model]', 'the model; without one, the plan is given by flags or --plan')
    .option('--stage <stage>', 'the stage that it is to be rolled out in')
    .addOption(new Option('--rate <events>', 'events a second of both versions together; 3000/m is a minute’s'))
    .addOption(
      new Option(
        '--baseline <metric=value[~deviation]>',
        'what a metric is now, such as ctr=0.05, or basket=20~4 for a mean; repeat it',
      ).argParser(collect),
    )
    .addOption(strategyOption)
    .addOption(stepOption)
    .addOption(guardOption)
    .addOption(successOption)
    .addOption(planOption)
    .addHelpText(
      'after',
      '\nExit code: 0 it can tell, 1 it cannot.\n\nExamples:\n  mreg rollout plan recommender --stage prod --rate 50\n  mreg rollout plan --strategy champion-challenger --step 10:24h --success ctr+0.015 --rate 50 \\\n    --baseline ctr=0.05',
    )
    .action(async (model, options, command) => {
      host.code = await size(host.outside, { ...commonFlags(command), ...options }, model);
    });
}

async function size(outside: Outside, flags: SizeFlags, model: string | undefined): Promise<number> {
  const perSecond = parseRate(flags.rate);
  const given = await readPlanFlags(outside, flags);
  if (given !== undefined) requireSound(given);
  const named = new Map((flags.baseline ?? []).map(parseBaseline));
  const asked = { perSecond, given, named };
  const told = model === undefined ? sizeAlone(asked) : await sizeOf(outside, flags, { ...asked, model });
  print(outside, flags, { json: rolloutPlanJson(told), text: (view) => renderRolloutPlan(told, view) });
  return told.size.refusals.length === 0 ? 0 : 1;
}

interface Asked {
  readonly perSecond: number;
  readonly given: ReleasePlan | undefined;
  readonly named: ReadonlyMap<string, Baseline>;
}

function sizeAlone({ perSecond, given: plan, named: baselines }: Asked): ToldPlan {
  if (plan === undefined) {
    throw new MregError('usage', 'expected a model, or a plan', {
      hint: 'mreg rollout plan <model> --stage <stage> --rate 50, or --plan <file>',
    });
  }
  const size = planSize({ plan, triggers: [] }, { perSecond, baselines });
  return { model: undefined, stage: undefined, plan, perSecond, size };
}

function sizeOf(
  outside: Outside,
  flags: SizeFlags,
  { model, perSecond, given, named }: Asked & { readonly model: string },
): Promise<ToldPlan> {
  return withSession(outside, flags, async (session) => {
    await requireModel(session.view, model);
    const stage = requireStageFlag(session, flags, model);
    const rules = transitionsInto(session.view, model, stage);
    const plan = given ?? rules.flatMap((rule) => rule.plan ?? [])[0];
    if (plan === undefined) throw noPlan(model, stage);
    const triggers = rules.flatMap(({ rollback }) => rollback?.triggers ?? []);
    const baselines = new Map([...(await measuredBaselines(session, { model, stage })), ...named]);
    return { model, stage, plan, perSecond, size: planSize({ plan, triggers }, { perSecond, baselines }) };
  });
}

function requireStageFlag({ view }: Session, { stage }: SizeFlags, model: string): string {
  if (stage === undefined) {
    throw new MregError('usage', 'expected the stage that the plan is for', {
      hint: `mreg rollout plan ${model} --stage ${view.settings.body.spec.stages.at(-1) ?? 'prod'}`,
    });
  }
  requireStage(view, stage);
  return stage;
}

function noPlan(model: string, stage: string): MregError {
  return new MregError('usage', `no policy names a plan for ${model} into ${stage}`, {
    hint: 'give one: --strategy canary --step 10:30m --step 100 --guard "ctr~5%:30m", or --plan <file>',
  });
}

/** A plan of a file was read as anything at all; as part of a policy, the readers of documents say what is wrong with it. */
function requireSound(plan: ReleasePlan): void {
  const document = {
    apiVersion: 'mreg.dev/v1',
    kind: 'Policy',
    metadata: { registry: ANY_REGISTRY, name: 'plan', version: 1, previous: 'none' },
    spec: { models: ['*'], transitions: [{ from: 'here', to: 'there', gates: [], plan }] },
  };
  const reading = readDocument('Policy', { path: 'plan', bytes: Buffer.from(writeYaml(document)) });
  if (reading.ok) return;
  const refusals = reading.refusals.map((refusal) => ({
    ...refusal,
    path: refusal.path.replace('spec.transitions.0.plan.', '').replace('spec.transitions.0.plan', ''),
  }));
  throw new MregError('bad-file', 'the plan cannot be', { refusals, hint: 'docs/rollouts.md tells what a plan says' });
}

/** No plan depends on the registry that it is in. */
const ANY_REGISTRY = 'any-000000000000';
