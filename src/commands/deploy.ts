import { Command, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { overlayDirectory } from '../deploy/names.ts';
import { TARGETS } from '../deploy/wish.ts';
import { MregError } from '../documents/error.ts';
import { shown } from '../report/escape.ts';
import { nextLines } from '../report/lines.ts';
import type { DeployOutput } from '../report/output-schemas.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { planDeploy, type DeployFlags } from './deploy-plan.ts';
import { writeUserFiles, type WrittenFile } from './deploy-write.ts';
import { print, tell } from './flags.ts';
import type { Outside } from './outside.ts';
import { requireModel, requireStage } from './references.ts';
import { withSession, type Session } from './session.ts';

export function deployCommand(host: Host): CommandUnknownOpts {
  return new Command('deploy')
    .summary('manifests for clusters that follow the registry')
    .description('Manifests for clusters that follow the registry by git: kustomize, Argo CD, Flux.')
    .addCommand(initCommand(host));
}

function initCommand(host: Host): CommandUnknownOpts {
  return new Command('init')
    .summary('write an overlay that serves a stage of a model')
    .description(
      'Writes a kustomize overlay below deploy/ that serves what a stage points at. The files are yours: they hold no version, so a promotion or a rollback changes none of them, and one that you changed is never overwritten without --force.',
    )
    .argument('<model>', 'a model: fraud_detector, risk/fraud_detector')
    .addOption(new Option('--target <target>', 'what serves it').choices(TARGETS).makeOptionMandatory())
    .option('--stage <stage>', 'the stage to serve (default: the last one)')
    .option('--canary', 'with kserve: one InferenceService with spec.canary (KServe 0.20), not one a slot')
    .option('--mirror', 'with routes: copy requests to the challenger, for shadow rollouts')
    .option('--gitops <tool>', 'also for argocd or flux; repeat it for both', collect)
    .option('--image <image>', 'serves the model in /models/current', 'registry.example/model-server:1')
    .option('--mreg-image <image>', 'has mreg in it, and pulls the model', 'registry.example/mreg:1')
    .option('--model-format <name>', 'with kserve: its name of the format', 'onnx')
    .option('--namespace <name>', 'namespace of the workloads', 'models')
    .option('--repo-url <url>', 'where clusters find this repository (default: the remote)')
    .option('--force', 'overwrite files that differ')
    .addHelpText(
      'after',
      '\nExamples:\n  mreg deploy init fraud_detector --target gateway-api --gitops flux\n  mreg deploy init fraud_detector --target kserve --canary --dry-run',
    )
    .action(async (model, options, command) => {
      host.code = await deployInit(host.outside, { ...commonFlags(command), ...options }, model);
    });
}

async function deployInit(outside: Outside, flags: DeployFlags, model: string): Promise<number> {
  return withSession(outside, flags, async (session) => {
    await requireModel(session.view, model);
    const stage = flags.stage ?? session.view.settings.body.spec.stages.at(-1) ?? '';
    requireStage(session.view, stage);
    const root = session.repository.workTree;
    if (root === undefined)
      throw new MregError('usage', 'a bare repository has no files to write', { hint: 'use a clone' });
    const plan = await planDeploy(session, flags, { model, stage });
    const how = { isForced: flags.force === true, isDry: flags.dryRun === true };
    const files = await writeUserFiles(root, plan.files, how);
    for (const warning of plan.warnings) tell(outside, flags, `warning: ${warning}`);
    return tellWritten(session, { model, stage, target: flags.target, files, warnings: [...plan.warnings] });
  });
}

function tellWritten(
  { outside, flags }: Session,
  done: Pick<DeployOutput, 'model' | 'stage' | 'target' | 'warnings'> & { readonly files: readonly WrittenFile[] },
): number {
  const { files, model, stage } = done;
  const dryRun = flags.dryRun === true;
  print(outside, flags, {
    json: { ...done, files: files.map((file) => ({ ...file })), dryRun } satisfies DeployOutput,
    text: (view, paint) => {
      const lines = files.map(({ path, state }) => `  ${state.padEnd(11)} ${shown(path, view)}`);
      const contents = flags.verbose === true ? files.flatMap(({ path, text }) => ['', `${path}:`, text]) : [];
      const next = [`kubectl kustomize ${overlayDirectory(model, stage)}`, 'git add deploy && git commit && git push'];
      const said = dryRun ? 'dry run: would write' : paint.green('wrote');
      return [`${said} what serves ${model} in ${stage}`, ...lines, ...contents, '', ...nextLines(next, view)].join(
        '\n',
      );
    },
  });
  return 0;
}
