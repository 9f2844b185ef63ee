import { Command } from '@commander-js/extra-typings';
import { approveCommand } from './approve.ts';
import { artifactCommand } from './artifact.ts';
import { checkCommand } from './check.ts';
import { commonOptions, type Host } from './declare.ts';
import { completeCommand } from './complete.ts';
import { completionCommand } from './completion.ts';
import { diffCommand } from './diff.ts';
import { doctorCommand } from './doctor.ts';
import { evidenceCommand } from './evidence.ts';
import { explainCommand } from './explain.ts';
import { holdCommand, releaseCommand } from './hold.ts';
import { hookCommand } from './hook.ts';
import { hooksCommand } from './hooks.ts';
import { initCommand } from './init.ts';
import { keyCommand } from './key.ts';
import { logCommand } from './log.ts';
import { policyCommand } from './policy.ts';
import { promoteCommand } from './promote.ts';
import { registerCommand } from './register.ts';
import { rejectCommand } from './reject.ts';
import { rollbackCommand } from './rollback.ts';
import { rolloutCommand } from './rollout.ts';
import { schemaCommand } from './schema.ts';
import { settingsCommand } from './settings.ts';
import { showCommand } from './show.ts';
import { statusCommand } from './status.ts';
import { trustCommand } from './trust.ts';
import { verifyCommand } from './verify.ts';

const GROUPS = [
  ['Start:', [initCommand, keyCommand, trustCommand, policyCommand, settingsCommand]],
  [
    'Ship:',
    [registerCommand, evidenceCommand, checkCommand, promoteCommand, approveCommand, rejectCommand, rolloutCommand],
  ],
  ['Look:', [statusCommand, showCommand, logCommand, diffCommand, explainCommand, schemaCommand]],
  ['Bytes:', [artifactCommand]],
  ['Undo:', [rollbackCommand, holdCommand, releaseCommand]],
  ['Guard:', [verifyCommand, hooksCommand, hookCommand, doctorCommand]],
  ['Help:', [completionCommand]],
] as const;

/** Returns the whole command line; every command in help order. */
export function buildProgram(host: Host): Command {
  const program = new Command('mreg')
    .description(
      'A git-backed registry for machine-learning models: signed files, gates at every door, rollback by plain revert.',
    )
    .usage('<command> [options]')
    .version(host.outside.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showHelpAfterError(false)
    .configureHelp({ showGlobalOptions: true, helpWidth: Math.min(100, host.outside.columns) })
    .enablePositionalOptions(false);
  for (const option of commonOptions()) program.addOption(option);
  for (const [title, commands] of GROUPS) {
    program.commandsGroup(title);
    for (const make of commands) program.addCommand(make(host));
  }
  // Completion scripts call it; people have no use for it.
  program.addCommand(completeCommand(host), { hidden: true });
  program.addHelpText('after', '\nStart here:\n  mreg key generate && mreg init my-registry\n  mreg help <command>');
  return program;
}
