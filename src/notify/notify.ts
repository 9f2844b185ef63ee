import { parseDuration } from '../documents/duration.ts';
import type { NotifyTarget } from '../documents/kinds/notifications.ts';
import { tellCommand } from './command.ts';
import { tellEmail } from './email.ts';
import { Untold } from './failure.ts';
import { oneLine } from './message.ts';
import type { NotifyOutcome, NotifyWorld, RolloutEvent } from './port.ts';
import { tellSlack, tellWebhook } from './web.ts';

const DEFAULT_TIMEOUT = '10s';

/** Where one target is told. */
interface Telling {
  readonly world: NotifyWorld;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

const TELL: Readonly<
  Record<NotifyTarget['type'], (event: RolloutEvent, target: NotifyTarget, at: Telling) => Promise<void>>
> = { webhook: tellWebhook, slack: tellSlack, email: tellEmail, command: tellCommand };

/**
 * Tells an event to every target that wants it, all at once, each within its time. Never throws: a rollout goes on, or
 * back, whether or not somebody hears of it. Returns an outcome for each that was to be told.
 */
export async function notify(
  event: RolloutEvent,
  targets: readonly NotifyTarget[],
  world: NotifyWorld,
): Promise<readonly NotifyOutcome[]> {
  const wanted = targets.filter(({ events }) => events === undefined || events.includes(event.action));
  return Promise.all(wanted.map(async (target) => ({ target: target.name, error: await tell(event, target, world) })));
}

async function tell(event: RolloutEvent, target: NotifyTarget, world: NotifyWorld): Promise<string | undefined> {
  const timeoutMs = parseDuration(target.timeout ?? DEFAULT_TIMEOUT);
  const time = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<string>((done) => {
    timer = setTimeout(() => {
      time.abort();
      done(`not told within ${String(timeoutMs / 1000)} s`);
    }, timeoutMs);
  });
  const told = TELL[target.type](event, target, { world, signal: time.signal, timeoutMs }).then(
    () => undefined,
    (error: unknown) => (error instanceof Untold ? error.message : `failed: ${errorName(error)}`),
  );
  try {
    return await Promise.race([told, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Of an error that nobody foresaw: its words may hold a secret. */
function errorName(error: unknown): string {
  return error instanceof Error ? oneLine(error.name) : 'unknown';
}
