import { type Digest, digestOf } from '../../documents/digest.ts';
import { assert, MregError } from '../../documents/error.ts';
import { type Manifest, type ManifestFile, manifestDigest } from '../../documents/manifest.ts';
import type { Content, OpenOptions, Piece } from '../port.ts';
import { missingFile, unknownArtifact } from '../store-errors.ts';
import { type Part, readPart } from './download.ts';
import { type Descriptor, layoutOfImage, MAX_MANIFEST_LAYER_BYTES, readImage, readManifestLayer } from './image.ts';
import type { RegistryClient } from './registry-client.ts';
import { Windows } from './windows.ts';

/** From here on a file is worth a request of its own. */
const LARGE_BYTES = 4 * 1024 * 1024;

/** An image whose manifests were read and checked. */
interface OpenImage {
  readonly manifest: Manifest;
  readonly config: Content;
  /** The layer of each file and where its bytes begin in it, by path. */
  readonly places: ReadonlyMap<string, Place>;
  /** The stored size of each layer that was asked for. */
  readonly stored: Map<Digest, Promise<number | undefined>>;
}

interface Place {
  readonly layer: Descriptor;
  readonly offset: number;
}

/** Reads artifacts out of the images of a repository. */
export class ImageReader {
  readonly #client: RegistryClient;
  readonly #url: string;
  readonly #windows: Windows;
  readonly #open = new Map<Digest, Promise<OpenImage>>();

  constructor(client: RegistryClient, url: string) {
    this.#client = client;
    this.#url = url;
    this.#windows = new Windows(client.conversation);
  }

  /** Returns the manifest of the artifact in an image; MregError('unknown-artifact') or ('integrity'). */
  async readManifest(key: Digest): Promise<Manifest> {
    return (await this.#image(key)).manifest;
  }

  /** Returns the stored size of a file. Of a layer that is too long or too short no file has its size. */
  async sizeOf(key: Digest, file: ManifestFile): Promise<number | undefined> {
    const image = await this.#image(key);
    const place = image.places.get(file.path);
    if (place === undefined) return undefined;
    const { digest, size } = place.layer;
    const asked = image.stored.get(digest) ?? this.#client.sizeOfBlob(digest);
    image.stored.set(digest, asked);
    const stored = await asked;
    return stored === undefined ? undefined : Math.max(0, file.size + stored - size);
  }

  /** Yields the bytes of a file as stored; MregError('integrity') when its layer is absent. */
  async *open(key: Digest, file: ManifestFile, { signal, from = 0 }: OpenOptions = {}): AsyncGenerator<Uint8Array> {
    const absent = (): MregError => missingFile(this.#url, file);
    const place = (await this.#image(key)).places.get(file.path);
    if (place === undefined) throw absent();
    const offset = place.offset + from;
    const part: Part = { digest: place.layer.digest, offset, length: file.size - from, signal, absent };
    yield* file.size >= LARGE_BYTES ? readPart(this.#client.conversation, part) : this.#windows.read(part);
  }

  /** Returns the layers of an image and its configuration; its manifests were checked when they were read. */
  async pieces(key: Digest): Promise<readonly Piece[]> {
    const { manifest, places, config } = await this.#image(key);
    const byLayer = new Map<Digest, { size: number; files: { file: ManifestFile; offset: number }[] }>();
    byLayer.set(config.digest, { size: config.size, files: [] });
    for (const file of manifest.files) {
      const place = places.get(file.path);
      assert(place !== undefined, 'every file of an image has its place');
      const { digest, size } = place.layer;
      const known = byLayer.get(digest) ?? { size, files: [] };
      known.files.push({ file, offset: place.offset });
      byLayer.set(digest, known);
    }
    return [...byLayer].map(([digest, { size, files }]) => ({
      ...{ digest, size, files },
      open: (signal) => this.#readBlob({ digest, size }, signal),
    }));
  }

  #readBlob({ digest, size }: Content, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
    const absent = (): MregError => damaged(this.#url, `${digest} is gone`);
    return readPart(this.#client.conversation, { digest, offset: 0, length: size, signal, absent });
  }

  /** Forgets what is known of an image, because it was written. */
  forget(key: Digest): void {
    this.#open.delete(key);
  }

  async #image(key: Digest): Promise<OpenImage> {
    const image = this.#open.get(key) ?? this.#readImage(key);
    this.#open.set(key, image);
    try {
      return await image;
    } catch (error) {
      this.#open.delete(key);
      throw error;
    }
  }

  async #readImage(key: Digest): Promise<OpenImage> {
    const bytes = await this.#client.readManifest(key);
    const uri = `${this.#url}@${key}`;
    if (bytes === undefined) throw unknownArtifact(uri);
    if (digestOf(bytes) !== key) throw damaged(uri, 'its manifest is other bytes than its digest says');
    const image = readImage(bytes);
    if (image === undefined) throw damaged(uri, 'it is an image that mreg did not make');
    const { digest, size } = image.manifestLayer;
    const head = size > MAX_MANIFEST_LAYER_BYTES ? undefined : await this.#client.readBlob(digest, size);
    const manifest = head === undefined ? undefined : readManifestLayer(head);
    if (manifest === undefined) throw damaged(uri, 'its first layer is absent or holds no manifest of files');
    if (manifestDigest(manifest.files) !== image.artifact)
      throw damaged(uri, 'it names another artifact than it holds');
    const layout = layoutOfImage(manifest.files, image);
    if (layout === undefined) throw damaged(uri, 'its layers are not those of its files');
    const places = manifest.files.flatMap(({ path }, index) => {
      const layer = image.layers[layout.layerOf(index)];
      return layer === undefined ? [] : [[path, { layer, offset: layout.offsetOf(index) }] as const];
    });
    return { manifest, config: image.config, places: new Map(places), stored: new Map() };
  }
}

/** Returns the error of an image that is not what its key or itself promises. */
export function damaged(uri: string, why: string): MregError {
  return new MregError('integrity', `${uri} is damaged: ${why}`, {
    hint: 'push the artifact again from its source: mreg artifact push <path>',
  });
}
