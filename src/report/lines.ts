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

/** Returns a label and a text beside it, hanging under its own beginning: `  found  0.91, from …`. */
export function labelled(label: string, text: string, view: View): string[] {
  const paint = paintFor(view);
  const first = `${paint.dim(label)}  `;
  return isCommand(text) ? [first + paint.cyan(text)] : wrap(text, { columns: view.columns, first });
}

/** Tells whether a hint is a command to run, rather than a sentence. */
export function isCommand(hint: string): boolean {
  return /^(?:mreg|git|ssh-keygen|kubectl) [^.]*\S/.test(hint) && !/[.:;,] /.test(hint);
}
