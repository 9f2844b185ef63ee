import { pathToFileURL } from 'node:url';
import type { Digest } from '../documents/digest.ts';
import { type Manifest, type ManifestFile, manifestDigest, parseManifest } from '../documents/manifest.ts';
import { type Disk, realDisk } from './disk.ts';
import { onDisk } from './disk-error.ts';
import { forEachFile } from './each-file.ts';
import { hashSource, holdChunks } from './file-bytes.ts';
import { collectLocal } from './local-collection.ts';
import { localLayout } from './local-layout.ts';
import { corrupt, LocalShelf } from './local-shelf.ts';
import { storeFiles } from './local-writer.ts';
import { missingFile, unknownArtifact } from './store-errors.ts';
import type {
  ArtifactStore,
  Linkable,
  OpenOptions,
  PushedArtifact,
  ReadArtifact,
  SourceFile,
  TransferOptions,
  WriteOptions,
} from './port.ts';

/** What a test may replace. */
export interface LocalStoreOptions {
  readonly disk?: Disk;
}

/** Returns the store in the folder `root`, which is made when the first artifact comes. */
export function openLocalStore(root: string, { disk = realDisk }: LocalStoreOptions = {}): ArtifactStore {
  return new LocalStore(new LocalShelf(localLayout(root), disk));
}

class LocalStore implements ArtifactStore {
  readonly url: string;
  readonly collectable;
  readonly linkable: Linkable;
  readonly #shelf: LocalShelf;

  constructor(shelf: LocalShelf) {
    const { layout, disk } = shelf;
    this.url = pathToFileURL(layout.root).href;
    this.#shelf = shelf;
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
    return (await this.#shelf.sizeIn('manifests', artifact)) !== undefined;
  }

  sizeOf(_key: Digest, file: ManifestFile): Promise<number | undefined> {
    return this.#shelf.sizeIn('blobs', file.digest);
  }

  async *open(key: Digest, file: ManifestFile, { from = 0 }: OpenOptions = {}): AsyncIterable<Uint8Array> {
    if ((await this.sizeOf(key, file)) === undefined) throw missingFile(this.url, file);
    yield* this.#shelf.read(this.#shelf.layout.pathOf('blobs', file.digest), from);
  }

  async readManifest(artifact: Digest): Promise<Manifest> {
    if (!(await this.has(artifact))) throw unknownArtifact(this.uriOf(artifact));
    const path = this.#shelf.layout.pathOf('manifests', artifact);
    const { bytes, content } = await holdChunks(this.#shelf.read(path));
    const manifest = parseManifest(bytes, path);
    if (content.digest !== artifact || !manifest.ok) throw corrupt(path);
    return manifest.value;
  }

  async write(files: readonly SourceFile[], { dryRun = false, ...options }: WriteOptions): Promise<PushedArtifact> {
    const read = dryRun ? await readFiles(files, options) : await storeFiles(this.#shelf, files, options);
    return { ...read, key: read.digest, uri: this.uriOf(read.digest) };
  }
}

async function readFiles(files: readonly SourceFile[], options: TransferOptions): Promise<ReadArtifact> {
  const manifest = await forEachFile(files, options, hashSource);
  return { digest: manifestDigest(manifest.files), manifest };
}
