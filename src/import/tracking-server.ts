import { MregError } from '../documents/error.ts';

/** Sends one GET. The commands bring the real one; its failures, and those of its body, are MregError('network') already. */
export type Get = (request: {
  readonly method: 'GET';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}) => Promise<{ readonly status: number; readonly body: AsyncIterable<Uint8Array> & { dump(): Promise<void> } }>;

/** What a conversation with a tracking server needs. */
export interface ServerOptions {
  readonly get: Get;
  readonly authorization: string | undefined;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** A tracking server that answers. */
export interface TrackingServer {
  readonly base: URL;
  /** Returns the JSON of an answer; undefined for a 404 that `absent` says is no error. */
  json(path: string, query: Readonly<Record<string, string>>, absent?: 'may be absent'): Promise<unknown>;
  /** Yields the bytes of a file. */
  bytes(path: string): AsyncIterable<Uint8Array>;
  /** Waits before something is tried again, longer each time. */
  rest(tries: number): Promise<void>;
}

const TRIES = 4;
/** A page of 100 versions with long descriptions is some hundred kilobytes. */
const MAX_JSON_BYTES = 64 * 1024 * 1024;

/** Opens the conversation with the server at `base`, which was checked to be safe to speak to. */
export function openTrackingServer(base: URL, options: ServerOptions): TrackingServer {
  const ask = async (path: string, query: Readonly<Record<string, string>>) => {
    const url = new URL(path, base.href.endsWith('/') ? base : `${base.href}/`);
    for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
    return { url, answer: await asked(url, options) };
  };
  return {
    base,
    json: async (path, query, absent) => {
      const { url, answer } = await ask(path, query);
      if (answer.status === 404 && absent !== undefined) {
        await answer.body.dump();
        return undefined;
      }
      if (answer.status !== 200) throw await unexpected(url, answer);
      return parsed(url, await collected(url, answer.body));
    },
    async *bytes(path) {
      const { url, answer } = await ask(path, {});
      if (answer.status !== 200) throw await unexpected(url, answer);
      yield* answer.body;
    },
    rest: (tries) => options.pause(waitAfter(tries)),
  };
}

type Answer = Awaited<ReturnType<Get>>;

/** Asks again what failed in passing. A redirect is not followed: the token goes to the server that the user named. */
async function asked(url: URL, { get, authorization, pause, signal }: ServerOptions): Promise<Answer> {
  const headers = authorization === undefined ? {} : { authorization };
  for (let tries = 1; ; tries += 1) {
    const answer = await get({ method: 'GET', url, headers, signal });
    if (tries >= TRIES || ![429, 502, 503, 504].includes(answer.status)) return answer;
    await answer.body.dump();
    await pause(waitAfter(tries));
  }
}

function waitAfter(tries: number): number {
  return 250 * 2 ** tries;
}

async function unexpected({ host, pathname }: URL, { status, body }: Answer): Promise<MregError> {
  await body.dump();
  if (status === 401 || status === 403) {
    return new MregError('no-access', `${host} does not let us read its models (${String(status)})`, {
      hint: 'set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD',
    });
  }
  if (status >= 300 && status < 400) {
    return new MregError('network', `${host} sends us elsewhere (${String(status)})`, {
      hint: 'name the address that it sends to',
    });
  }
  return new MregError('network', `${host} answers ${String(status)} for ${pathname}`, {
    hint: 'check that this is the address of an MLflow tracking server, and run the command again',
  });
}

async function collected({ host }: URL, body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_JSON_BYTES) throw new MregError('network', `${host} sends an answer without end`);
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

function parsed({ host, pathname }: URL, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8').replace(/(?<=[:,[]\s*)-?(?:NaN|Infinity)(?=[,\s}\]])/g, 'null'));
  } catch (cause) {
    throw new MregError('network', `${host} answers ${pathname} with something that is no JSON`, {
      cause,
      hint: 'check that this is the address of an MLflow tracking server',
    });
  }
}
