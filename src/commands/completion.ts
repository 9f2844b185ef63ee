import { Argument, Command, type CommandUnknownOpts, type Option } from '@commander-js/extra-typings';
import { completionScript, SHELLS, type CommandSpec, type OptionSpec, type Takes } from '../report/completion.ts';
import type { Host } from './declare.ts';

/** Declares `mreg completion`. */
export function completionCommand(host: Host): CommandUnknownOpts {
  return new Command('completion')
    .summary('print a script that completes mreg in your shell')
    .description('Prints a script that completes commands, options, models, versions and stages in your shell.')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
    .addHelpText('after', '\nExamples:\n  source <(mreg completion bash)\n  mreg completion fish | source')
    .action((shell, _options, command) => {
      const root = rootOf(command);
      host.outside.stdout(completionScript(shell, childrenOf(root), root.options.map(optionSpec)));
    });
}

function rootOf(command: CommandUnknownOpts): CommandUnknownOpts {
  return command.parent === null ? command : rootOf(command.parent);
}

/** The tree that parses the command line is the one that is completed, so that the script cannot go stale. */
function childrenOf(command: CommandUnknownOpts): readonly CommandSpec[] {
  return command.createHelp().visibleCommands(command).map(commandSpec);
}

function commandSpec(command: CommandUnknownOpts): CommandSpec {
  return {
    name: command.name(),
    description: command.summary() || command.description(),
    options: command.options.filter(({ hidden }) => !hidden).map(optionSpec),
    arguments: command.registeredArguments.map((argument) => {
      const takes = argument.argChoices ?? TAKES.get(argument.name());
      return { name: argument.name(), ...(takes === undefined ? {} : { takes }) };
    }),
    subcommands: childrenOf(command),
  };
}

function optionSpec(option: Option): OptionSpec {
  const placeholder = /[<[]([^>\]]+)[>\]]/.exec(option.flags)?.[1];
  const takes = option.argChoices ?? TAKES.get(placeholder ?? '');
  return { flags: option.flags, description: option.description, ...(takes === undefined ? {} : { takes }) };
}

/** What a value is, by the name that help gives it. */
const TAKES: ReadonlyMap<string, Takes> = new Map([
  ['file', 'file'],
  ['path', 'file'],
  ['dir', 'directory'],
  ['model', 'model'],
  ['reference', 'reference'],
  ['left', 'reference'],
  ['right', 'reference'],
  ['stage', 'stage'],
  ['freeze', 'freeze'],
]);
