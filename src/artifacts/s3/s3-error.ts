import { MregError } from '../../documents/error.ts';
import { systemCode } from '../disk-error.ts';

/** Codes of S3 that say: you may not. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidToken'],
  ...['ExpiredTokenException', 'UnrecognizedClientException', 'AllAccessDisabled', 'AccountProblem', 'Forbidden'],
]);
/** What ends by itself: the connection was cut, or nothing came for too long. */
const PASSING: ReadonlySet<string> = new Set([
  ...['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ERR_STREAM_PREMATURE_CLOSE'],
]);
const TLS = /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

/** Returns the HTTP status that a failure came with; undefined when no answer came. */
export function statusOf(error: unknown): number | undefined {
  const metadata: unknown = error instanceof Error && '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** Returns the code that S3 gives a failure, such as `NoSuchKey`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

/** Tells whether the object, and not the bucket, is absent. */
export function isAbsent(error: unknown): boolean {
  return codeOf(error) !== 'NoSuchBucket' && statusOf(error) === 404;
}

/** Tells whether the server does not know what was asked of it. */
export function isUnsupported(error: unknown): boolean {
  const status = statusOf(error);
  return status === 501 || status === 405;
}

/** Tells whether the same request may succeed a moment later. */
export function isPassing(error: unknown): boolean {
  const found = error instanceof MregError ? error.cause : error;
  const status = statusOf(found);
  return PASSING.has(systemCode(found) ?? '') || status === 429 || (status !== undefined && status >= 500);
}

/** Returns what the library threw while we tried to `aim`, as an MregError about the store; a bug is returned as it is. */
export function s3Error(error: unknown, { aim, url }: { readonly aim: string; readonly url: string }): unknown {
  if (error instanceof MregError) return error;
  const code = codeOf(error) ?? '';
  if (code === 'AbortError') {
    return new MregError('interrupted', 'the transfer was interrupted', {
      hint: 'run the command again',
      cause: error,
    });
  }
  const status = statusOf(error);
  if (code === 'CredentialsProviderError' || code === 'TokenProviderError') {
    return new MregError('no-access', `there are no AWS credentials to ${aim} in ${url}`, {
      hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or run: aws configure',
      cause: error,
    });
  }
  if (status === undefined) return connectionError(error, url);
  return answerError(error, { aim, url, said: `${String(status)} ${word(code)}`.trim() });
}

function answerError(
  error: unknown,
  { aim, url, said }: { readonly aim: string; readonly url: string; readonly said: string },
): MregError {
  const [status, code] = [statusOf(error), codeOf(error) ?? ''];
  if (status === 401 || status === 403 || REFUSALS.has(code)) {
    return new MregError('no-access', `${url} does not let us ${aim} (${said})`, {
      hint: 'aws sts get-caller-identity shows who you are; reading needs s3:GetObject and s3:ListBucket, pushing s3:PutObject too',
      cause: error,
    });
  }
  if (code === 'NoSuchBucket') {
    return new MregError('unreadable', `there is no bucket ${new URL(url).host} (${said})`, {
      hint: 'check the URL of the store and AWS_ENDPOINT_URL_S3, or make the bucket: aws s3 mb',
      cause: error,
    });
  }
  return new MregError('network', `${url} could not ${aim} (${said})`, {
    hint: 'run the command again; what was transferred is kept',
    cause: error,
  });
}

/** Only words, so that no text of a stranger's reaches the terminal. */
function word(code: string): string {
  return /^[A-Za-z]{1,60}$/.test(code) && code !== 'UnknownError' ? code : '';
}

function connectionError(error: unknown, url: string): unknown {
  const code = codeOf(error) === 'TimeoutError' ? 'ETIMEDOUT' : systemCode(error);
  if (code === undefined || !/^[A-Z0-9_]+$/.test(code)) return error;
  return new MregError('network', `${url}: ${explain(code)} (${code})`, {
    hint: TLS.test(code)
      ? 'if its certificate is issued by your own authority: NODE_EXTRA_CA_CERTS=<file.pem>'
      : 'check AWS_REGION and AWS_ENDPOINT_URL_S3, then run the command again: what was transferred is kept',
    cause: error,
  });
}

function explain(code: string): string {
  if (code === 'ECONNREFUSED') return 'nobody answers there';
  if (code === 'ENOTFOUND') return 'there is no such host';
  return TLS.test(code) ? 'its certificate is not trusted' : 'the connection failed';
}
