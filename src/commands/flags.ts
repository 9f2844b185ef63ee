import { paintFor, wantsColour, type Paint } from '../report/paint.ts';
import type { View } from '../report/view.ts';
import type { Outside } from './outside.ts';

/** Flags that every command takes. */
export interface CommonFlags {
  /** Directory to work in, as git's own -C. While a command runs, the world is there already and this is absent. */
  readonly C?: string | undefined;
  readonly json?: boolean | undefined;
  readonly key?: string | undefined;
  readonly message?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly color?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  /** False with --no-push: the commit stays local. */
  readonly push?: boolean | undefined;
}

/** Returns how text for stdout is laid out. */
export function viewOf(outside: Outside, flags: CommonFlags): View {
  return viewFor(outside, flags, outside.stdoutIsTerminal);
}

/** Returns how text for stderr is laid out. */
export function errorViewOf(outside: Outside, flags: CommonFlags): View {
  return viewFor(outside, flags, outside.stderrIsTerminal);
}

function viewFor(outside: Outside, flags: CommonFlags, isTTY: boolean): View {
  // Commander says `true` for a --no-color that was not given; that is no wish for colour.
  const flag = flags.color === false ? false : undefined;
  const colour = wantsColour({ env: outside.env, isTTY, flag });
  return { columns: isTTY ? outside.columns : 100, colour, unicode: outside.unicode, now: outside.now() };
}

/** Prints a result: one JSON document with --json, else text for people unless --quiet. */
export function print(
  outside: Outside,
  flags: CommonFlags,
  result: { readonly json: unknown; readonly text: (view: View, paint: Paint) => string },
): void {
  if (flags.json === true) {
    outside.stdout(`${JSON.stringify(result.json, null, 2)}\n`);
    return;
  }
  if (flags.quiet === true) return;
  const view = viewOf(outside, flags);
  const text = result.text(view, paintFor(view));
  outside.stdout(text.endsWith('\n') || text === '' ? text : `${text}\n`);
}

/** Tells something on the way to the result; on stderr, never with --quiet or --json. */
export function tell(outside: Outside, flags: CommonFlags, sentence: string): void {
  if (flags.json === true || flags.quiet === true) return;
  outside.stderr(`${sentence}\n`);
}
