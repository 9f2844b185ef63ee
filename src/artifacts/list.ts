import type { Digest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import { collectableOf } from './collect.ts';
import type { ArtifactStore } from './port.ts';

/** An artifact in a store; `contents` is undefined when its manifest is damaged. Its files are not looked at. */
export interface ListedArtifact {
  readonly digest: Digest;
  readonly uri: string;
  readonly storedAt: Date;
  readonly contents: { readonly files: number; readonly sizeBytes: number } | undefined;
}

/** Lists the artifacts of a store by digest; a damaged one hides no other. */
export async function* listArtifacts(store: ArtifactStore): AsyncGenerator<ListedArtifact> {
  for await (const { digest, storedAt } of collectableOf(store).listManifests()) {
    yield { digest, uri: store.uriOf(digest), storedAt, contents: await readContents(store, digest) };
  }
}

async function readContents(store: ArtifactStore, digest: Digest): Promise<ListedArtifact['contents']> {
  try {
    const { files, size } = await store.readManifest(digest);
    return { files: files.length, sizeBytes: size };
  } catch (error) {
    if (error instanceof MregError && error.code === 'integrity') return undefined;
    throw error;
  }
}
