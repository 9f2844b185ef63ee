import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Digest } from '../documents/digest.ts';
import type { Disk } from './disk.ts';
import { flushFiles } from './flush.ts';
import type { Area } from './local-layout.ts';
import type { QuickDisk } from './quick-disk.ts';

/** So many small files are brought onto the disk together; a crash before costs no more than these. */
const MAX_FILES = 4096;
const MAX_BYTES = 64 * 1024 * 1024;
/** What a batch is given. */
export interface BatchOptions {
  readonly disk: Disk;
  readonly quick: QuickDisk;
  readonly temporaryFolder: string;
  /** Returns the place for some bytes, whose folder is there. */
  readonly placeOf: (area: Area, digest: Digest) => Promise<string>;
  readonly mode: number;
}

interface Held {
  readonly area: Area;
  readonly temporary: string;
  readonly digest: Digest;
}

/** Small new files under temporary names, which get their own names together once all of them are on the disk. */
export class LocalBatch {
  readonly #options: BatchOptions;
  #held = new Map<string, Held>();
  #bytes = 0;

  constructor(options: BatchOptions) {
    this.#options = options;
  }

  /** Takes bytes in that are not stored yet. */
  async add(area: Area, digest: Digest, bytes: Uint8Array): Promise<void> {
    const place = `${area} ${digest}`;
    if (this.#held.has(place)) return;
    const { quick, temporaryFolder, mode } = this.#options;
    const temporary = join(temporaryFolder, randomUUID());
    this.#held.set(place, { area, temporary, digest });
    quick.write(temporary, bytes, mode);
    this.#bytes += bytes.length;
    if (this.#held.size >= MAX_FILES || this.#bytes >= MAX_BYTES) await this.finish();
  }

  /** Stores everything that was taken in, in that order; the bytes are on the disk then, their names not yet. */
  async finish(): Promise<void> {
    const held = [...this.#held.values()];
    this.#held = new Map();
    this.#bytes = 0;
    try {
      const { disk, temporaryFolder } = this.#options;
      await flushFiles(
        disk,
        temporaryFolder,
        held.map(({ temporary }) => temporary),
      );
      for (const { area, temporary, digest } of held) {
        this.#options.quick.rename(temporary, await this.#options.placeOf(area, digest));
      }
    } catch (error) {
      await this.#remove(held);
      throw error;
    }
  }

  /** Lets go of what has no name yet. */
  async drop(): Promise<void> {
    await this.#remove([...this.#held.values()]);
  }

  async #remove(held: readonly Held[]): Promise<void> {
    const { disk } = this.#options;
    for (const { temporary } of held) await disk.rm(temporary, { force: true }).catch(() => undefined);
  }
}
