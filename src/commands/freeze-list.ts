import { hasEnded } from '../gates/freeze.ts';
import type { StandingFreeze } from '../gates/input.ts';
import { readStandingFreezes } from '../registry/freezes.ts';
import { freezeLines, freezesJson } from '../report/freezes.ts';
import type { FreezeListOutput } from '../report/output-schemas.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';
import { withSession, type Session } from './session.ts';

/** Shows what is frozen, and returns the exit code. */
export async function listFreezes(outside: Outside, flags: CommonFlags): Promise<number> {
  return withSession(outside, flags, async (session) => {
    const freezes = await freezesNow(session);
    print(outside, flags, {
      json: { freezes: freezesJson(freezes) } satisfies FreezeListOutput,
      text: (view) => (freezes.length === 0 ? 'Nothing is frozen.' : freezeLines(freezes, view).join('\n')),
    });
    return 0;
  });
}

/** Returns the freezes that are in force by the clock of this machine. */
export async function freezesNow({ view, outside }: Session): Promise<readonly StandingFreeze[]> {
  return (await readStandingFreezes(view.snapshot)).filter((freeze) => !hasEnded(freeze, outside.now()));
}
