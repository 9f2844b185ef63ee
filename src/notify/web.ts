import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { NotifyTarget } from '../documents/kinds/notifications.ts';
import { requireVariable, Untold } from './failure.ts';
import { eventJson, headline, oneLine, plainText } from './message.ts';
import type { NotifyWorld, RolloutEvent } from './port.ts';

/**
 * Tells a webhook. The header `mreg-signature` is `t=<seconds since 1970>,v1=<hex>`, where hex is the HMAC-SHA256 of
 * `<t>.<body>`: who checks both knows who sent it, and that it is not an old message sent again.
 */
export async function tellWebhook(
  event: RolloutEvent,
  target: NotifyTarget,
  at: { readonly world: NotifyWorld; readonly signal: AbortSignal },
): Promise<void> {
  const { env, now } = at.world;
  const secret = requireVariable(env, target.secretEnv ?? '');
  const body = eventJson(event);
  const url = target.url ?? requireVariable(env, target.urlEnv ?? '');
  const signed = (): Readonly<Record<string, string>> => {
    const time = String(Math.floor(now().getTime() / 1000));
    return { 'mreg-signature': `t=${time},v1=${signatureOf(secret, time, body)}`, 'mreg-event-id': event.id };
  };
  await post(url, { body, headers: signed }, at);
}

/** Returns the signature of a message: the HMAC-SHA256 of `<time>.<body>` in hex. */
function signatureOf(secret: string, time: string, body: string): string {
  return createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
}

/** Tells a channel through an incoming webhook of Slack, or of what understands the same (Mattermost, Rocket.Chat). */
export async function tellSlack(
  event: RolloutEvent,
  target: NotifyTarget,
  at: { readonly world: NotifyWorld; readonly signal: AbortSignal },
): Promise<void> {
  // https://docs.slack.dev/messaging/formatting-message-text: these three begin links, mentions and entities.
  const escaped = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const [, ...details] = plainText(event).split('\n');
  const text = [`*${escaped(oneLine(headline(event)))}*`, ...details.map(escaped)].join('\n');
  await post(
    requireVariable(at.world.env, target.urlEnv ?? ''),
    { body: JSON.stringify({ text }), headers: () => ({}) },
    at,
  );
}

const TRIES = 3;

/** Sends until it is taken, as long as the target's time lasts. The address may be a secret: only its host is told. */
async function post(
  address: string,
  { body, headers }: { readonly body: string; readonly headers: () => Readonly<Record<string, string>> },
  { world, signal }: { readonly world: NotifyWorld; readonly signal: AbortSignal },
): Promise<void> {
  if (!URL.canParse(address) || !/^https?:/.test(address)) throw new Untold('the address is no http or https URL');
  const url = new URL(address);
  for (let tries = 1; ; tries += 1) {
    const status = await sent(
      url,
      { body, headers: { 'content-type': 'application/json', ...headers() } },
      { world, signal },
    );
    if (typeof status === 'number' && status >= 200 && status < 300) return;
    const mayPass = typeof status === 'string' || status === 429 || status >= 500;
    if (!mayPass || tries >= TRIES || signal.aborted)
      throw new Untold(typeof status === 'number' ? `${url.host} answers ${String(status)}` : `${url.host} ${status}`);
    await world.pause(500 * tries);
  }
}

/** Returns the status of the answer, or why there is none. */
async function sent(
  url: URL,
  { body, headers }: { readonly body: string; readonly headers: Readonly<Record<string, string>> },
  { world, signal }: { readonly world: NotifyWorld; readonly signal: AbortSignal },
): Promise<number | string> {
  try {
    const answer = await world.post({ method: 'POST', url, headers, body: Buffer.from(body), signal });
    await Promise.race([answer.body.dump(), wait(1000, undefined, { ref: false })]).catch(() => undefined);
    return answer.status;
  } catch {
    // What the library says may hold the address.
    return signal.aborted ? 'did not answer in time' : 'cannot be reached';
  }
}
