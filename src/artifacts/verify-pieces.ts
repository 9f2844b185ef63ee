import { createHash } from 'node:crypto';
import { comparePaths } from '../documents/artifact-path.ts';
import { forEachBounded } from './bounded.ts';
import { ByteCursor } from './byte-cursor.ts';
import { FILES_AT_ONCE } from './each-file.ts';
import { hashChunks } from './file-bytes.ts';
import type { ByteOptions, Piece, TransferOptions } from './port.ts';
import { changeFinding, sizeFinding, type StoreFinding } from './store-finding.ts';
import { startTally } from './tally.ts';
import type { Wanted } from './wanted.ts';

/** Reads pieces again, once: each file in them, and each piece as a whole, so that what lies between the files is seen, too. */
export async function verifyPieces(
  wanted: Wanted,
  pieces: readonly Piece[],
  options: TransferOptions,
): Promise<readonly StoreFinding[]> {
  const tally = startTally(
    pieces.flatMap(({ files }) => files.map(({ file }) => file)),
    options,
  );
  const findings: StoreFinding[] = [];
  await forEachBounded(pieces, FILES_AT_ONCE, async (piece) => {
    const sizes = await Promise.all(piece.files.map(({ file }) => wanted.store.sizeOf(wanted.key, file)));
    const unfit = piece.files.flatMap(({ file }, index) => sizeFinding(file, sizes[index]) ?? []);
    findings.push(...(unfit.length > 0 ? unfit : await readPiece(piece, tally.bytes)));
    for (const _file of piece.files) tally.fileDone();
  });
  return findings.sort((a, b) => comparePaths(a.path, b.path));
}

async function readPiece(piece: Piece, { signal, onBytes }: ByteOptions): Promise<readonly StoreFinding[]> {
  const whole = createHash('sha256');
  const cursor = await ByteCursor.at(piece.open(signal), 0);
  const also = (chunk: Uint8Array): Promise<void> => {
    whole.update(chunk);
    return Promise.resolve();
  };
  const quiet = signal === undefined ? {} : { signal };
  const counted = onBytes === undefined ? quiet : { ...quiet, onBytes };
  const findings: StoreFinding[] = [];
  let at = 0;
  try {
    for (const { file, offset } of piece.files) {
      await hashChunks(cursor.take(offset - at), quiet, also);
      const { digest } = await hashChunks(cursor.take(file.size), counted, also);
      findings.push(...[changeFinding(file, digest) ?? []].flat());
      at = offset + file.size;
    }
    await hashChunks(cursor.take(piece.size - at), quiet, also);
  } finally {
    await cursor.close();
  }
  if (findings.length > 0) return findings;
  const { digest } = piece;
  // No file is wrong, but a runtime would unpack something else: a name in the head of a file, or what stands behind it.
  return [changeFinding({ path: `layer ${digest}`, digest }, `sha256:${whole.digest('hex')}`) ?? []].flat();
}
