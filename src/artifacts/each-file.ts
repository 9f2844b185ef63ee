import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Manifest, type ManifestFile, manifestOf } from '../documents/manifest.ts';
import { forEachBounded } from './bounded.ts';
import type { ByteOptions, Content, ContentSource, SourceFile, TransferOptions } from './port.ts';
import { startTally } from './tally.ts';

/** As many as Node has threads for files; more would only wait, and hold buffers. */
export const FILES_AT_ONCE = 4;

const TURN_FILES = 64;

/** Gives the bytes of each file to `take`, several files at once, and returns the manifest of what was taken. */
export async function forEachFile(
  files: readonly SourceFile[],
  options: TransferOptions,
  take: (source: ContentSource, options: ByteOptions) => Promise<Content>,
): Promise<Manifest> {
  const tally = startTally(
    files.map(({ source }) => source),
    options,
  );
  const taken: ManifestFile[] = [];
  await forEachBounded(files, FILES_AT_ONCE, async ({ path, source }) => {
    const { digest, size } = await take(source, tally.bytes);
    // What is read at once gives nobody else a turn: progress would not be drawn, nor an interruption heard.
    if (source.readNow !== undefined && taken.length % TURN_FILES === 0) await nextTurn();
    taken.push({ path, size, digest });
    tally.fileDone();
  });
  return manifestOf(taken);
}
