import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Manifest, type ManifestFile, manifestOf } from '../documents/manifest.ts';
import { forEachBounded } from './bounded.ts';
import type { ByteOptions, Content, ContentSource, SourceFile, TransferOptions } from './port.ts';
import { startTally } from './tally.ts';

/** As many as Node has threads for files; more would only wait, and hold buffers. */
export const FILES_AT_ONCE = 4;

const TURN_FILES = 64;

/** Takes the bytes of a file; at once where that is possible, since ten thousand promises cost as much as the bytes. */
export type Take = (source: ContentSource, options: ByteOptions) => Content | Promise<Content>;

/** Gives the bytes of each file to `take`, several files at once, and returns the manifest of what was taken. */
export async function forEachFile(
  files: readonly SourceFile[],
  options: TransferOptions,
  take: Take,
): Promise<Manifest> {
  const tally = startTally(
    files.map(({ source }) => source),
    options,
  );
  const taken: ManifestFile[] = [];
  const takeOne = async ({ path, source }: SourceFile): Promise<void> => {
    const content = take(source, tally.bytes);
    const { digest, size } = content instanceof Promise ? await content : content;
    taken.push({ path, size, digest });
    tally.fileDone();
  };
  const isQuick = ({ source }: SourceFile): boolean => source.readNow !== undefined;
  for (const [index, file] of files.filter(isQuick).entries()) {
    // What is read at once gives nobody else a turn: progress would not be drawn, nor an interruption heard.
    if (index % TURN_FILES === 0) await nextTurn();
    await takeOne(file);
  }
  await forEachBounded(
    files.filter((file) => !isQuick(file)),
    FILES_AT_ONCE,
    takeOne,
  );
  return manifestOf(taken);
}
