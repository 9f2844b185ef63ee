import { randomUUID } from 'node:crypto';
import { sep } from 'node:path';
import type { Digest } from '../documents/digest.ts';
import type { Disk } from './disk.ts';
import { flushFiles } from './flush.ts';
import type { Area } from './local-layout.ts';
import { folderOf, type LocalShelf, STORED_MODE } from './local-shelf.ts';
import type { QuickDisk } from './quick-disk.ts';

/** So many small files are brought onto the disk together; a crash before costs no more than these. */
const MAX_FILES = 32 * 1024;
const MAX_BYTES = 256 * 1024 * 1024;

interface Held {
  readonly area: Area;
  readonly temporary: string;
  readonly digest: Digest;
}

/** Small new files under temporary names, which get their own names together once all of them are on the disk. */
export class LocalBatch {
  readonly #disk: Disk;
  readonly #quick: QuickDisk;
  readonly #shelf: LocalShelf;
  readonly #prefix: string;
  /** What this batch has taken in, whether it has its name already or not. */
  readonly #taken = new Set<Digest>();
  /** Folders that this batch has made: what lies in one, it has put there itself, or somebody beside it who has the same. */
  readonly #fresh = new Set<string>();
  #held: Held[] = [];
  #bytes = 0;

  constructor(shelf: LocalShelf, quick: QuickDisk) {
    this.#disk = shelf.disk;
    this.#quick = quick;
    this.#shelf = shelf;
    this.#prefix = `${shelf.layout.temporaryFolder}${sep}${randomUUID()}-`;
  }

  /** Tells whether it must be finished before it takes more in. */
  get isFull(): boolean {
    return this.#held.length >= MAX_FILES || this.#bytes >= MAX_BYTES;
  }

  /** Tells whether these bytes were taken in before. */
  has(digest: Digest): boolean {
    return this.#taken.has(digest);
  }

  /** Tells that nothing lies in the place of these bytes. */
  isFree(area: Area, digest: Digest): boolean {
    const path = this.#shelf.layout.pathOf(area, digest);
    const folder = folderOf(path);
    if (this.#shelf.makeFolderNow(this.#quick, path)) this.#fresh.add(folder);
    return this.#fresh.has(folder) || this.#quick.lstat(path) === undefined;
  }

  /** Takes bytes in that are not stored yet. */
  add(area: Area, digest: Digest, bytes: Uint8Array): void {
    const temporary = `${this.#prefix}${String(this.#taken.size)}`;
    this.#held.push({ area, temporary, digest });
    this.#taken.add(digest);
    this.#quick.write(temporary, bytes, STORED_MODE);
    this.#bytes += bytes.length;
  }

  /** Stores everything that was taken in, in that order; the bytes are on the disk then, their names not yet. */
  async finish(): Promise<void> {
    const held = this.#held;
    this.#held = [];
    this.#bytes = 0;
    try {
      await flushFiles(
        this.#disk,
        this.#shelf.layout.temporaryFolder,
        held.map(({ temporary }) => temporary),
      );
      for (const each of held) this.#name(each);
    } catch (error) {
      await this.#remove(held);
      throw error;
    }
  }

  #name({ area, temporary, digest }: Held): void {
    const path = this.#shelf.layout.pathOf(area, digest);
    this.#shelf.makeFolderNow(this.#quick, path);
    this.#quick.rename(temporary, path);
  }

  /** Lets go of what has no name yet. */
  async drop(): Promise<void> {
    await this.#remove(this.#held);
  }

  async #remove(held: readonly Held[]): Promise<void> {
    for (const { temporary } of held) await this.#shelf.drop(temporary);
  }
}
