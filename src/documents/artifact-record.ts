import { mayHold } from './artifact-uri.ts';
import { type Digest, isDigest } from './digest.ts';
import type { ModelVersionDocument } from './kinds/model-version.ts';
import { formatManifest, type Manifest, type ManifestFile, manifestDigest, pathsFaults } from './manifest.ts';
import type { Refusal } from './refusal.ts';

/** `spec.artifact` of a version. */
export type ArtifactRecord = ModelVersionDocument['spec']['artifact'];

const MAX_INLINE_FILES = 100;
/** A quarter of what a document may have, so that long paths leave room for lineage and features. */
const MAX_INLINE_BYTES = 16 * 1024;

/** Returns what version.yaml says about an artifact at `uri`: its files where they are few, else the size of its manifest. */
export function recordArtifact(manifest: Manifest, uri: string): ArtifactRecord {
  const { files, size } = manifest;
  const text = formatManifest(files);
  const manifestSize = Buffer.byteLength(text);
  const head = { digest: manifestDigest(files), size, uri };
  if (files.length > MAX_INLINE_FILES || manifestSize > MAX_INLINE_BYTES) {
    return { ...head, manifest: { files: files.length, size: manifestSize } };
  }
  return { ...head, files: files.map(({ path, size: sizeBytes, digest }) => ({ path, size: sizeBytes, digest })) };
}

/**
 * Returns what is wrong with an artifact record in itself. Attack: files listed for the reviewer that are not those
 * under the digest, or a URI that fetches another artifact than the one approved.
 */
export function checkArtifactRecord(record: ArtifactRecord, path: string): readonly Refusal[] {
  const refusals: Refusal[] = [];
  const refuse = (expected: string, found: string): void => {
    const hint = 'register the artifact again: mreg register <model> <path>';
    refusals.push({ code: 'artifact', path, expected, found, hint });
  };
  if (!mayHold(record.uri, record.digest)) refuse(`spec.artifact.uri ending in ${record.digest}`, record.uri);
  if ((record.files === undefined) === (record.manifest === undefined)) {
    refuse('exactly one of spec.artifact.files and spec.artifact.manifest', 'both or none');
  }
  if (record.files !== undefined)
    for (const { expected, found } of checkFiles(record, record.files)) refuse(expected, found);
  return refusals;
}

type RecordedFiles = NonNullable<ArtifactRecord['files']>;
interface Mismatch {
  readonly expected: string;
  readonly found: string;
}

function checkFiles(record: ArtifactRecord, files: RecordedFiles): readonly Mismatch[] {
  const faults = pathsFaults(files.map(({ path }) => path));
  if (faults.length > 0)
    return faults.map(({ path, fault }) => ({ expected: 'fit file paths', found: `${path} ${fault}` }));
  const mismatches: Mismatch[] = [];
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size !== record.size)
    mismatches.push({ expected: `spec.artifact.size ${String(size)}`, found: String(record.size) });
  const digest = digestOfFiles(files);
  if (digest !== record.digest)
    mismatches.push({ expected: `spec.artifact.digest ${String(digest)}`, found: record.digest });
  return mismatches;
}

function digestOfFiles(files: RecordedFiles): Digest | undefined {
  const known = files.flatMap(({ digest, ...file }): ManifestFile[] => (isDigest(digest) ? [{ ...file, digest }] : []));
  return known.length === files.length ? manifestDigest(known) : undefined;
}
