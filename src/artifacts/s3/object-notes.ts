import type * as S3 from '@aws-sdk/client-s3';
import { type Digest, isDigest } from '../../documents/digest.ts';

/** The name of the sum that is kept with every object: S3's own is another one for uploads in parts. */
export const DIGEST_NAME = 'mreg-sha256';

/**
 * Returns the digest that is noted of an object, or undefined. S3's own sum counts where it is of the whole object: that of
 * an upload in parts is a sum of sums.
 */
export function digestIn(found: S3.HeadObjectCommandOutput): Digest | undefined {
  const { ChecksumSHA256: sum, ChecksumType: type } = found;
  if (sum !== undefined && type !== 'COMPOSITE' && !sum.includes('-')) {
    const digest = `sha256:${Buffer.from(sum, 'base64').toString('hex')}`;
    if (isDigest(digest)) return digest;
  }
  const noted = found.Metadata?.[DIGEST_NAME] ?? '';
  return isDigest(noted) ? noted : undefined;
}

/** Returns a digest as S3 writes it. */
export function base64Of(digest: Digest): string {
  return Buffer.from(digest.slice('sha256:'.length), 'hex').toString('base64');
}
