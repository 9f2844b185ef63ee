import type * as Nodemailer from 'nodemailer';
import type { NotifyTarget } from '../documents/kinds/notifications.ts';
import { requireVariable, Untold } from './failure.ts';
import { headline, oneLine, plainText } from './message.ts';
import type { NotifyWorld, RolloutEvent } from './port.ts';

const PORT_OF = { tls: 465, starttls: 587, none: 25 } as const;

/** Tells people by e-mail, through a mail server. */
export async function tellEmail(
  event: RolloutEvent,
  target: NotifyTarget,
  {
    world,
    signal,
    timeoutMs,
  }: { readonly world: NotifyWorld; readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<void> {
  const { security = 'starttls', host = '', port = PORT_OF[security] } = target;
  const auth =
    target.userEnv === undefined || target.passwordEnv === undefined
      ? {}
      : {
          auth: {
            user: requireVariable(world.env, target.userEnv),
            pass: requireVariable(world.env, target.passwordEnv),
          },
        };
  const { createTransport } = await loadMailer();
  const transport = createTransport({
    ...{ host, port, secure: security === 'tls', requireTLS: security === 'starttls', ignoreTLS: security === 'none' },
    ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs, socketTimeout: timeoutMs },
    // Attack: text of an event that names a file or an address to be attached.
    ...{ disableFileAccess: true, disableUrlAccess: true },
    ...auth,
  });
  const close = (): void => {
    transport.close();
  };
  signal.addEventListener('abort', close, { once: true });
  try {
    await transport.sendMail({
      from: target.from,
      to: [...(target.to ?? [])],
      subject: oneLine(`[mreg] ${headline(event)}`),
      text: `${plainText(event)}\n`,
      headers: { 'X-Mreg-Event-Id': oneLine(event.id) },
    });
  } catch (error) {
    throw new Untold(`${host}:${String(port)} did not take the message${reasonOf(error)}`);
  } finally {
    signal.removeEventListener('abort', close);
    close();
  }
}

/** The library is optional: who sends no mail need not install it. */
async function loadMailer(): Promise<typeof Nodemailer> {
  try {
    const library = await import('nodemailer');
    return library;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw error;
    throw new Untold('e-mail needs the package nodemailer: npm install nodemailer, where mreg is installed');
  }
}

/** Its codes (EAUTH, ECONNECTION, ETIMEDOUT) and the server's number say enough; its words may repeat what was sent. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }; // fields that the library adds
  const known = [code, responseCode].filter((each) => typeof each === 'string' || typeof each === 'number').map(String);
  return known.length === 0 ? '' : ` (${known.map(oneLine).join(' ')})`;
}
