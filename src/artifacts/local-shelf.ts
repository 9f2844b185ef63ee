import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { Digest } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { Disk } from './disk.ts';
import { diskError, onDisk, systemCode } from './disk-error.ts';
import { hashChunks, readFileChunks, writeNewFile } from './file-bytes.ts';
import type { Area, LocalLayout } from './local-layout.ts';
import type { ByteOptions, Content } from './port.ts';
import type { QuickDisk } from './quick-disk.ts';

/** Stored bytes are for reading only: an editor, a training script or `>` must fail on them. */
export const STORED_MODE = 0o444;

/** The folder of a local store: bytes under their digests, each written under another name first. */
export class LocalShelf {
  readonly layout: LocalLayout;
  readonly disk: Disk;
  /** Folders that this process made or found, so that ten thousand small files do not ask again each. */
  readonly #made = new Set<string>();

  constructor(layout: LocalLayout, disk: Disk) {
    this.layout = layout;
    this.disk = disk;
  }

  /** Returns the stored size of some bytes, or undefined when they are absent. */
  async sizeIn(area: Area, digest: Digest): Promise<number | undefined> {
    const found = await this.#statOf(this.layout.pathOf(area, digest));
    // An unmounted disk must not read as an empty store.
    if (found === undefined) await onDisk('find the store', this.layout.root, () => this.disk.stat(this.layout.root));
    return found?.size;
  }

  /** Yields the bytes of a stored file. Attack: a link in the store leads to a file that is changed after it was checked. */
  async *read(path: string, from = 0): AsyncGenerator<Uint8Array> {
    try {
      yield* readFileChunks(this.disk, path, from);
    } catch (error) {
      throw error instanceof MregError && error.code === 'bad-file' ? corrupt(path) : error;
    }
  }

  /** Tells whether exactly these bytes are stored; a stored file with other bytes under this digest is told, never used. */
  async holds(area: Area, content: Content): Promise<boolean> {
    const path = this.layout.pathOf(area, content.digest);
    if ((await this.#statOf(path)) === undefined) return false;
    const stored = await hashChunks(this.read(path));
    if (stored.digest !== content.digest) throw corrupt(path);
    // Wanted again: a collection that runs now must take it for new.
    await onDisk('touch', path, () => this.disk.utimes(path, new Date(), new Date()));
    return true;
  }

  /** Tells whether content of this size was stored once. */
  async hasSize(sizeBytes: number): Promise<boolean> {
    return (await this.#statOf(this.layout.sizeHint(sizeBytes))) !== undefined;
  }

  /** Leaves the hint that content of this size is stored. */
  async noteSize(sizeBytes: number): Promise<void> {
    const path = this.layout.sizeHint(sizeBytes);
    await this.makeFolderOf(path);
    const file = await onDisk('create', path, () => this.disk.open(path, 'a'));
    await file.close();
  }

  /** Returns the place for some bytes, whose folder is there. */
  async placeOf(area: Area, digest: Digest): Promise<string> {
    const path = this.layout.pathOf(area, digest);
    await this.makeFolderOf(path);
    return path;
  }

  /** Makes the folder of `path` unless it is there, at once; returns whether nothing can have been in it. */
  makeFolderNow(quick: QuickDisk, path: string): boolean {
    const folder = folderOf(path);
    if (this.#made.has(folder)) return false;
    this.#made.add(folder);
    return quick.makeFolder(folder);
  }

  /** Writes bytes durably under a temporary name and returns it with what was written. */
  async writeTemporary(
    chunks: AsyncIterable<Uint8Array>,
    options: ByteOptions = {},
  ): Promise<{ readonly path: string; readonly content: Content }> {
    const path = join(this.layout.temporaryFolder, randomUUID());
    await this.makeFolderOf(path);
    return { path, content: await writeNewFile(this.disk, path, { ...options, chunks, mode: STORED_MODE }) };
  }

  /** Gives a complete temporary file its name in one step; where that fails, nothing is left. */
  async moveToName(temporary: string, area: Area, digest: Digest): Promise<void> {
    try {
      const path = await this.placeOf(area, digest);
      await onDisk('store', path, () => this.disk.rename(temporary, path));
    } catch (error) {
      await this.drop(temporary);
      throw error;
    }
  }

  /** Removes a temporary file; one that is gone is removed already. */
  async drop(temporary: string): Promise<void> {
    await this.disk.rm(temporary, { force: true }).catch(() => undefined);
  }

  /** Makes the folder of `path` unless it is there. */
  async makeFolderOf(path: string): Promise<void> {
    const folder = folderOf(path);
    if (this.#made.has(folder)) return;
    await onDisk('create', folder, () => this.disk.mkdir(folder, { recursive: true }));
    this.#made.add(folder);
  }

  /** Journals keep order: once the manifest's name is on the disk, so are the names of the files that came before it. */
  async makeNameDurable(path: string): Promise<void> {
    const folder = await onDisk('open', dirname(path), () => this.disk.open(dirname(path), 'r'));
    try {
      await onDisk('write', dirname(path), () => folder.sync());
    } finally {
      await folder.close();
    }
  }

  async #statOf(path: string): Promise<Stats | undefined> {
    try {
      return await this.disk.stat(path);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw diskError(error, 'read', path);
    }
  }
}

/** Returns the folder of a path of the store; `dirname` looks for more than these have, ten thousand times. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf(sep));
}

/** Returns the error of a stored file that holds other bytes than its name says. */
export function corrupt(path: string): MregError {
  return new MregError('integrity', `${path} does not hold the bytes that its name promises`, {
    hint: 'remove that file, then push the artifact again from its source',
  });
}
