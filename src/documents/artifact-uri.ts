import { type Digest, isDigest } from './digest.ts';

/** An artifact URI taken apart: `file:///srv/models@sha256:…` lies in the store `file:///srv/models`. */
export interface ArtifactPlace {
  readonly storeUrl: string;
  /** What the store finds the artifact by. */
  readonly key: Digest;
}

/** As programs that read buckets and web servers expect it: a folder, whose name has no colon. */
const FOLDERS = /^(?:s3|https?):/;
const IN_FOLDER = /^((?:s3|https?):\/\/.+)\/sha256\/([0-9a-f]{64})$/;

/** Takes an artifact URI apart; undefined when it names no digest. Does not look at the URL of the store. */
export function splitArtifactUri(uri: string): ArtifactPlace | undefined {
  if (FOLDERS.test(uri)) {
    const [, storeUrl, hex] = IN_FOLDER.exec(uri) ?? [];
    return storeUrl === undefined || hex === undefined ? undefined : { storeUrl, key: `sha256:${hex}` };
  }
  const at = uri.lastIndexOf('@');
  const key = uri.slice(at + 1);
  return at > 0 && isDigest(key) ? { storeUrl: uri.slice(0, at), key } : undefined;
}

/**
 * Tells whether a URI can be that of `artifact` by itself. In an OCI registry the digest is that of the image, and only
 * who reads the image knows what it holds.
 */
export function mayHold(uri: string, artifact: string): boolean {
  const place = splitArtifactUri(uri);
  return place !== undefined && (uri.startsWith('oci:') || place.key === artifact);
}
