import { MregError } from '../../documents/error.ts';
import { isRecord, readJson } from '../../documents/json.ts';
import { type Challenge, parseChallenge, uniteScopes } from './challenge.ts';
import type { Credentials, FoundCredentials } from './credentials.ts';
import { readBounded } from './answer.ts';
import type { Http } from './http.ts';
import { isLoopback } from './place.ts';

const MAX_TOKEN_BYTES = 1024 * 1024;

/** What it takes to be let in somewhere. */
export interface AuthorityOptions {
  /** How the registry is called, for messages. */
  readonly host: string;
  readonly http: Http;
  readonly findCredentials: () => Promise<FoundCredentials>;
}

/** Knows what to tell a registry about who we are; asks for a new token when the registry wants one. */
export class Authority {
  readonly #options: AuthorityOptions;
  #header: string | undefined;
  #scopes: string | undefined;
  #renewing: Promise<string> | undefined;
  #credentials: Promise<FoundCredentials> | undefined;

  constructor(options: AuthorityOptions) {
    this.#options = options;
  }

  /** The Authorization header to send now; undefined until the registry has asked for one. */
  get header(): string | undefined {
    return this.#header;
  }

  /** Answers a challenge to a request that was sent with `sent`; MregError('no-access') when there is no answer. */
  async answer(challenge: string, sent: string | undefined): Promise<void> {
    // Somebody else's request was asked the same meanwhile, and has the answer.
    if (this.#header !== undefined && this.#header !== sent) return;
    this.#renewing ??= this.#renew(parseChallenge(challenge)).finally(() => {
      this.#renewing = undefined;
    });
    this.#header = await this.#renewing;
  }

  /** Returns the error that tells whom the registry did not let in. */
  async refusal(status: number, what: string): Promise<MregError> {
    const { host } = this.#options;
    const { credentials, trouble } = await this.#known();
    const who = credentials === undefined ? 'without credentials' : `as ${credentials.account}`;
    const why = credentials === undefined && trouble !== undefined ? `; ${trouble}` : '';
    return new MregError('no-access', `${host} does not let us ${what} ${who} (${String(status)})${why}`, {
      hint: `docker login ${host}`,
    });
  }

  #known(): Promise<FoundCredentials> {
    return (this.#credentials ??= this.#options.findCredentials());
  }

  async #renew(challenge: Challenge | undefined): Promise<string> {
    const { credentials } = await this.#known();
    if (challenge?.scheme === 'bearer') return `Bearer ${await this.#fetchToken(challenge, credentials)}`;
    if (challenge === undefined || credentials?.kind !== 'password') throw await this.refusal(401, 'in');
    return basic(credentials);
  }

  async #fetchToken(
    challenge: Challenge & { readonly scheme: 'bearer' },
    credentials: Credentials | undefined,
  ): Promise<string> {
    const url = this.#realmOf(challenge.realm);
    this.#scopes = uniteScopes(this.#scopes, challenge.scope);
    const asked = { service: challenge.service, scope: this.#scopes };
    const answer = await this.#options.http(tokenRequest(url, asked, credentials));
    const value = readJson(await readBounded(answer, url, MAX_TOKEN_BYTES));
    if (answer.status === 400 || answer.status === 401 || answer.status === 403)
      throw await this.refusal(answer.status, 'in');
    const token = isRecord(value) ? (value['token'] ?? value['access_token']) : undefined;
    if (answer.status === 200 && typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
    throw new MregError('network', `${url.host} gave no token for ${this.#options.host} (${String(answer.status)})`, {
      hint: `docker login ${this.#options.host}, then run the command again`,
    });
  }

  /** Attack: a registry that names a realm without encryption, where anyone on the way reads the password. */
  #realmOf(realm: string): URL {
    const url = URL.canParse(realm) ? new URL(realm) : undefined;
    if (url !== undefined && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))) return url;
    throw new MregError('no-access', `${this.#options.host} sends us for a token to ${JSON.stringify(realm)}`, {
      hint: 'the address must begin with https:// ; ask whoever runs the registry',
    });
  }
}

type Asked = Readonly<Record<'service' | 'scope', string | undefined>>;

function tokenRequest(realm: URL, asked: Asked, credentials: Credentials | undefined): Parameters<Http>[0] {
  const given = Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  if (credentials?.kind === 'identity-token') {
    const grant = { grant_type: 'refresh_token', client_id: 'mreg', refresh_token: credentials.secret };
    const body = new URLSearchParams({ ...grant, ...Object.fromEntries(given) }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: realm, headers, body: Buffer.from(body) };
  }
  const url = new URL(realm);
  // Token services take one scope a parameter.
  for (const [name, value] of given)
    for (const each of name === 'scope' ? value.split(' ') : [value]) url.searchParams.append(name, each);
  return { method: 'GET', url, headers: credentials === undefined ? {} : { authorization: basic(credentials) } };
}

function basic({ account, secret }: Credentials): string {
  return `Basic ${Buffer.from(`${account}:${secret}`).toString('base64')}`;
}
