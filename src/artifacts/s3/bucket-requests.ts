import { codeOf, isUnsupported, s3Error, statusOf } from './s3-error.ts';
import type { Connection } from './sdk.ts';

/** What becomes of an object that is stored: `exists` where one is there that must not be replaced. */
export type Stored = 'stored' | 'exists';

/** How the requests of one bucket are sent: connected at the first, their failures told as of the store. */
export class BucketRequests {
  /** The name of the bucket. */
  readonly bucket: string;
  readonly #url: string;
  readonly #open: () => Promise<Connection>;
  #connecting: Promise<Connection> | undefined;
  /** Servers that do not know conditions are asked once. */
  #knowsConditions = true;

  constructor(url: string, open: () => Promise<Connection>) {
    this.#url = url;
    this.bucket = new URL(url).host;
    this.#open = open;
  }

  /** Runs a request that stores something, `absent` only where nothing is there and the server can tell. */
  async unlessThere(when: 'absent' | 'always', send: (condition: object) => Promise<unknown>): Promise<Stored> {
    const conditional = when === 'absent' && this.#knowsConditions;
    try {
      await send(conditional ? { IfNoneMatch: '*' } : {});
      return 'stored';
    } catch (error) {
      const cause = causeOf(error);
      // 409: somebody else stores it at this moment.
      if (conditional && (statusOf(cause) === 412 || codeOf(cause) === 'ConditionalRequestConflict')) return 'exists';
      if (!conditional || !isUnsupported(cause)) throw error;
      this.#knowsConditions = false;
      await send({});
      return 'stored';
    }
  }

  /** Runs one request; undefined when it fails in the way that `absent` describes. */
  async ask<T>(
    aim: string,
    request: (connection: Connection) => Promise<T>,
    { absent }: { readonly absent: (error: unknown) => boolean },
  ): Promise<T | undefined> {
    try {
      return await this.do(aim, request);
    } catch (error) {
      if (absent(causeOf(error))) return undefined;
      throw error;
    }
  }

  /** Runs one request. */
  async do<T>(aim: string, request: (connection: Connection) => Promise<T>): Promise<T> {
    try {
      return await request(await (this.#connecting ??= this.#open()));
    } catch (error) {
      throw s3Error(error, { aim, url: this.#url });
    }
  }

  /** Yields what an answer holds; a cut is told as of the store. */
  async *told(aim: string, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces;
    } catch (error) {
      throw s3Error(error, { aim, url: this.#url });
    }
  }
}

/** Returns what the library threw, behind what was made of it. */
export function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}

/** Returns what the library is told of an interruption. */
export function optionsOf(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}
