import { type Digest, digestOf } from '../../documents/digest.ts';
import type { Manifest, ManifestFile } from '../../documents/manifest.ts';
import type {
  ArtifactStore,
  Collectable,
  OpenOptions,
  Packed,
  PushedArtifact,
  Referrable,
  SourceFile,
  Taggable,
  WriteOptions,
} from '../port.ts';
import { unknownArtifact } from '../store-errors.ts';
import type { StoreWorld } from '../store-world.ts';
import { Authority } from './authority.ts';
import { Conversation } from './conversation.ts';
import { findCredentials } from './credentials.ts';
import { openHttp } from './http.ts';
import { MANIFEST_TYPE } from './image.ts';
import { damaged, ImageReader } from './image-reader.ts';
import { writeImage } from './image-writer.ts';
import { collectOci, pushTag } from './oci-collection.ts';
import { ociPlace } from './place.ts';
import { referrersOf } from './referrers.ts';
import { RegistryClient } from './registry-client.ts';

/** Returns the store in a repository of an OCI registry, without touching it. Its keys are digests of image manifests. */
export function openOciStore(url: string, world: StoreWorld): ArtifactStore {
  const place = ociPlace(url);
  const http = openHttp(world);
  const { host } = place;
  const authority = new Authority({ host, http, findCredentials: () => findCredentials(host, world) });
  const conversation = new Conversation({ place, http, authority, pause: world.pause });
  return new OciStore(url, new RegistryClient(conversation), world.now);
}

class OciStore implements ArtifactStore {
  readonly url: string;
  readonly collectable: Collectable;
  readonly packed: Packed;
  readonly referrable: Referrable;
  readonly taggable: Taggable;
  readonly #client: RegistryClient;
  readonly #reader: ImageReader;
  readonly #now: () => Date;

  constructor(url: string, client: RegistryClient, now: () => Date) {
    this.url = url;
    this.#client = client;
    this.#now = now;
    this.#reader = new ImageReader(client, url);
    this.collectable = collectOci(client);
    this.packed = { pieces: (key) => this.#reader.pieces(key) };
    this.referrable = referrersOf(client);
    this.taggable = { tag: (key, tag) => this.#tag(key, tag) };
  }

  uriOf(key: Digest): string {
    return `${this.url}@${key}`;
  }

  async has(key: Digest): Promise<boolean> {
    return (await this.#client.findManifest(key)) !== undefined;
  }

  readManifest(key: Digest): Promise<Manifest> {
    return this.#reader.readManifest(key);
  }

  sizeOf(key: Digest, file: ManifestFile): Promise<number | undefined> {
    return this.#reader.sizeOf(key, file);
  }

  open(key: Digest, file: ManifestFile, options?: OpenOptions): AsyncIterable<Uint8Array> {
    return this.#reader.open(key, file, options);
  }

  async write(files: readonly SourceFile[], options: WriteOptions): Promise<PushedArtifact> {
    const written = await writeImage({ client: this.#client, url: this.url }, files, options);
    const { key, digest } = written;
    this.#reader.forget(key);
    // Without a tag, registries take an image for abandoned.
    if (options.dryRun !== true) await this.#tag(key, pushTag(digest, this.#now()));
    return { ...written, uri: this.uriOf(key) };
  }

  async #tag(key: Digest, tag: string): Promise<void> {
    const bytes = await this.#client.readManifest(key);
    if (bytes === undefined) throw unknownArtifact(this.uriOf(key));
    if (digestOf(bytes) !== key) throw damaged(this.uriOf(key), 'its manifest is other bytes than its digest says');
    const descriptor = { mediaType: MANIFEST_TYPE, digest: key, size: bytes.length };
    await this.#client.putManifest(tag, { descriptor, bytes });
  }
}
