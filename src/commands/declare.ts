import { InvalidArgumentError, Option, type CommandUnknownOpts } from '@commander-js/extra-typings';
import type { CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';

/** What a command's declaration is given: the world, and where its exit code goes. */
export interface Host {
  readonly outside: Outside;
  /** Exit code of the command that ran; 0 until one says otherwise. */
  code: number;
}

/** Returns the flags that every command takes, as they were given before or after the command's name. */
export function commonFlags(command: CommandUnknownOpts): CommonFlags {
  return command.optsWithGlobals();
}

/** Returns the flags that every command takes, for the program to declare once. */
export function commonOptions(): readonly Option[] {
  return [
    new Option('-C <dir>', 'work as if started in <dir>'),
    new Option('--json', 'print one JSON document on stdout and nothing else there'),
    new Option('--key <file>', 'sign with this key: a file, or a public key that ssh-agent holds'),
    new Option('-m, --message <text>', 'why; kept in the commit and in the documents'),
    new Option('-q, --quiet', 'print nothing but errors'),
    new Option('-v, --verbose', 'print more'),
    new Option('--no-color', 'print without colour'),
    new Option('--yes', 'do not ask'),
    new Option('--dry-run', 'show what would be done and change nothing'),
    new Option('--no-push', 'commit here only: neither fetch from the server nor push to it'),
  ];
}

/** Collects a flag that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** Reads a flag's value as a whole number of at least 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^[0-9]{1,9}$/.test(text) && value >= 1) return value;
  throw new InvalidArgumentError('expected a whole number of at least 1');
}
