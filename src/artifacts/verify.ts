import type { Digest } from '../documents/digest.ts';
import type { Manifest, ManifestFile } from '../documents/manifest.ts';
import { forEachBounded } from './bounded.ts';
import { hashChunks } from './file-bytes.ts';
import type { ByteOptions, TransferOptions } from './port.ts';
import { FILES_AT_ONCE } from './each-file.ts';
import { changeFinding, sizeFinding, type StoreFinding } from './store-finding.ts';
import { startTally } from './tally.ts';
import { verifyPieces } from './verify-pieces.ts';
import { readWanted, type Wanted } from './wanted.ts';

/**
 * Reads every stored byte of an artifact again and returns what differs from its manifest, in path order: empty when it is whole.
 * Throws MregError('unknown-artifact') without a manifest and ('integrity') with a wrong one.
 */
export async function verifyArtifact(wanted: Wanted, options: TransferOptions = {}): Promise<readonly StoreFinding[]> {
  const manifest = await readWanted(wanted);
  const { packed } = wanted.store;
  if (packed !== undefined) return verifyPieces(wanted, await packed.pieces(wanted.key), options);
  const byDigest = await findingsByDigest(wanted, manifest, options);
  return manifest.files.flatMap((file) => {
    const finding = byDigest.get(file.digest);
    return finding === undefined ? [] : [{ ...finding, path: file.path }];
  });
}

/** The same bytes under several paths are read once. */
async function findingsByDigest(
  wanted: Wanted,
  manifest: Manifest,
  options: TransferOptions,
): Promise<ReadonlyMap<Digest, StoreFinding>> {
  const distinct = [...new Map(manifest.files.map((file) => [file.digest, file])).values()];
  const tally = startTally(distinct, options);
  const findings = new Map<Digest, StoreFinding>();
  await forEachBounded(distinct, FILES_AT_ONCE, async (file) => {
    const finding = await checkFile(wanted, file, tally.bytes);
    if (finding !== undefined) findings.set(file.digest, finding);
    tally.fileDone();
  });
  return findings;
}

async function checkFile({ store, key }: Wanted, file: ManifestFile, options: ByteOptions) {
  const finding = sizeFinding(file, await store.sizeOf(key, file));
  if (finding !== undefined) return finding;
  const { digest } = await hashChunks(store.open(key, file, options), options);
  return changeFinding(file, digest);
}
