import { MregError } from '../../documents/error.ts';
import { drop, readPieces } from '../oci/answer.ts';
import type { Http, HttpAnswer, HttpRequest } from '../oci/http.ts';
import { isPassing } from '../oci/http-error.ts';
import { isLoopback } from '../oci/place.ts';
import type { ReadableObjects } from '../s3/object-reader.ts';

const MAX_REDIRECTS = 5;

/** What names are looked up below `base`, an address without a slash at its end, by plain GET and HEAD. */
export function httpsObjects(base: string, http: Http): ReadableObjects {
  const addressOf = (name: string): URL => new URL(`${base}/${name.split('/').map(encodeURIComponent).join('/')}`);
  return {
    sizeOf: (name) => sizeAt(http, addressOf(name)),
    read: (name, from, signal) => readAt(http, addressOf(name), { from, signal }),
    isPassing,
  };
}

async function sizeAt(http: Http, url: URL): Promise<number | undefined> {
  const answer = await follow(http, { method: 'HEAD', url, headers: PLAIN });
  await drop(answer);
  if (isAbsent(answer)) return undefined;
  if (answer.status !== 200) throw unexpected(answer, url);
  const length = answer.header('content-length') ?? '';
  if (!/^[0-9]{1,15}$/.test(length)) throw unexpected(answer, url);
  return Number(length);
}

async function readAt(
  http: Http,
  url: URL,
  { from, signal }: { readonly from: number; readonly signal: AbortSignal | undefined },
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const headers = from === 0 ? PLAIN : { ...PLAIN, range: `bytes=${String(from)}-` };
  const answer = await follow(http, { method: 'GET', url, headers, signal });
  if (answer.status === 200) return skipBytes(readPieces(answer, url, signal), from);
  if (answer.status === 206 && startOf(answer) === from) return readPieces(answer, url, signal);
  await drop(answer);
  if (isAbsent(answer)) return undefined;
  // The file ends where the reader was.
  if (answer.status === 416 && from > 0) return skipBytes([], 0);
  throw unexpected(answer, url);
}

/** Compressed by the way, a file would be other bytes than it is. */
const PLAIN = { 'accept-encoding': 'identity' };

async function follow(http: Http, request: HttpRequest): Promise<HttpAnswer> {
  let { url } = request;
  for (let turns = 0; turns <= MAX_REDIRECTS; turns += 1) {
    const answer = await http({ ...request, url });
    if (![301, 302, 303, 307, 308].includes(answer.status)) return answer;
    await drop(answer);
    url = nextUrl(url, answer.header('location') ?? '');
  }
  throw new MregError('network', `${request.url.host} sends us in a circle`, { hint: 'ask whoever runs the server' });
}

/** Attack: a redirect to an address without encryption, or to a service of this machine that trusts its own. */
function nextUrl(from: URL, location: string): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const isSafe = url?.protocol === 'https:' ? isLoopback(from) || !isLoopback(url) : url?.origin === from.origin;
  if (url !== undefined && isSafe && url.username === '' && url.password === '') return url;
  throw new MregError('network', `${from.host} sends us to ${url?.origin ?? 'no address at all'}`, {
    hint: 'redirects must lead to https:// ; ask whoever runs the server',
  });
}

/** A refusal (403) is none of these: a failed read is an error, never "absent". */
function isAbsent({ status }: HttpAnswer): boolean {
  return status === 404 || status === 410;
}

function startOf(answer: HttpAnswer): number | undefined {
  const start = /^bytes ([0-9]{1,15})-/.exec(answer.header('content-range') ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}

async function* skipBytes(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array> {
  let left = count;
  for await (const piece of pieces) {
    const wanted = piece.subarray(Math.min(left, piece.length));
    left -= piece.length - wanted.length;
    if (wanted.length > 0) yield wanted;
  }
}

function unexpected({ status }: HttpAnswer, { host }: URL): MregError {
  if (status === 401 || status === 403) {
    return new MregError('no-access', `${host} does not let us read (${String(status)})`, {
      hint: 'this kind of store is for files that everybody on the network may read; a bucket is s3://',
    });
  }
  return new MregError('network', `${host} could not answer (${String(status)})`, {
    hint: 'run the command again; if it stays so, ask whoever runs the server',
  });
}
