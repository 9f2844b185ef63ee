import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Digest, digestOf } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import {
  formatManifest,
  type Manifest,
  type ManifestFile,
  manifestDigest,
  parseManifest,
} from '../documents/manifest.ts';
import { type Disk, realDisk } from './disk.ts';
import { diskError, onDisk, systemCode } from './disk-error.ts';
import { forEachFile } from './each-file.ts';
import { hashChunks, hashSource, holdChunks, readFileChunks, stopIfAborted, writeNewFile } from './file-bytes.ts';
import { LocalBatch } from './local-batch.ts';
import { collectLocal } from './local-collection.ts';
import { type Area, localLayout, type LocalLayout } from './local-layout.ts';
import { missingFile, unknownArtifact } from './store-errors.ts';
import type {
  ArtifactStore,
  ByteOptions,
  Content,
  ContentSource,
  Linkable,
  OpenOptions,
  PushedArtifact,
  SourceFile,
  TransferOptions,
  WriteOptions,
} from './port.ts';

/** Stored bytes are for reading only: an editor, a training script or `>` must fail on them. */
const STORED_MODE = 0o444;
/** Up to here content is held in memory: read once, and written only when it is new. Larger content is streamed. */
const SMALL_BYTES = 1024 * 1024;

/** What a test may replace. */
export interface LocalStoreOptions {
  readonly disk?: Disk;
}

/** Returns the store in the folder `root`, which is made when the first artifact comes. */
export function openLocalStore(root: string, { disk = realDisk }: LocalStoreOptions = {}): ArtifactStore {
  return new LocalStore(localLayout(root), disk);
}

class LocalStore implements ArtifactStore {
  readonly url: string;
  readonly collectable;
  readonly linkable: Linkable;
  readonly #layout: LocalLayout;
  readonly #disk: Disk;
  /** Folders that this process made or found, so that ten thousand small files do not ask again each. */
  readonly #made = new Set<string>();

  constructor(layout: LocalLayout, disk: Disk) {
    this.url = pathToFileURL(layout.root).href;
    this.#layout = layout;
    this.#disk = disk;
    this.collectable = collectLocal(layout, disk);
    this.linkable = {
      link: async (key, file, to) => {
        if ((await this.sizeOf(key, file)) === undefined) throw missingFile(this.url, file);
        await onDisk('link', to, () => disk.link(layout.pathOf('blobs', file.digest), to));
      },
    };
  }

  uriOf(artifact: Digest): string {
    return `${this.url}@${artifact}`;
  }

