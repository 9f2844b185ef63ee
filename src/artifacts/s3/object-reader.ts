import { type Digest, digestOf } from '../../documents/digest.ts';
import { MregError } from '../../documents/error.ts';
import { type Manifest, type ManifestFile, parseManifest } from '../../documents/manifest.ts';
import { stopIfAborted } from '../file-bytes.ts';
import type { OpenOptions } from '../port.ts';
import { missingFile, unknownArtifact } from '../store-errors.ts';
import type { StoreWorld } from '../store-world.ts';
import type { FolderLayout } from './folder-layout.ts';

/** What a place of named objects can do for readers. Names are those of the layout. */
export interface ReadableObjects {
  /** Returns the stored size, or undefined when the object is absent. */
  sizeOf(name: string): Promise<number | undefined>;
  /** Returns the bytes from `from` on, or undefined when the object is absent; none when it ends before. */
  read(name: string, from: number, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array> | undefined>;
  /** Tells whether the same read may succeed a moment later. */
  isPassing(error: unknown): boolean;
}

/** How often a read is tried again that made no progress. */
const TRIES = 5;
/** A million files with long paths; a manifest is held whole. */
const MAX_MANIFEST_BYTES = 256 * 1024 * 1024;

/** Where artifacts are read, and how to wait between tries. */
export interface ObjectReaderOptions {
  readonly url: string;
  readonly layout: FolderLayout;
  readonly objects: ReadableObjects;
  readonly pause: StoreWorld['pause'];
}

/** Reads artifacts that lie as folders of objects, each with its manifest beside it. */
export class ObjectReader {
  readonly #options: ObjectReaderOptions;

  constructor(options: ObjectReaderOptions) {
    this.#options = options;
  }

  /** Returns where an artifact is: the folder of its files. */
  uriOf(artifact: Digest): string {
    return `${this.#options.url}/sha256/${artifact.slice('sha256:'.length)}`;
  }

  /** Tells whether the artifact's manifest is there. */
  async has(artifact: Digest): Promise<boolean> {
    const { objects, layout } = this.#options;
    return (await objects.sizeOf(layout.nameOfManifest(artifact))) !== undefined;
  }

  /** Returns the manifest, checked against the digest; MregError('unknown-artifact') or ('integrity'). */
  async readManifest(artifact: Digest): Promise<Manifest> {
    const { layout, url } = this.#options;
    const name = layout.nameOfManifest(artifact);
    const pieces: Uint8Array[] = [];
    const absent = (): MregError => unknownArtifact(this.uriOf(artifact));
    for await (const piece of this.#readAll(name, { maxBytes: MAX_MANIFEST_BYTES, absent })) {
      pieces.push(Uint8Array.from(piece));
    }
    const bytes = Buffer.concat(pieces);
    const manifest = parseManifest(bytes, name);
    if (digestOf(bytes) !== artifact || !manifest.ok) throw corrupt(`${url}: ${name}`);
    return manifest.value;
  }

  /** Returns the stored size of a file, or undefined when it is absent. */
  sizeOf(artifact: Digest, { path }: ManifestFile): Promise<number | undefined> {
    const { objects, layout } = this.#options;
    return objects.sizeOf(layout.nameOf(artifact, path));
  }

  /** Yields the bytes of a file as stored; after a cut it goes on where it was. MregError('integrity') when it is absent. */
  open(artifact: Digest, file: ManifestFile, options: OpenOptions = {}): AsyncIterable<Uint8Array> {
    const { layout, url } = this.#options;
    const absent = (): MregError => missingFile(url, file);
    return this.#readAll(layout.nameOf(artifact, file.path), { ...options, maxBytes: file.size, absent });
  }

  async *#readAll(
    name: string,
    {
      maxBytes,
      absent,
      signal,
      from = 0,
    }: OpenOptions & { readonly maxBytes: number; readonly absent: () => MregError },
  ): AsyncGenerator<Uint8Array> {
    const { objects, pause } = this.#options;
    let done = from;
    for (let failures = 0; ; failures += 1) {
      const before = done;
      try {
        const pieces = await objects.read(name, done, signal);
        if (pieces === undefined) throw absent();
        for await (const piece of pieces) {
          done += piece.length;
          yield piece;
          // Attack: an endless object fills the disk. One piece too many is enough to be found by its digest.
          if (done > maxBytes) return;
        }
        return;
      } catch (error) {
        stopIfAborted(signal);
        if (done > before) failures = 0;
        if (!objects.isPassing(error) || failures + 1 >= TRIES) throw error;
        await pause(250 * 2 ** failures);
      }
    }
  }
}

/** Returns the error of an object that lies under a name that promises other bytes. */
export function corrupt(where: string): MregError {
  return new MregError('integrity', `${where} does not hold the bytes that its name promises`, {
    hint: 'remove that object, then push the artifact again from its source: mreg artifact push <path>',
  });
}
