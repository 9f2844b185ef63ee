import type { Session } from './session.ts';

const REDRAW_MS = 200;

/** A count that a person can watch. */
export interface Count {
  readonly one: () => void;
  /** Removes the line. */
  readonly end: () => void;
}

/** Starts counting on a terminal's last line; with --quiet, --json or into a pipe nothing is shown. */
export function startCount({ outside, flags }: Pick<Session, 'outside' | 'flags'>, what: string): Count {
  const isShown = outside.stderrIsTerminal && flags.quiet !== true && flags.json !== true;
  let count = 0;
  let drawnAt = outside.now().getTime();
  let isDrawn = false;
  return {
    one: () => {
      count += 1;
      if (!isShown || outside.now().getTime() - drawnAt < REDRAW_MS) return;
      drawnAt = outside.now().getTime();
      isDrawn = true;
      outside.stderr(`\r\u001b[K${String(count)} ${what}`);
    },
    end: () => {
      if (isDrawn) outside.stderr('\r\u001b[K');
    },
  };
}
