import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import type { Proposed } from './proposals.ts';
import { writtenText } from './written.ts';

/** Prints what a proposed change came to; 0 when it landed, 5 while it waits for signatures. */
export function tellProposed(
  outside: Outside,
  flags: CommonFlags,
  outcome: { readonly done: Proposed; readonly what: string },
): number {
  const { done, what } = outcome;
  const { state, commit, branch, pushed, missing } = done;
  print(outside, flags, {
    json: { state, change: what, commit: commit ?? null, branch, pushed, missing, dryRun: commit === undefined },
    text: (_view, paint) =>
      state === 'landed'
        ? `${paint.green('done:')} ${what}\n  ${writtenText(done)}`
        : [
            `${paint.yellow('filed:')} ${what}`,
            `  ${writtenText(done)}`,
            ...missing.map((text) => `  still needs ${text}`),
            '',
            'next, by the others:',
            `  mreg trust sign ${branch.replace(/^propose\//, '')}`,
          ].join('\n'),
  });
  return state === 'landed' ? 0 : 5;
}
