import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { StoreWorld } from '../store-world.ts';
import { networkError } from './http-error.ts';
import { proxyFor } from './proxy.ts';

/** One request. A body that streams is sent once; a failure ends it. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal | undefined;
}

/** The answer to a request. Its body must be read or dropped. */
export interface HttpAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: Dispatcher.ResponseData['body'];
}

/** Sends requests over connections that are kept open. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

/** A registry checks the sum of a whole layer before it answers, which takes minutes for large ones. */
const ANSWER_TIMEOUT_MS = 10 * 60_000;
const SILENCE_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_MS = 20_000;

/** Returns what sends requests; the HTTP library is loaded with the first one. */
export function openHttp({ env }: StoreWorld): Http {
  let loading: Promise<(request: HttpRequest) => Promise<HttpAnswer>> | undefined;
  return async (request) => (await (loading ??= load(env)))(request);
}

async function load(env: StoreWorld['env']): Promise<Http> {
  const { Agent, ProxyAgent, request: send } = await import('undici');
  const timeouts = { headersTimeout: ANSWER_TIMEOUT_MS, bodyTimeout: SILENCE_TIMEOUT_MS };
  const direct = new Agent({ ...timeouts, connect: { timeout: CONNECT_TIMEOUT_MS } });
  const proxies = new Map<string, Dispatcher>();
  const dispatcherFor = (url: URL): Dispatcher => {
    const proxy = proxyFor(url, env);
    if (proxy === undefined) return direct;
    const known = proxies.get(proxy) ?? new ProxyAgent({ ...timeouts, uri: proxy });
    proxies.set(proxy, known);
    return known;
  };
  return async ({ url, method, headers = {}, body, signal }) => {
    const dispatcher = dispatcherFor(url);
    try {
      const answer = await send(url, {
        ...{ method, dispatcher, headers: { 'user-agent': 'mreg', ...headers } },
        ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body : streamed(body) }),
        ...(signal === undefined ? {} : { signal }),
      });
      // What is sent as several lines means the same as one line with commas (RFC 9110, section 5.3).
      const header = (name: string): string | undefined => [answer.headers[name] ?? []].flat().join(', ') || undefined;
      return { status: answer.statusCode, header, body: answer.body };
    } catch (error) {
      throw networkError(error, url, signal);
    }
  };
}

/**
 * Gives the library the chunks themselves: a Readable made of them would ask for the next chunk too early, when it may
 * overwrite the one before. The library sends any async iterable, waiting until a chunk is written; its types do not say so.
 */
function streamed(chunks: AsyncIterable<Uint8Array>): Readable {
  const body: unknown = chunks;
  return body as Readable;
}
