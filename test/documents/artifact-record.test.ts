import { describe, expect, it } from 'vitest';
import { type ArtifactRecord, checkArtifactRecord, recordArtifact } from '../../src/documents/artifact-record.ts';
import { digestOf } from '../../src/documents/digest.ts';
import { formatManifest, type ManifestFile, manifestDigest, manifestOf } from '../../src/documents/manifest.ts';

const file = (path: string): ManifestFile => ({ path, size: path.length, digest: digestOf(path) });
const many = (count: number, suffix = ''): ManifestFile[] =>
  Array.from({ length: count }, (_, n) => file(`f${String(n)}${suffix}`));
const uriOf = (files: readonly ManifestFile[]): string => `file:///srv/models@${manifestDigest(files)}`;
const record = (files: readonly ManifestFile[]): ArtifactRecord => recordArtifact(manifestOf(files), uriOf(files));

describe('the record of an artifact', () => {
  it('lists the files where they are few', () => {
    const files = [file('a'), file('bb')];
    expect(record(files)).toEqual({ digest: manifestDigest(files), size: 3, uri: uriOf(files), files });
    expect(record(many(100)).files).toHaveLength(100);
  });

  it.each([
    ['101 files', many(101)],
    ['few files with paths too long for a document', many(100, 'x'.repeat(200))],
  ])('points at the manifest for %s', (_what, files) => {
    const { manifest, files: inline } = record(files);
    expect(inline).toBeUndefined();
    expect(manifest).toEqual({ files: files.length, size: Buffer.byteLength(formatManifest(files)) });
  });

  it.each([[many(1)], [many(100)], [many(101)]])('is accepted as it was written', (files) => {
    expect(checkArtifactRecord(record(files), 'version.yaml')).toEqual([]);
  });

  const files = [file('a'), file('bb')];
  const fit = record(files);
  it.each([
    ['the digest of an image in an OCI registry', `oci://ghcr.io/acme/models@${digestOf('image')}`],
    ['a folder of its digest in a bucket', `s3://models/team/sha256/${fit.digest.slice('sha256:'.length)}`],
  ])('may name %s', (_what, uri) => {
    expect(checkArtifactRecord({ ...fit, uri }, 'version.yaml')).toEqual([]);
  });

  it.each([
    ['a URI of another artifact', { ...fit, uri: `file:///srv/models@${digestOf('other')}` }],
    ['a URI without a digest', { ...fit, uri: 'file:///srv/models' }],
    ['a folder of another digest', { ...fit, uri: `s3://models/sha256/${digestOf('other').slice(7)}` }],
    ['a tag in an OCI registry', { ...fit, uri: 'oci://ghcr.io/acme/models:v7' }],
    ['another size', { ...fit, size: 4 }],
    ['another digest', { ...fit, digest: digestOf('x'), uri: `file:///srv/models@${digestOf('x')}` }],
    ['a file that is not under the digest', { ...fit, files: [file('a'), file('cc')] }],
    ['a file twice', { ...fit, files: [file('a'), file('a'), file('bb')] }],
    ['an unfit path', { ...fit, files: [file('../a')] }],
    ['a file with a malformed digest', { ...fit, files: [{ ...file('a'), digest: 'sha256:00' }, file('bb')] }],
    ['both files and manifest', { ...fit, manifest: { files: 2, size: 1 } }],
    ['neither files nor manifest', { digest: fit.digest, size: fit.size, uri: fit.uri }],
  ])('is refused with %s', (_what, given) => {
    expect(checkArtifactRecord(given, 'version.yaml')).toMatchObject([{ code: 'artifact', path: 'version.yaml' }]);
  });
});
