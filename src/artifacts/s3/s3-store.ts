import type { Digest } from '../../documents/digest.ts';
import type { Manifest, ManifestFile } from '../../documents/manifest.ts';
import type { ArtifactStore, Collectable, OpenOptions, PushedArtifact, SourceFile, WriteOptions } from '../port.ts';
import type { StoreWorld } from '../store-world.ts';
import { type Target, writeArtifact } from './artifact-writer.ts';
import { Bucket } from './bucket.ts';
import { folderLayout } from './folder-layout.ts';
import { ObjectReader } from './object-reader.ts';
import { collectS3 } from './s3-collection.ts';
import { connect, loadSdk, type LoadSdk } from './sdk.ts';

/** Returns the store in a bucket of S3, or below a prefix in it, without touching it. */
export function openS3Store(url: string, world: StoreWorld, load: LoadSdk = loadSdk): ArtifactStore {
  const layout = folderLayout(new URL(url).pathname.slice(1));
  const bucket = new Bucket(url, () => connect(url, world, load));
  const reader = new ObjectReader({ url, layout, objects: bucket, pause: world.pause });
  return new S3Store({ url, layout, bucket }, reader);
}

class S3Store implements ArtifactStore {
  readonly url: string;
  readonly collectable: Collectable;
  readonly #target: Target;
  readonly #reader: ObjectReader;

  constructor(target: Target, reader: ObjectReader) {
    this.url = target.url;
    this.#target = target;
    this.#reader = reader;
    this.collectable = collectS3(target);
  }

  uriOf(artifact: Digest): string {
    return this.#reader.uriOf(artifact);
  }

  has(artifact: Digest): Promise<boolean> {
    return this.#reader.has(artifact);
  }

  readManifest(artifact: Digest): Promise<Manifest> {
    return this.#reader.readManifest(artifact);
  }

  sizeOf(artifact: Digest, file: ManifestFile): Promise<number | undefined> {
    return this.#reader.sizeOf(artifact, file);
  }

  open(artifact: Digest, file: ManifestFile, options?: OpenOptions): AsyncIterable<Uint8Array> {
    return this.#reader.open(artifact, file, options);
  }

  async write(files: readonly SourceFile[], options: WriteOptions): Promise<PushedArtifact> {
    const written = await writeArtifact(this.#target, files, options);
    return { ...written, key: written.digest, uri: this.uriOf(written.digest) };
  }
}
