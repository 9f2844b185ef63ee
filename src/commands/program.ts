import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { commonOptions, type Host } from './declare.ts';

type Declare = (host: Host) => CommandUnknownOpts;

/** Every command in help order, each with how its module is loaded: one command has no use for the code of the others. */
const GROUPS: Readonly<Record<string, Readonly<Record<string, () => Promise<Declare>>>>> = {
  'Start:': {
    init: async () => (await import('./init.ts')).initCommand,
    key: async () => (await import('./key.ts')).keyCommand,
    trust: async () => (await import('./trust.ts')).trustCommand,
    policy: async () => (await import('./policy.ts')).policyCommand,
    settings: async () => (await import('./settings.ts')).settingsCommand,
    import: async () => (await import('./import.ts')).importCommand,
  },
  'Ship:': {
    register: async () => (await import('./register.ts')).registerCommand,
    evidence: async () => (await import('./evidence.ts')).evidenceCommand,
    check: async () => (await import('./check.ts')).checkCommand,
    promote: async () => (await import('./promote.ts')).promoteCommand,
    approve: async () => (await import('./approve.ts')).approveCommand,
    reject: async () => (await import('./reject.ts')).rejectCommand,
    rollout: async () => (await import('./rollout.ts')).rolloutCommand,
  },
  'Measure:': {
    evaluate: async () => (await import('./evaluate.ts')).evaluateCommand,
    fairness: async () => (await import('./fairness.ts')).fairnessCommand,
    drift: async () => (await import('./drift.ts')).driftCommand,
    scan: async () => (await import('./scan.ts')).scanCommand,
  },
  'Serve:': {
    deploy: async () => (await import('./deploy.ts')).deployCommand,
  },
  'Look:': {
    status: async () => (await import('./status.ts')).statusCommand,
    show: async () => (await import('./show.ts')).showCommand,
    log: async () => (await import('./log.ts')).logCommand,
    diff: async () => (await import('./diff.ts')).diffCommand,
    explain: async () => (await import('./explain.ts')).explainCommand,
    who: async () => (await import('./who.ts')).whoCommand,
    schema: async () => (await import('./schema.ts')).schemaCommand,
  },
  'Bytes:': {
    artifact: async () => (await import('./artifact.ts')).artifactCommand,
  },
  'Undo:': {
    rollback: async () => (await import('./rollback.ts')).rollbackCommand,
    hold: async () => (await import('./hold.ts')).holdCommand,
    release: async () => (await import('./hold.ts')).releaseCommand,
    freeze: async () => (await import('./freeze.ts')).freezeCommand,
    unfreeze: async () => (await import('./freeze.ts')).unfreezeCommand,
  },
  'Guard:': {
    attest: async () => (await import('./attest.ts')).attestCommand,
    verify: async () => (await import('./verify.ts')).verifyCommand,
    audit: async () => (await import('./audit.ts')).auditCommand,
    hooks: async () => (await import('./hooks.ts')).hooksCommand,
    hook: async () => (await import('./hook.ts')).hookCommand,
    doctor: async () => (await import('./doctor.ts')).doctorCommand,
  },
  'Help:': {
    completion: async () => (await import('./completion.ts')).completionCommand,
  },
};

/** Completion scripts call it; people have no use for it. */
const HIDDEN = 'complete';

/** The commands that speak of all the others. */
const NEEDS_ALL: ReadonlySet<string> = new Set(['completion', 'help']);

/** The names of all commands, in help order. */
export const COMMAND_NAMES: readonly string[] = Object.values(GROUPS).flatMap((group) => Object.keys(group));

/** Returns the command line; with `words`, only the command that they name, or every one if they name none. */
export async function buildProgram(host: Host, words: readonly string[] = []): Promise<Command> {
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
  await addCommands(program, host, soughtCommand(program, words));
  program.addHelpText('after', '\nStart here:\n  mreg key generate && mreg init my-registry\n  mreg help <command>');
  return program;
}

async function addCommands(program: Command, host: Host, sought: string | undefined): Promise<void> {
  for (const [title, commands] of Object.entries(GROUPS)) {
    program.commandsGroup(title);
    for (const [name, load] of Object.entries(commands)) {
      if (sought === undefined || sought === name) program.addCommand((await load())(host));
    }
  }
  if (sought !== undefined && sought !== HIDDEN) return;
  const { completeCommand } = await import('./complete.ts');
  program.addCommand(completeCommand(host), { hidden: true });
}

/** The command that the first word names which is neither a common flag nor a flag's value; undefined where all are needed. */
function soughtCommand(program: Command, words: readonly string[]): string | undefined {
  const takers = program.options.filter(({ required }) => required).flatMap(({ short, long }) => [short, long]);
  const isValue = (index: number): boolean => index > 0 && takers.includes(words[index - 1]);
  const first = words.find((word, index) => !word.startsWith('-') && !isValue(index));
  if (first === undefined || NEEDS_ALL.has(first)) return undefined;
  return first === HIDDEN || COMMAND_NAMES.includes(first) ? first : undefined;
}
