import { MregError } from '../../documents/error.ts';
import { systemCode } from '../disk-error.ts';

/** What ends by itself: the connection was cut, or nothing came for too long. */
const PASSING: ReadonlySet<string> = new Set([
  ...['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT'],
  ...['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'UND_ERR_CLOSED'],
]);
const TLS = /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** Returns what the HTTP library threw as an MregError about `url`; what is none of its failures is returned as it is. */
export function networkError(error: unknown, { host }: URL, signal?: AbortSignal): unknown {
  if (error instanceof MregError) return error;
  if (signal?.aborted === true) {
    const hint = 'run the command again';
    return new MregError('interrupted', 'the transfer was interrupted', { hint, cause: error });
  }
  const code = systemCode(error);
  if (code === undefined) return error;
  const { says, hint } = explain(code);
  return new MregError('network', `${host}: ${says} (${code})`, { hint, cause: error });
}

function explain(code: string): { readonly says: string; readonly hint: string } {
  if (code === 'ECONNREFUSED') return { says: 'nobody answers there', hint: 'check host and port of the store' };
  if (code === 'ENOTFOUND') return { says: 'there is no such host', hint: 'check the URL of the store' };
  if (TLS.test(code)) {
    const hint = 'if its certificate is issued by your own authority: NODE_EXTRA_CA_CERTS=<file.pem>';
    return { says: 'its certificate is not trusted', hint };
  }
  return { says: 'the connection failed', hint: 'run the command again: what was transferred is kept' };
}

/** Tells whether the same request may succeed a moment later. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof MregError)) return false;
  return error.code === 'network' && PASSING.has(systemCode(error.cause) ?? '');
}
