import { type Digest, digestOf } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import {
  formatManifest,
  type Manifest,
  type ManifestFile,
  manifestDigest,
  parseManifest,
} from '../documents/manifest.ts';
import { forEachFile } from './each-file.ts';
import { hashChunks, holdChunks } from './file-bytes.ts';
import type {
  ArtifactStore,
  ByteOptions,
  Collectable,
  Content,
  ContentSource,
  OpenOptions,
  PushedArtifact,
  SourceFile,
  StoredContent,
  WriteOptions,
} from './port.ts';
import { missingFile, unknownArtifact } from './store-errors.ts';

interface Stored {
  readonly bytes: Uint8Array;
  readonly storedAt: Date;
}

/** What the store is called, and the clock that says when something was stored. */
export interface MemoryStoreOptions {
  readonly url?: string;
  readonly clock?: () => Date;
}

/** A store that holds everything in memory: for tests and for trying things out. `files` and `manifests` may be tampered with. */
export class MemoryStore implements ArtifactStore {
  readonly url: string;
  readonly files = new Map<Digest, Stored>();
  readonly manifests = new Map<Digest, Stored>();
  readonly collectable: Collectable;
  readonly #clock: () => Date;

  constructor({ url = 'memory:store', clock = () => new Date() }: MemoryStoreOptions = {}) {
    this.url = url;
    this.#clock = clock;
    this.collectable = {
      listManifests: () => listStored(this.manifests),
      listFiles: () => listStored(this.files),
      listLeftovers: () => listStored(new Map()),
      removeArtifact: (digest, unlessAfter) => removeIfOld(this.manifests, digest, unlessAfter),
      removeFile: (digest, unlessAfter) => removeIfOld(this.files, digest, unlessAfter),
      removeLeftover: () => Promise.resolve(true),
    };
  }

  uriOf(artifact: Digest): string {
    return `${this.url}@${artifact}`;
  }

  has(artifact: Digest): Promise<boolean> {
    return Promise.resolve(this.manifests.has(artifact));
  }

  sizeOf(_key: Digest, { digest }: ManifestFile): Promise<number | undefined> {
    return Promise.resolve(this.files.get(digest)?.bytes.length);
  }

  async *open(_key: Digest, file: ManifestFile, { from = 0 }: OpenOptions = {}): AsyncGenerator<Uint8Array> {
    const stored = await Promise.resolve(this.files.get(file.digest));
    if (stored === undefined) throw missingFile(this.url, file);
    yield stored.bytes.subarray(from);
  }

  async readManifest(artifact: Digest): Promise<Manifest> {
    const stored = await Promise.resolve(this.manifests.get(artifact));
    if (stored === undefined) throw unknownArtifact(this.uriOf(artifact));
    const manifest = parseManifest(stored.bytes);
    if (digestOf(stored.bytes) !== artifact || !manifest.ok) throw corrupt(artifact);
    return manifest.value;
  }

  async write(files: readonly SourceFile[], { dryRun = false, ...options }: WriteOptions): Promise<PushedArtifact> {
    const manifest = await forEachFile(files, options, (source, bytes) =>
      dryRun ? hashChunks(source.read(), bytes) : this.#put(source, bytes),
    );
    const digest = manifestDigest(manifest.files);
    if (!dryRun) this.#keep(this.manifests, digest, Buffer.from(formatManifest(manifest.files)));
    return { digest, manifest, key: digest, uri: this.uriOf(digest) };
  }

  async #put(source: ContentSource, options: ByteOptions): Promise<Content> {
    const { content, bytes } = await holdChunks(source.read(), options);
    this.#keep(this.files, content.digest, bytes);
    return content;
  }

  #keep(area: Map<Digest, Stored>, digest: Digest, bytes: Uint8Array): void {
    const stored = area.get(digest);
    if (stored !== undefined && digestOf(stored.bytes) !== digest) throw corrupt(digest);
    area.set(digest, { bytes: stored?.bytes ?? bytes, storedAt: this.#clock() });
  }
}

async function* listStored(area: ReadonlyMap<Digest, Stored>): AsyncGenerator<StoredContent & { name: string }> {
  const entries = await Promise.resolve([...area.entries()].sort());
  for (const [digest, { bytes, storedAt }] of entries) yield { name: digest, digest, size: bytes.length, storedAt };
}

function removeIfOld(area: Map<Digest, Stored>, digest: Digest, unlessAfter: Date): Promise<boolean> {
  const stored = area.get(digest);
  if (stored !== undefined && stored.storedAt > unlessAfter) return Promise.resolve(false);
  area.delete(digest);
  return Promise.resolve(true);
}

function corrupt(digest: Digest): MregError {
  return new MregError('integrity', `the bytes stored as ${digest} are other bytes`, {
    hint: 'push the artifact again',
  });
}
