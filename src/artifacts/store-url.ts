import { type Digest, isDigest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';

/** An artifact URI taken apart: `file:///srv/models@sha256:…` lies in the store `file:///srv/models`. */
export interface ArtifactPlace {
  readonly storeUrl: string;
  /** What the store finds the artifact by. */
  readonly key: Digest;
}

/** Returns the one way in which a store's URL is written; throws MregError('bad-reference') for anything else. */
export function normaliseStoreUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw badUrl(text, 'no URL');
  const written = url.href.replace(/\/+$/, '');
  // A text that a URL parser rewrites ("..", "%2e", "\") could mean another place to the next reader.
  if (written !== text.replace(/\/+$/, '')) throw badUrl(text, `short for ${written}`);
  if (url.username !== '' || url.password !== '') throw badUrl(url.protocol, 'a URL with a password in it');
  if (url.search !== '' || url.hash !== '') throw badUrl(text, 'a URL with a query or fragment');
  if (url.protocol === 'file:') checkFileUrl(url, text);
  return written;
}

function checkFileUrl(url: URL, text: string): void {
  if (url.host !== '') throw badUrl(text, `a path on another machine (${url.host})`);
  if (url.pathname.replace(/\/+$/, '') === '') throw badUrl(text, 'the root of the file system');
  if (/%(?:2f|5c|00)/i.test(url.pathname)) throw badUrl(text, 'a path with an encoded separator');
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
  const at = uri.lastIndexOf('@');
  const key = uri.slice(at + 1);
  if (at === -1 || !isDigest(key)) {
    throw new MregError('bad-reference', `an artifact URI is like file:///srv/models@sha256:…; found "${uri}"`, {
      hint: 'take the uri from version.yaml: mreg show <model>@<version>',
    });
  }
  return { storeUrl: normaliseStoreUrl(uri.slice(0, at)), key };
}
