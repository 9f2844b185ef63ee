import type { TransferOptions } from '../artifacts/port.ts';
import { progressLine } from '../report/progress.ts';
import { errorViewOf } from './flags.ts';
import type { Session } from './session.ts';

const REDRAW_MS = 100;
/** Work shorter than this shows nothing: a line that flashes by helps nobody. */
const PATIENCE_MS = 300;

/** Runs a transfer, showing on a terminal how far it is; nothing is shown with --quiet, --json or into a pipe. */
export async function withProgress<T>(
  { outside, flags }: Pick<Session, 'outside' | 'flags'>,
  label: string,
  work: (options: TransferOptions) => Promise<T>,
): Promise<T> {
  const signal = outside.interrupted;
  if (!outside.stderrIsTerminal || flags.quiet === true || flags.json === true) return work({ signal });
  const startedAt = outside.now();
  let drawnAt = startedAt.getTime() + PATIENCE_MS - REDRAW_MS;
  const drawing = { shown: false };
  const onProgress: NonNullable<TransferOptions['onProgress']> = ({ bytes, totalBytes }) => {
    const view = errorViewOf(outside, flags);
    if (view.now.getTime() - drawnAt < REDRAW_MS) return;
    drawnAt = view.now.getTime();
    drawing.shown = true;
    outside.stderr(`\r\u001b[K${progressLine({ label, doneBytes: bytes, totalBytes, startedAt }, view)}`);
  };
  try {
    return await work({ signal, onProgress });
  } finally {
    if (drawing.shown) outside.stderr('\r\u001b[K');
  }
}