  async has(artifact: Digest): Promise<boolean> {
    return (await this.#sizeIn('manifests', artifact)) !== undefined;
  }

  sizeOf(_key: Digest, file: ManifestFile): Promise<number | undefined> {
    return this.#sizeIn('blobs', file.digest);
  }

  async *open(key: Digest, file: ManifestFile, { from = 0 }: OpenOptions = {}): AsyncIterable<Uint8Array> {
    if ((await this.sizeOf(key, file)) === undefined) throw missingFile(this.url, file);
    yield* this.#stored(this.#layout.pathOf('blobs', file.digest), from);
  }

  async readManifest(artifact: Digest): Promise<Manifest> {
    if (!(await this.has(artifact))) throw unknownArtifact(this.uriOf(artifact));
    const path = this.#layout.pathOf('manifests', artifact);
    const { bytes, content } = await holdChunks(this.#stored(path));
    const manifest = parseManifest(bytes, path);
    if (content.digest !== artifact || !manifest.ok) throw corrupt(path);
    return manifest.value;
  }

  async write(files: readonly SourceFile[], { dryRun = false, ...options }: WriteOptions): Promise<PushedArtifact> {
    if (!dryRun) return this.#pushed(await this.#putAll(files, options));
    return this.#pushed(await forEachFile(files, options, hashSource));
  }

  #pushed(manifest: Manifest): PushedArtifact {
    const digest = manifestDigest(manifest.files);
    return { digest, manifest, key: digest, uri: this.uriOf(digest) };
  }

  async #putAll(files: readonly SourceFile[], options: TransferOptions): Promise<Manifest> {
    const batch = await this.#openBatch();
    try {
      const manifest = await forEachFile(files, options, (source, bytes) => this.#put(source, batch, bytes));
      stopIfAborted(options.signal);
      await this.#seal(manifest, batch);
      return manifest;
    } finally {
      await batch?.drop();
    }
  }

  async #openBatch(): Promise<LocalBatch | undefined> {
    const { quick } = this.#disk;
    if (quick === undefined) return undefined;
    const { temporaryFolder } = this.#layout;
    const placeOf = async (area: Area, digest: Digest): Promise<string> => {
      const path = this.#layout.pathOf(area, digest);
      await this.#makeFolderOf(path);
      return path;
    };
    await this.#makeFolderOf(join(temporaryFolder, 'any'));
    return new LocalBatch({ disk: this.#disk, quick, temporaryFolder, placeOf, mode: STORED_MODE });
  }

  async #put(source: ContentSource, batch: LocalBatch | undefined, options: ByteOptions): Promise<Content> {
    if (batch !== undefined && source.readNow !== undefined) return this.#putNow(source.readNow(), batch, options);
    if (source.size <= SMALL_BYTES) return this.#putSmall(source, options);
    return (await this.#findStored(source, options)) ?? this.#copyIn(source, options);
  }

  /** From then on the artifact is there. */
  async #seal(manifest: Manifest, batch: LocalBatch | undefined): Promise<void> {
    const bytes = Buffer.from(formatManifest(manifest.files));
    const content = { digest: digestOf(bytes), size: bytes.length };
    const isThere = await this.#holds('manifests', content);
    if (!isThere && batch !== undefined) await batch.add('manifests', content.digest, bytes);
    await batch?.finish();
    if (!isThere && batch === undefined) await this.#writeHeld('manifests', content, bytes);
    await this.#makeNameDurable(this.#layout.pathOf('manifests', content.digest));
  }

  async #putSmall(source: ContentSource, options: ByteOptions): Promise<Content> {
    const { content, bytes } = await holdChunks(source.read(), options);
    if (!(await this.#holds('blobs', content))) await this.#writeHeld('blobs', content, bytes);
    return content;
  }

  async #putNow(bytes: Uint8Array, batch: LocalBatch, { onBytes, signal }: ByteOptions): Promise<Content> {
    stopIfAborted(signal);
    const content = { digest: digestOf(bytes), size: bytes.length };
    if (!(await this.#holds('blobs', content))) await batch.add('blobs', content.digest, bytes);
    onBytes?.(bytes.length);
    return content;
  }

  async #writeHeld(area: Area, content: Content, bytes: Uint8Array): Promise<void> {
    const temporary = await this.#temporaryPath();
    await writeNewFile(this.#disk, temporary, { chunks: once(bytes), mode: STORED_MODE });
    await this.#moveToName(temporary, area, content.digest);
  }

  /**
   * Reads before copying where content of this size was stored once, so that a push made again needs no room on a full
   * disk; elsewhere the content is new, and reading it twice would be waste.
   */
  async #findStored(source: ContentSource, options: ByteOptions): Promise<Content | undefined> {
    if ((await this.#statOf(this.#layout.sizeHint(source.size))) === undefined) return undefined;
    const content = await hashChunks(source.read(), options);
    if (await this.#holds('blobs', content)) return content;
    options.onBytes?.(-content.size);
    return undefined;
  }

  async #copyIn(source: ContentSource, options: ByteOptions): Promise<Content> {
    const temporary = await this.#temporaryPath();
    const chunks = source.read();
    const content = await writeNewFile(this.#disk, temporary, { ...options, chunks, mode: STORED_MODE });
    try {
      await this.#touch(this.#layout.sizeHint(content.size));
      // Another push may have stored it meanwhile, or the hint was lost.
      if (!(await this.#holds('blobs', content))) await this.#moveToName(temporary, 'blobs', content.digest);
      return content;
    } finally {
      await this.#disk.rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  async #temporaryPath(): Promise<string> {
    const path = join(this.#layout.temporaryFolder, randomUUID());
    await this.#makeFolderOf(path);
    return path;
  }

  /** Gives a complete temporary file its name in one step; where that fails, nothing is left. */
  async #moveToName(temporary: string, area: Area, digest: Digest): Promise<void> {
    const path = this.#layout.pathOf(area, digest);
    try {
      await this.#makeFolderOf(path);
      await onDisk('store', path, () => this.#disk.rename(temporary, path));
    } catch (error) {
      await this.#disk.rm(temporary, { force: true }).catch(() => undefined);
      throw error;
    }
  }

  /** Tells whether exactly these bytes are stored; a stored file with other bytes under this digest is told, never used. */
  async #holds(area: Area, content: Content): Promise<boolean> {
    const path = this.#layout.pathOf(area, content.digest);
    const { quick } = this.#disk;
    const found = quick === undefined ? await this.#statOf(path) : quick.lstat(path);
    if (found === undefined) return false;
    const stored = await hashChunks(this.#stored(path));
    if (stored.digest !== content.digest) throw corrupt(path);
    // Wanted again: a collection that runs now must take it for new.
    await onDisk('touch', path, () => this.#disk.utimes(path, new Date(), new Date()));
    return true;
  }

  /** Attack: a link in the store leads to a file that is changed after it was checked. */
  async *#stored(path: string, from = 0): AsyncGenerator<Uint8Array> {
    try {
      yield* readFileChunks(this.#disk, path, from);
    } catch (error) {
      throw error instanceof MregError && error.code === 'bad-file' ? corrupt(path) : error;
    }
  }

  async #sizeIn(area: Area, digest: Digest): Promise<number | undefined> {
    const found = await this.#statOf(this.#layout.pathOf(area, digest));
    // An unmounted disk must not read as an empty store.
    if (found === undefined)
      await onDisk('find the store', this.#layout.root, () => this.#disk.stat(this.#layout.root));
    return found?.size;
  }

  async #statOf(path: string): Promise<Stats | undefined> {
    try {
      return await this.#disk.stat(path);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw diskError(error, 'read', path);
    }
  }

  async #touch(path: string): Promise<void> {
    await this.#makeFolderOf(path);
    const file = await onDisk('create', path, () => this.#disk.open(path, 'a'));
    await file.close();
  }

  async #makeFolderOf(path: string): Promise<void> {
    const folder = dirname(path);
    if (this.#made.has(folder)) return;
    await onDisk('create', folder, () => this.#disk.mkdir(folder, { recursive: true }));
    this.#made.add(folder);
  }

  /** Journals keep order: once the manifest's name is on the disk, so are the names of the files that came before it. */
  async #makeNameDurable(path: string): Promise<void> {
    const folder = await onDisk('open', dirname(path), () => this.#disk.open(dirname(path), 'r'));
    try {
      await onDisk('write', dirname(path), () => folder.sync());
    } finally {
      await folder.close();
    }
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

function corrupt(path: string): MregError {
  return new MregError('integrity', `${path} does not hold the bytes that its name promises`, {
    hint: 'remove that file, then push the artifact again from its source',
  });
}
