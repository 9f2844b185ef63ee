import { MregError } from '../documents/error.ts';
import type { Session } from './session.ts';

/** Whoever was overtaken saw somebody else get through: as long as that goes on, waiting is no loss of time. */
const MOST_PATIENCE_MS = 10 * 60_000;
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
  let triedSince = startedAt;

  async function pause(): Promise<void> {
    tries += 1;
    const now = outside.now().getTime();
    if (tries >= MOST_TRIES || now - startedAt > MOST_PATIENCE_MS) throw tooManyOthers(branch, tries, now - startedAt);
    if (outside.interrupted.aborted) {
      throw new MregError('interrupted', 'interrupted while others were writing: nothing was changed');
    }
    if (isShown) outside.stderr(`\r\u001b[K${branch} moved meanwhile: deciding again (try ${String(tries + 1)})`);
    await outside.pause(longestPauseMs({ tries, tryMs: now - triedSince }) * Math.random());
    triedSince = outside.now().getTime();
  }

  function end(): void {
    if (isShown && tries > 0) outside.stderr('\r\u001b[K');
  }

  return { pause, end };
}

function tooManyOthers(branch: string, tries: number, waitedMs: number): MregError {
  const seconds = Math.max(0, Math.round(waitedMs / 1000));
  return new MregError('overtaken', `others moved ${branch} first, ${String(tries)} times in ${String(seconds)} s`, {
    hint: 'nothing was changed: run the command again when fewer are writing',
  });
}

/** Whatever the clock says a try took. */
const SHORTEST_TRY_MS = 50;
const LONGEST_TRY_MS = 15_000;
/** Pauses are longest after so many tries, in tries: as many writers as that then hardly meet. */
const MOST_TRIES_PAUSED = 12;
/** Long enough that those who have waited longest do not only meet each other. */
const FEWEST_TRIES_PAUSED = 4;

/**
 * Returns the most that a writer pauses, of which chance takes a part. Each lost try tells of one more writer, so it grows
 * by the time that a try takes: tries that overlap are work for nothing, on a slow machine as on a fast one. In the end it
 * falls again; otherwise those who come fresh would overtake those who have waited longest.
 */
export function longestPauseMs({ tries, tryMs }: { readonly tries: number; readonly tryMs: number }): number {
  const length = Math.min(LONGEST_TRY_MS, Math.max(SHORTEST_TRY_MS, tryMs));
  const falling = Math.max(FEWEST_TRIES_PAUSED, 2 * MOST_TRIES_PAUSED - tries);
  return length * Math.min(tries, tries <= MOST_TRIES_PAUSED ? MOST_TRIES_PAUSED : falling);
}
