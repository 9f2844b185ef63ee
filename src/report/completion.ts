import { BASH_DRIVER, FISH_DRIVER, ZSH_DRIVER } from './completion-drivers.ts';
import { visible } from './escape.ts';

/** What a value is, so that a shell can offer some; a list stands for itself. */
export type Takes = 'file' | 'directory' | 'model' | 'reference' | 'stage' | 'freeze' | readonly string[];

/** One option of a command. */
export interface OptionSpec {
  /** As help shows them: `-m, --message <text>`. */
  readonly flags: string;
  readonly description: string;
  readonly takes?: Takes;
}

/** One argument of a command, by its place. */
export interface ArgumentSpec {
  readonly name: string;
  readonly takes?: Takes;
}

/** One command as plain data, with what stands below it. */
export interface CommandSpec {
  readonly name: string;
  readonly description: string;
  readonly options: readonly OptionSpec[];
  readonly arguments: readonly ArgumentSpec[];
  readonly subcommands: readonly CommandSpec[];
}

/** The shells that a completion script can be had for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
/** One of the shells that a completion script can be had for. */
export type Shell = (typeof SHELLS)[number];

/**
 * Returns a script that completes mreg's command line in `shell`. Commands and options are written into it; models, stages
 * and references are asked for when they are needed, by `mreg complete models|stages|references`, one candidate a line.
 * `globalOptions` may stand anywhere.
 */
export function completionScript(
  shell: Shell,
  commands: readonly CommandSpec[],
  globalOptions: readonly OptionSpec[] = [],
): string {
  const root: CommandSpec = { name: '', description: '', options: [], arguments: [], subcommands: commands };
  const nodes = nodesBelow(root, '').map(({ path, spec }) => ({
    path,
    spec: { ...spec, options: [...spec.options, ...globalOptions] },
  }));
  const tables = tablesOf(nodes);
  switch (shell) {
    case 'bash':
      return [BASH_DRIVER.head, ...tables.map(caseFunction), BASH_DRIVER.body].join('\n');
    case 'zsh':
      return [ZSH_DRIVER.head, ...tables.map(caseFunction), ZSH_DRIVER.body].join('\n');
    case 'fish':
      return [FISH_DRIVER.head, ...tables.map(switchFunction), FISH_DRIVER.body].join('\n');
  }
}

/** A command with its words joined: `trust add`; the program itself is the empty path. */
interface Node {
  readonly path: string;
  readonly spec: CommandSpec;
}

/** A shell function that prints lines for a key: `__mreg_flags 'trust add'`. */
interface LookUp {
  readonly name: string;
  readonly entries: readonly (readonly [string, readonly string[]])[];
}

function nodesBelow(spec: CommandSpec, path: string): Node[] {
  const below = spec.subcommands.flatMap((child) => nodesBelow(child, `${path} ${child.name}`.trim()));
  return [{ path, spec }, ...below];
}

function tablesOf(nodes: readonly Node[]): LookUp[] {
  const tables: LookUp[] = [
    { name: '__mreg_path', entries: nodes.map(({ path }) => [path, [path]]) },
    { name: '__mreg_children', entries: nodes.map(({ path, spec }) => [path, spec.subcommands.map(described)]) },
    { name: '__mreg_flags', entries: nodes.map(({ path, spec }) => [path, spec.options.flatMap(flagLines)]) },
    { name: '__mreg_takes', entries: nodes.flatMap(optionValues) },
    { name: '__mreg_argument', entries: nodes.flatMap(argumentValues) },
  ];
  return tables.map(({ name, entries }) => ({ name, entries: entries.filter(([, lines]) => lines.length > 0) }));
}

/** A tab divides a word from its description, in every shell. */
function described({ name, description }: { readonly name: string; readonly description: string }): string {
  return `${name}\t${visible(description)}`;
}

function flagLines({ flags, description }: OptionSpec): string[] {
  return flagsOf(flags).map((name) => described({ name, description }));
}

function optionValues({ path, spec }: Node): [string, string[]][] {
  return spec.options
    .filter(takesValue)
    .flatMap(({ flags, takes }) =>
      flagsOf(flags).map((flag): [string, string[]] => [`${path} ${flag}`, [sourceOf(takes)]]),
    );
}

function argumentValues({ path, spec }: Node): [string, string[]][] {
  return spec.arguments.map(({ takes }, index) => [`${path} ${String(index + 1)}`, [sourceOf(takes)]]);
}

function flagsOf(flags: string): string[] {
  return flags.split(/[ ,|]+/).filter((word) => word.startsWith('-'));
}

function takesValue({ flags, takes }: OptionSpec): boolean {
  return takes !== undefined || /[<[]/.test(flags);
}

/** `any` is a value that nothing can be offered for. */
function sourceOf(takes: Takes | undefined): string {
  if (takes === undefined) return 'any';
  return typeof takes === 'string' ? takes : `list ${takes.join(' ')}`;
}

function caseFunction({ name, entries }: LookUp): string {
  const cases = entries.map(([key, lines]) => `    ${quoted(key)}) printf '%s\\n' ${lines.map(quoted).join(' ')} ;;`);
  return [
    `${name}() {`,
    '  case "$1" in',
    ...cases,
    "    '') return 1 ;;",
    '    *) return 1 ;;',
    '  esac',
    '}',
    '',
  ].join('\n');
}

function switchFunction({ name, entries }: LookUp): string {
  const cases = entries.map(
    ([key, lines]) => `    case ${fishQuoted(key)}\n      printf '%s\\n' ${lines.map(fishQuoted).join(' ')}`,
  );
  return [`function ${name}`, '  switch $argv[1]', ...cases, "    case '*'", '      return 1', '  end', 'end', ''].join(
    '\n',
  );
}

/** In POSIX quotes only the quote itself must be written otherwise. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** In fish's single quotes a backslash escapes the quote and itself. */
function fishQuoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
