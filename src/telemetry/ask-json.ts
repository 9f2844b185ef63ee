import { MregError } from '../documents/error.ts';
import { sayable, Unmeasurable } from './unmeasurable.ts';
import type { Get, TelemetryWorld } from './world.ts';

/** How a source of numbers over HTTP is spoken to. */
export interface HttpSource {
  readonly name: string;
  readonly timeoutMs: number;
  readonly retries: number;
  readonly token: string | undefined;
}

/** One answer: its status and its JSON. */
export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
}

type Answer = Awaited<ReturnType<Get>>;

/** An answer with ten thousand points of a hundred series is some 25 megabytes. */
const MAX_BYTES = 64 * 1024 * 1024;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Returns what a source answers to a GET, whatever its status. What may pass by itself (no connection, too slow, 429, 5xx)
 * is asked again; what stays is Unmeasurable. Throws MregError('interrupted') when aborted.
 */
export async function askJson(
  { get, pause, random }: Pick<TelemetryWorld, 'get' | 'pause' | 'random'>,
  url: URL,
  { source, signal }: { readonly source: HttpSource; readonly signal: AbortSignal },
): Promise<JsonAnswer> {
  for (let failures = 0; ; failures += 1) {
    const tried = await once(get, url, { source, signal });
    if (tried.answer !== undefined && (!tried.mayPass || failures >= source.retries)) return tried.answer;
    if (tried.answer === undefined && failures >= source.retries)
      throw new Unmeasurable(`${source.name} ${tried.trouble}`);
    // Between half and all of the time, so that controllers that failed together do not come back together.
    const wait = tried.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** failures * (0.5 + random() / 2);
    await pause(Math.min(wait, LONGEST_PAUSE_MS));
    requireGoingOn(signal);
  }
}

type Tried =
  | { readonly answer: JsonAnswer; readonly mayPass: boolean; readonly retryAfterMs: number | undefined }
  | { readonly answer: undefined; readonly trouble: string; readonly retryAfterMs: undefined };

async function once(
  get: Get,
  url: URL,
  { source, signal }: { readonly source: HttpSource; readonly signal: AbortSignal },
): Promise<Tried> {
  requireGoingOn(signal);
  const timeout = AbortSignal.timeout(source.timeoutMs);
  const headers = { accept: 'application/json', ...authorisation(source) };
  try {
    const answer = await get({ method: 'GET', url, headers, signal: AbortSignal.any([signal, timeout]) });
    const mayPass = answer.status === 429 || answer.status >= 500;
    const text = await collected(answer, source);
    return {
      answer: { status: answer.status, body: parsed(text, { source, status: answer.status }) },
      mayPass,
      retryAfterMs: waitOf(answer),
    };
  } catch (error) {
    requireGoingOn(signal);
    if (error instanceof Unmeasurable) throw error;
    if (timeout.aborted) return failed(`timed out after ${String(source.timeoutMs / 1000)} s`);
    return failed(`cannot be asked: ${sayable(error instanceof Error ? error.message : String(error))}`);
  }
}

function failed(trouble: string): Tried {
  return { answer: undefined, trouble, retryAfterMs: undefined };
}

function requireGoingOn(signal: AbortSignal): void {
  if (signal.aborted)
    throw new MregError('interrupted', 'measuring was interrupted', { hint: 'run the command again' });
}

function authorisation({ token }: HttpSource): Readonly<Record<string, string>> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function waitOf(answer: Answer): number | undefined {
  const seconds = answer.header('retry-after') ?? '';
  return /^[0-9]{1,4}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

async function collected({ body }: Answer, { name }: HttpSource): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Attack, or a query of everything: an answer without end fills the memory of the controller.
    if (size > MAX_BYTES) throw new Unmeasurable(`${name} answers with more than ${String(MAX_BYTES >> 20)} MiB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A proxy before the source answers its own failures as pages; of those only the status counts. */
function parsed(text: string, { source, status }: { source: HttpSource; status: number }): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (status !== 200) return undefined;
    throw new Unmeasurable(`${source.name} answers something that is no JSON`);
  }
}
