import { type ArtifactPlace, splitArtifactUri } from '../documents/artifact-uri.ts';
import { MregError } from '../documents/error.ts';
import { isLoopback } from './oci/place.ts';

/** Returns the one way in which a store's URL is written; throws MregError('bad-reference') for anything else. */
export function normaliseStoreUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw badUrl(text, 'no URL');
  const written = withoutSlashes(url.href);
  // A text that a URL parser rewrites ("..", "%2e", "\") could mean another place to the next reader.
  if (written !== withoutSlashes(text)) throw badUrl(text, `short for ${written}`);
  if (url.username !== '' || url.password !== '') throw badUrl(url.protocol, 'a URL with a password in it');
  if (url.search !== '' || url.hash !== '') throw badUrl(text, 'a URL with a query or fragment');
  if (url.protocol === 'file:') checkFileUrl(url, text);
  if (url.protocol === 'oci:') checkOciUrl(url, text);
  if (url.protocol === 's3:') checkS3Url(url, text);
  if (url.protocol === 'http:' && !isLoopback(url)) throw badUrl(text, 'without encryption (https://)');
  return written;
}

/** Without those at its end. As a regular expression, thousands of slashes elsewhere would take quadratic time. */
function withoutSlashes(text: string): string {
  let end = text.length;
  while (text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}

function checkFileUrl(url: URL, text: string): void {
  if (url.host !== '') throw badUrl(text, `a path on another machine (${url.host})`);
  if (withoutSlashes(url.pathname) === '') throw badUrl(text, 'the root of the file system');
  if (/%(?:2f|5c|00)/i.test(url.pathname)) throw badUrl(text, 'a path with an encoded separator');
}

/** As the distribution specification writes repositories, so that no registry reads another one out of it. */
const OCI_REPOSITORY = /^\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const OCI_HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(?::[0-9]{1,5})?$/;

function checkOciUrl(url: URL, text: string): void {
  if (!OCI_HOST.test(url.host)) throw badUrl(text, 'a URL without a host in lower case');
  const repository = withoutSlashes(url.pathname);
  if (repository.length > 255 || !OCI_REPOSITORY.test(repository)) {
    throw badUrl(text, 'a URL without a repository like /acme/models (lower case, digits, "-", "_", ".")');
  }
}

const BUCKET = /^[a-z0-9](?:[a-z0-9.-]{1,61}[a-z0-9])$/;
/** The characters that S3 calls safe: nothing that some program on the way would write in another form. */
const BUCKET_PREFIX = /^(?:\/[A-Za-z0-9!_.*'()-]+)*$/;
/** A name in a bucket has at most 1024 bytes; most are for the paths of the files. */
const MAX_PREFIX_LENGTH = 256;

function checkS3Url(url: URL, text: string): void {
  if (!BUCKET.test(url.host)) throw badUrl(text, 'a URL without the name of a bucket (lower case, digits, "-", ".")');
  const prefix = withoutSlashes(url.pathname);
  if (prefix.length > MAX_PREFIX_LENGTH || !BUCKET_PREFIX.test(prefix)) {
    throw badUrl(text, "a URL with a prefix of other characters than letters, digits and !_.*'()-");
  }
}

function badUrl(found: string, why: string): MregError {
  return new MregError(
    'bad-reference',
    `the URL of an artifact store is like file:///srv/models; "${found}" is ${why}`,
    {
      hint: 'write the URL absolute and in full',
    },
  );
}

/** Takes an artifact URI apart; throws MregError('bad-reference') when it names no digest. */
export function parseArtifactUri(uri: string): ArtifactPlace {
  const place = splitArtifactUri(uri);
  if (place === undefined) {
    throw new MregError('bad-reference', `an artifact URI is like file:///srv/models@sha256:…; found "${uri}"`, {
      hint: 'take the uri from version.yaml: mreg show <model>@<version>',
    });
  }
  return { storeUrl: normaliseStoreUrl(place.storeUrl), key: place.key };
}
