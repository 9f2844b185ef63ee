import { CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { EXIT_OF, MregError } from '../documents/error.ts';
import { diskError } from '../git/loose-store.ts';
import { errorJson, renderError, type ErrorFacts } from '../report/error.ts';
import { commonFlags, type Host } from './declare.ts';
import { errorViewOf } from './flags.ts';
import type { Outside } from './outside.ts';
import { buildProgram, COMMAND_NAMES } from './program.ts';
import { worldOfRun } from './run-world.ts';

const EXIT_BUG = 70;

/** Runs one command line and returns its exit code. Whatever happens, the person or the program gets one clear answer. */
export async function run(outside: Outside, words: readonly string[]): Promise<number> {
  const host: { -readonly [Key in keyof Host]: Host[Key] } = { outside, code: 0 };
  try {
    const program = await buildProgram(host, words);
    takeOver(program, outside, words);
    program.hook('preAction', () => {
      host.outside = worldOfRun(outside, commonFlags(program).C);
      program.setOptionValue('C', undefined);
    });
    await program.parseAsync([...words], { from: 'user' });
    return host.code;
  } catch (error) {
    return fail(outside, words, diskError(error, placeOf(error) ?? host.outside.cwd));
  }
}

/** Every look at a file may fail (EIO, no handle left): wherever that was, it is the machine's fault and no bug. */
function placeOf(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

/** Commander writes and exits by itself; here it writes where the command writes, and throws. */
function takeOver(program: CommandUnknownOpts, outside: Outside, words: readonly string[]): void {
  const quietJson = words.includes('--json');
  program.exitOverride().configureOutput({
    writeOut: outside.stdout,
    writeErr: (text) => {
      if (!quietJson && !text.startsWith('error: ')) outside.stderr(text);
    },
  });
  passOn(program);
}

/** A command that is made apart and added takes nothing over by itself: its help would be as wide as the screen and leave out the common flags. */
function passOn(command: CommandUnknownOpts): void {
  for (const sub of command.commands) passOn(sub.copyInheritedSettings(command));
}

function fail(outside: Outside, words: readonly string[], error: unknown): number {
  if (error instanceof CommanderError && isAnswered(error, words)) return 0;
  const facts = factsOf(outside, words, error);
  // Commander has printed the help of what was not finished: `mreg`, `mreg trust`.
  if (isHelp(error) && !words.includes('--json')) return EXIT_OF.usage;
  if (words.includes('--json')) outside.stdout(`${JSON.stringify(errorJson(facts), null, 2)}\n`);
  else outside.stderr(renderError(facts, errorViewOf(outside, { color: !words.includes('--no-color') })));
  return error instanceof MregError ? EXIT_OF[error.code] : error instanceof CommanderError ? EXIT_OF.usage : EXIT_BUG;
}

/** Commander takes the exit code that the process holds for that of `mreg help`; asked for, help is a success. */
function isAnswered(error: CommanderError, words: readonly string[]): boolean {
  return error.exitCode === 0 || (isHelp(error) && words.includes('help'));
}

function isHelp(error: unknown): boolean {
  return error instanceof CommanderError && error.code === 'commander.help';
}

function factsOf(outside: Outside, words: readonly string[], error: unknown): ErrorFacts {
  if (error instanceof MregError) return error;
  if (error instanceof CommanderError) {
    const message = isHelp(error) ? 'no command was given' : error.message.replace(/^error: /, '');
    const name = words.find((word) => COMMAND_NAMES.includes(word));
    return { code: 'usage', message, hint: name === undefined ? 'mreg --help' : `mreg help ${name}` };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: 'bug',
    message,
    hint: 'this is a fault in mreg, not in your registry: please report it with what you ran',
  };
}
