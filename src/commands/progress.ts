import type { Progress, TransferOptions } from '../artifacts/port.ts';
import { progressEvent, progressLine } from '../report/progress.ts';
import { errorViewOf } from './flags.ts';
import type { Session } from './session.ts';

const REDRAW_MS = 100;
/** Work shorter than this shows nothing: a line that flashes by helps nobody. */
const PATIENCE_MS = 300;
/** Machines are told once a second; of what takes less, the result tells enough. */
const EVENT_MS = 1000;

/**
 * Runs a transfer and shows how far it is: as a line on a terminal; with --json as lines of JSON on stderr, for programs that
 * wait. Nothing is shown with --quiet, or into a pipe without --json.
 */
export async function withProgress<T>(
  { outside, flags }: Pick<Session, 'outside' | 'flags'>,
  label: string,
  work: (options: TransferOptions) => Promise<T>,
): Promise<T> {
  const signal = outside.interrupted;
  if (flags.quiet === true || (flags.json !== true && !outside.stderrIsTerminal)) return work({ signal });
  const show = flags.json === true ? tellEvents(outside, label) : drawLine({ outside, flags }, label);
  try {
    const result = await work({ signal, onProgress: show.onProgress });
    show.end(true);
    return result;
  } catch (error) {
    show.end(false);
    throw error;
  }
}

interface Show {
  readonly onProgress: (done: Progress) => void;
  readonly end: (isDone: boolean) => void;
}

function drawLine({ outside, flags }: Pick<Session, 'outside' | 'flags'>, label: string): Show {
  const startedAt = outside.now();
  let drawnAt = startedAt.getTime() + PATIENCE_MS - REDRAW_MS;
  let isShown = false;
  return {
    onProgress: ({ bytes, totalBytes }) => {
      const view = errorViewOf(outside, flags);
      if (view.now.getTime() - drawnAt < REDRAW_MS) return;
      drawnAt = view.now.getTime();
      isShown = true;
      outside.stderr(`\r\u001b[K${progressLine({ label, doneBytes: bytes, totalBytes, startedAt }, view)}`);
    },
    end: () => {
      if (isShown) outside.stderr('\r\u001b[K');
    },
  };
}

function tellEvents(outside: Session['outside'], label: string): Show {
  const startedAt = outside.now();
  let toldAt = startedAt.getTime();
  let last: Progress | undefined;
  let isTold = false;
  const tell = (done: Progress, state: 'running' | 'done'): void => {
    outside.stderr(`${JSON.stringify(progressEvent({ label, startedAt, state, ...done }, outside.now()))}\n`);
  };
  return {
    onProgress: (done) => {
      last = done;
      const now = outside.now().getTime();
      if (now - toldAt < EVENT_MS) return;
      [toldAt, isTold] = [now, true];
      tell(done, 'running');
    },
    end: (isDone) => {
      if (isDone && isTold && last !== undefined) tell(last, 'done');
    },
  };
}
