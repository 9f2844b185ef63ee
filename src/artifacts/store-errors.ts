import { MregError } from '../documents/error.ts';
import type { ManifestFile } from '../documents/manifest.ts';

/** Returns the error of a store that has no manifest for an artifact. */
export function unknownArtifact(uri: string): MregError {
  return new MregError('unknown-artifact', `there is no artifact ${uri}`, {
    hint: 'push it: mreg artifact push <path>',
  });
}

/** Returns the error of a store that has an artifact's manifest but not the bytes of one of its files. */
export function missingFile(url: string, { digest }: ManifestFile): MregError {
  return new MregError('integrity', `${url} has lost the bytes ${digest}`, {
    hint: 'push the artifact again from its source: mreg artifact push <path>',
  });
}
