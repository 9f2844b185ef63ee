import { paintFor, wantsColour, type Paint } from '../../src/report/paint.ts';
import { wrap } from '../../src/report/wrap.ts';

/** Tells the story: headings, a few sentences, command lines and what they print. */
export interface Narrator {
  readonly colour: boolean;
  readonly unicode: boolean;
  /** Begins a numbered chapter. */
  chapter(title: string): void;
  say(text: string): void;
  /** Lines that keep their shape: a table, a list. */
  list(lines: readonly string[]): void;
  command(person: string, words: readonly string[]): void;
  output(text: string): void;
  exit(code: number): void;
}

const WIDEST = 100;

/** Returns a narrator that writes to `stream`; colours only where a terminal shows them and NO_COLOR does not forbid it. */
export function narratorOn(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Narrator {
  const colour = wantsColour({ env, isTTY: stream.isTTY, flag: undefined });
  const unicode = /utf-?8/i.test(env['LC_ALL'] ?? env['LC_CTYPE'] ?? env['LANG'] ?? '');
  // A terminal that does not tell its width says 0.
  const columns = stream.isTTY && stream.columns > 0 ? Math.min(stream.columns, WIDEST) : WIDEST;
  const paint = paintFor({ colour });
  let chapters = 0;
  // Commands that print nothing stand together, without a blank line between them.
  let bare = false;
  const write = (text: string): void => {
    stream.write(`${text}\n`);
    bare = false;
  };
  return {
    colour,
    unicode,
    chapter: (title) => {
      chapters += 1;
      const heading = `${chapters}. ${title}`;
      write(`\n\n${paint.bold(heading)}\n${paint.dim('-'.repeat(heading.length))}`);
    },
    say: (text) => write(`\n${wrap(text, { columns }).join('\n')}`),
    list: (lines) => write(`\n${lines.map((line) => `  ${line}`).join('\n')}`),
    command: (person, words) => {
      write(`${bare ? '' : '\n'}${promptOf(person, paint)} ${commandLine(words)}`);
      bare = true;
    },
    output: (text) => {
      if (text.trim() !== '') write(indented(text));
    },
    exit: (code) => write(paint.dim(`  [exit code ${code}]`)),
  };
}

function promptOf(person: string, paint: Paint): string {
  return paint.cyan(`${person}$`);
}

/** One line where it fits; else one flag a line, as people write it in scripts. */
function commandLine(words: readonly string[]): string {
  const [program, flag, script] = words;
  if (program === 'sh' && flag === '-c' && script !== undefined) return script;
  const line = words.map(quoted).join(' ');
  if (line.length < WIDEST) return line;
  const pieces: string[] = [];
  for (const word of words.map(quoted)) {
    if (word.startsWith('--') || pieces.length === 0) pieces.push(word);
    else pieces.push(`${pieces.pop() ?? ''} ${word}`);
  }
  return pieces.join(' \\\n    ');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : `  ${line.trimEnd()}`))
    .join('\n');
}
