import type { View } from './view.ts';
import { paintFor } from './paint.ts';
import { wrap } from './wrap.ts';

/** Returns blocks of lines as one text, an empty line between blocks; empty blocks vanish. */
export function textOf(...blocks: readonly (readonly string[])[]): string {
  const filled = blocks.filter((block) => block.length > 0);
  return `${filled.map((block) => block.map((line) => line.trimEnd()).join('\n')).join('\n\n')}\n`;
}

/** Returns a list of commands under `next:`; commands are never wrapped, so that they can be copied. */
export function nextLines(commands: readonly string[], view: View): string[] {
  const paint = paintFor(view);
  return commands.length === 0 ? [] : [paint.dim('next:'), ...commands.map((command) => `  ${paint.cyan(command)}`)];
}

/** Returns pairs of label and safe text as aligned lines, each text hanging under its own beginning. */
export function labelledLines(pairs: readonly (readonly [string, string])[], view: View, indent = ''): string[] {
  const paint = paintFor(view);
  const width = Math.max(0, ...pairs.map(([label]) => label.length));
  return pairs.flatMap(([label, text]) => {
    const first = `${indent}${paint.dim(label)}${' '.repeat(width - label.length + 2)}`;
    return isCommand(text) ? [first + paint.cyan(text)] : wrap(text, { columns: view.columns, first });
  });
}

/** Tells whether a hint is a command to run, rather than a sentence. */
export function isCommand(hint: string): boolean {
  return /^(?:mreg|git|ssh-keygen|kubectl) [^.]*\S/.test(hint) && !/[.:;,] /.test(hint);
}
