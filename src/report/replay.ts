import { shown } from './escape.ts';
import { textOf } from './lines.ts';
import type { ReplayOutput } from './output-schemas.ts';
import { paintFor } from './paint.ts';
import { symbolsOf } from './symbols.ts';
import type { View } from './view.ts';

/** Returns what measuring again came to, in lines: which bytes and numbers are others. */
export function renderReplay(outcome: ReplayOutput, view: View): string {
  const { green, red, bold } = paintFor(view);
  const { pass, fail } = symbolsOf(view);
  const { inputs, figures } = outcome;
  const bytes = inputs.map(({ role, source, recorded, found, same }) => {
    const is = `${role} ${shown(source, view)}`;
    if (same) return green(`${pass} ${is}: ${found === null ? 'a database, without a digest' : 'the same bytes'}`);
    return red(`${fail} ${is}: recorded ${recorded ?? 'no digest'}, found ${found ?? 'none'}`);
  });
  const others = figures.filter(({ same }) => !same);
  const numbers = others.map(({ name, recorded, found }) => {
    const is = `recorded ${String(recorded ?? 'nothing')}, measured ${String(found ?? 'nothing')}`;
    return red(`${fail} ${shown(name, view)}: ${is}`);
  });
  const same = figures.length - others.length;
  const agreed =
    same === 0 ? [] : [green(`${pass} ${String(same)} ${same === 1 ? 'number is' : 'numbers are'} the same`)];
  const head = bold(shown(`${outcome.model}@${outcome.version} ${outcome.kind}`, view));
  return textOf([head, `  ${shown(outcome.command, view)}`], bytes, [...agreed, ...numbers]);
}
