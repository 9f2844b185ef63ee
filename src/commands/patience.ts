import { MregError } from '../documents/error.ts';
import { lostRace } from './checkout.ts';
import type { Session } from './session.ts';

/** Whoever was overtaken saw somebody else get through: as long as that goes on, waiting is no loss of time. */
const MOST_PATIENCE_MS = 5 * 60_000;
/** For a clock that stands still or runs backwards. */
const MOST_TRIES = 1000;

/** The time that a writer waits for its turn. */
export interface Patience {
  /** Waits before the next try. Throws MregError: overtaken when patience is at its end, interrupted. */
  pause(): Promise<void>;
  /** Takes away what was shown on the terminal. */
  end(): void;
}

/** Returns the patience of one command that writes to the protected branch. */
export function newPatience({ outside, flags, branch }: Pick<Session, 'outside' | 'flags' | 'branch'>): Patience {
  const startedAt = outside.now().getTime();
  const isShown = outside.stderrIsTerminal && flags.quiet !== true && flags.json !== true;
  let tries = 0;

  async function pause(): Promise<void> {
    tries += 1;
    const waitedMs = outside.now().getTime() - startedAt;
    if (tries >= MOST_TRIES || waitedMs > MOST_PATIENCE_MS) throw lostRace(`refs/heads/${branch}`);
    if (outside.interrupted.aborted) {
      throw new MregError('interrupted', 'interrupted while others were writing: nothing was changed');
    }
    if (isShown) outside.stderr(`\r\u001b[K${branch} moved meanwhile: deciding again (try ${String(tries + 1)})`);
    await outside.pause(longestPauseMs({ tries, waitedMs }) * Math.random());
  }

  function end(): void {
    if (isShown && tries > 0) outside.stderr('\r\u001b[K');
  }

  return { pause, end };
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 4000;
const SHORTEST_LONGEST_MS = 250;
/** A writer that has waited this long pauses no longer than a newcomer. */
const SENIOR_AFTER_MS = 40_000;

/**
 * Returns the most that a writer pauses, of which chance takes a part. It doubles with each try, so that a crowd spreads
 * out, and falls with the time waited: otherwise those who come fresh would overtake those who have waited longest.
 */
export function longestPauseMs({ tries, waitedMs }: { readonly tries: number; readonly waitedMs: number }): number {
  const spread = FIRST_PAUSE_MS * 2 ** Math.min(tries - 1, 10);
  const seniority = Math.min(1, Math.max(0, waitedMs / SENIOR_AFTER_MS));
  return Math.min(spread, Math.max(SHORTEST_LONGEST_MS, LONGEST_PAUSE_MS * (1 - seniority)));
}
