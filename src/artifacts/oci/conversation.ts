import { MregError } from '../../documents/error.ts';
import type { StoreWorld } from '../store-world.ts';
import { complaintsOf, drop } from './answer.ts';
import type { Authority } from './authority.ts';
import type { Http, HttpAnswer, HttpRequest } from './http.ts';
import { isPassing } from './http-error.ts';
import { isLoopback, type OciPlace } from './place.ts';

/** What is wanted of a registry; `aim` completes "does not let us …". */
export interface Ask extends HttpRequest {
  readonly aim: string;
}

/** What a conversation needs. */
export interface ConversationOptions {
  readonly place: OciPlace;
  readonly http: Http;
  readonly authority: Authority;
  readonly pause: StoreWorld['pause'];
}

/** How often something is tried again that made no progress. */
export const TRIES = 5;
const MAX_REDIRECTS = 5;
const MAX_WAIT_MS = 60_000;

/** Talks to one registry: says who we are where it is asked, follows redirects, and tries again what failed in passing. */
export class Conversation {
  readonly place: OciPlace;
  readonly #options: ConversationOptions;

  constructor(options: ConversationOptions) {
    this.place = options.place;
    this.#options = options;
  }

  /** Returns the address of something in the repository: `manifests/sha256:…`. */
  addressOf(path: string): URL {
    return new URL(`${this.place.origin}/v2/${this.place.repository}/${path}`);
  }

  /**
   * Returns the answer, whatever its status but 401 and 403, which are MregError('no-access'). A body that streams is sent
   * once: then a 401 is returned, and the credentials for the next try are there.
   */
  async ask(ask: Ask): Promise<HttpAnswer> {
    for (let failures = 0; ; failures += 1) {
      const last = failures + 1 >= TRIES || isStream(ask.body);
      try {
        const answer = await this.#authorised(ask);
        if (last || !isOverloaded(answer.status)) return answer;
        await drop(answer);
        await this.rest(failures, answer.header('retry-after'));
      } catch (error) {
        if (last || !isPassing(error)) throw error;
        await this.rest(failures);
      }
    }
  }

  /** Waits before something is tried again, longer each time, or as long as the registry says. */
  async rest(failures: number, retryAfter?: string): Promise<void> {
    const asked = /^[0-9]{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : 250 * 2 ** failures;
    await this.#options.pause(Math.min(asked, MAX_WAIT_MS));
  }

  /** Returns the error for an answer that was not hoped for, with the codes that the registry gives. */
  async unexpected(answer: HttpAnswer, aim: string): Promise<MregError> {
    const codes = await complaintsOf(answer, new URL(this.place.origin));
    const said = [String(answer.status), ...codes].join(' ');
    if (answer.status === 429) {
      return new MregError('network', `${this.place.host} asks us to wait before we ${aim} (${said})`, {
        hint: 'run the command again later; logged-in users often may ask more',
      });
    }
    return new MregError('network', `${this.place.host} could not ${aim} (${said})`, {
      hint: 'run the command again; if it stays so, ask whoever runs the registry',
    });
  }

  /** Returns where an answer sends us, which must be as safe as where we are; MregError('network') otherwise. */
  locationIn(answer: HttpAnswer, from: URL): URL {
    const location = answer.header('location') ?? '';
    const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
    // Attack: bytes are sent to, or fetched from, an address without encryption, where anyone on the way reads them.
    const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url) && isLoopback(from));
    if (url !== undefined && isSafe) return url;
    throw new MregError('network', `${this.place.host} sends us to ${url?.origin ?? 'no address at all'}`, {
      hint: 'the address must begin with https:// ; ask whoever runs the registry',
    });
  }

  async #authorised(ask: Ask): Promise<HttpAnswer> {
    const { authority } = this.#options;
    for (let turns = 0; ; turns += 1) {
      const sent = authority.header;
      const answer = await this.#follow(ask, sent);
      // The storage behind a registry asks for nothing that we know.
      const isOurs = answer.status === 401 && this.#isRegistry(ask.url);
      if (!isOurs && answer.status !== 401 && answer.status !== 403) return answer;
      if (isOurs && turns < 2) {
        await authority.answer(answer.header('www-authenticate') ?? '', sent);
        if (isStream(ask.body)) return answer;
        await drop(answer);
        continue;
      }
      await drop(answer);
      throw await authority.refusal(answer.status, ask.aim);
    }
  }

  async #follow(ask: Ask, authorization: string | undefined): Promise<HttpAnswer> {
    let { url } = ask;
    for (let redirects = 0; ; redirects += 1) {
      // Attack: a redirect to another host takes the credentials along.
      const headers = this.#isRegistry(url) && authorization !== undefined ? { authorization } : {};
      const answer = await this.#options.http({ ...ask, url, headers: { ...ask.headers, ...headers } });
      const isRedirect = [301, 302, 303, 307, 308].includes(answer.status);
      if (!isRedirect || (ask.method !== 'GET' && ask.method !== 'HEAD') || redirects === MAX_REDIRECTS) return answer;
      url = this.locationIn(answer, url);
      await drop(answer);
    }
  }

  #isRegistry({ origin }: URL): boolean {
    return origin === new URL(this.place.origin).origin;
  }
}

function isStream(body: Ask['body']): boolean {
  return body !== undefined && !(body instanceof Uint8Array);
}

function isOverloaded(status: number): boolean {
  return status === 429 || status === 500 || status === 502 || status === 503 || status === 504;
}
