import { manifestDigest } from '../documents/manifest.ts';
import { type Disk, realDisk } from './disk.ts';
import { forEachFile } from './each-file.ts';
import { hashSource } from './file-bytes.ts';
import type { ArtifactStore, PushedArtifact, ReadArtifact, TransferOptions, WriteOptions } from './port.ts';
import { walkSource } from './walk.ts';

/** How an artifact is read from this machine's files. */
export interface SourceOptions extends TransferOptions {
  readonly disk?: Disk;
}

/**
 * Stores the file or folder `source` and returns where it is. Content that the store has is not stored again, so a push
 * that was cut off is finished by the same push.
 */
export async function pushArtifact(
  store: ArtifactStore,
  source: string,
  { disk = realDisk, ...options }: SourceOptions & WriteOptions = {},
): Promise<PushedArtifact> {
  return store.write(await walkSource(source, { disk, leaveOut: 'as-configured' }), options);
}

/** Returns what a push of `source` would store, without storing it. With `leaveOut: 'nothing'`, what the folder holds. */
export async function readArtifact(
  source: string,
  {
    disk = realDisk,
    leaveOut = 'as-configured',
    ...options
  }: SourceOptions & { leaveOut?: 'as-configured' | 'nothing' } = {},
): Promise<ReadArtifact> {
  const files = await walkSource(source, { disk, leaveOut });
  const manifest = await forEachFile(files, options, hashSource);
  return { digest: manifestDigest(manifest.files), manifest };
}
