import { readPart, type Part } from './download.ts';
import type { Conversation } from './conversation.ts';

/** Small files that lie beside each other come with one request. */
const WINDOW_BYTES = 4 * 1024 * 1024;
/** With four files read at once; the least lately used go first. */
const MAX_WINDOWS = 10;

/** Reads small parts of blobs through a few large ones, which it remembers. */
export class Windows {
  readonly #conversation: Conversation;
  readonly #known = new Map<string, Promise<Uint8Array>>();

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  /** Yields a part of a blob, fewer bytes where it is shorter. */
  async *read(part: Part): AsyncGenerator<Uint8Array> {
    const end = part.offset + part.length;
    for (let at = part.offset; at < end;) {
      const start = at - (at % WINDOW_BYTES);
      const piece = (await this.#window(part, start)).subarray(at - start, end - start);
      if (piece.length === 0) return;
      yield piece;
      at += piece.length;
    }
  }

  async #window(part: Part, start: number): Promise<Uint8Array> {
    const name = `${part.digest} ${String(start)}`;
    const window = this.#known.get(name) ?? this.#fetch({ ...part, offset: start, length: WINDOW_BYTES });
    this.#known.delete(name);
    this.#known.set(name, window);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= MAX_WINDOWS) break;
      this.#known.delete(oldest);
    }
    try {
      return await window;
    } catch (error) {
      this.#known.delete(name);
      throw error;
    }
  }

  async #fetch(part: Part): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for await (const piece of readPart(this.#conversation, part)) pieces.push(Uint8Array.from(piece));
    return Buffer.concat(pieces);
  }
}
