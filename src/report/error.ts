import type { Refusal } from '../documents/refusal.ts';
import { shown, visibleLines } from './escape.ts';
import { isCommand, nextLines, textOf } from './lines.ts';
import type { ErrorOutput } from './output-schemas.ts';
import { paintFor, type Paint } from './paint.ts';
import { refusalBlocks } from './refusals.ts';
import type { View } from './view.ts';
import { wrap } from './wrap.ts';

/** What an error report needs to know; a MregError is one. `code` is `bug` for anything unexpected. */
export interface ErrorFacts {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly refusals?: readonly Refusal[];
}

/** Returns an error as a person reads it on stderr: one line of what, then each refusal, then what to do. */
export function renderError(error: ErrorFacts, view: View): string {
  return textOf(
    headLines(error, view),
    ...refusalBlocks(error.refusals ?? [], view, '  '),
    error.hint === undefined || error.hint === '' ? [] : hintLines(error.hint, view),
  );
}

/** Returns an error as every command prints it with `--json`. */
export function errorJson({ code, message, hint, refusals = [] }: ErrorFacts): ErrorOutput {
  const details = refusals.map(({ code: rule, path, expected, found, hint: remedy }) => ({
    code: rule,
    path,
    expected,
    found,
    hint: remedy,
  }));
  return { error: { code, message, hint: hint ?? null, details } };
}

function headLines({ code, message }: ErrorFacts, view: View): string[] {
  const paint = paintFor(view);
  const [first = '', ...more] = visibleLines(message).map((line) => shown(line, view));
  const head = headOf(code, paint);
  return [
    ...wrap(`${head} ${first}`, { columns: view.columns, rest: '  ' }),
    ...more.flatMap((line) => wrap(line, { columns: view.columns, first: '  ' })),
  ];
}

function headOf(code: string, paint: Paint): string {
  if (code === 'refused') return paint.red('refused:');
  if (code === 'pending') return paint.yellow('waiting:');
  return `${paint.red('error')} [${code}]:`;
}

function hintLines(hint: string, view: View): string[] {
  const lines = visibleLines(hint).map((line) => shown(line, view));
  if (lines.every(isCommand)) return nextLines(lines, view);
  return lines.flatMap((line) => wrap(line, { columns: view.columns, first: `${paintFor(view).dim('hint:')} ` }));
}
