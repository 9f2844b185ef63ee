import { MregError } from '../documents/error.ts';

/** A flag of a command line, and its value or values; one without a value is left out. */
export type FlagValue = string | number | readonly string[] | undefined;

/** Returns a command line that a shell takes as these words; flags in the order given. */
export function commandLine(words: readonly string[], flags: Readonly<Record<string, FlagValue>>): string {
  const given = Object.entries(flags).flatMap(([flag, value]) =>
    valuesOf(value).flatMap((each) => [`--${flag}`, each]),
  );
  return ['mreg', ...words, ...given].map(quoted).join(' ');
}

function valuesOf(value: FlagValue): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'object' ? value : [String(value)];
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Returns the words of a command line that `commandLine` wrote, without the program's name. */
export function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  let rest = line;
  while (rest !== '') {
    const word = /^(?:[^\s'\\"$`]|'[^']*'|\\')+/.exec(rest)?.[0];
    if (word === undefined) throw unreadable(line);
    words.push(word.replace(/\\'|'([^']*)'/g, (piece, inside?: string) => (piece === "\\'" ? "'" : (inside ?? ''))));
    rest = rest.slice(word.length).replace(/^ /, '');
  }
  const [program, ...others] = words;
  if (program !== 'mreg') throw unreadable(line);
  return others;
}

function unreadable(line: string): MregError {
  return new MregError('bad-file', `the command is not one that mreg recorded: ${line}`, {
    hint: 'only what mreg evaluate, fairness and drift attached can be measured again',
  });
}
