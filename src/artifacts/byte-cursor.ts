/** A place in a stream of bytes, from which exact amounts can be taken one after the other. */
export class ByteCursor {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Uint8Array = new Uint8Array();

  private constructor(chunks: AsyncIterator<Uint8Array>) {
    this.#chunks = chunks;
  }

  /** Returns a cursor `offset` bytes after the beginning of `chunks`. */
  static async at(chunks: AsyncIterable<Uint8Array>, offset: number): Promise<ByteCursor> {
    const cursor = new ByteCursor(chunks[Symbol.asyncIterator]());
    let left = offset;
    while (left > 0 && (await cursor.#fill())) left -= cursor.#cut(left).length;
    return cursor;
  }

  /** Yields the next `length` bytes, fewer when the stream ends before. A chunk is valid only until the next is asked for. */
  async *take(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0 && (await this.#fill())) {
      const piece = this.#cut(left);
      left -= piece.length;
      yield piece;
    }
  }

  /** Lets go of what the bytes come from. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #fill(): Promise<boolean> {
    while (this.#held.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#held = next.value;
    }
    return true;
  }

  #cut(length: number): Uint8Array {
    const piece = this.#held.subarray(0, length);
    this.#held = this.#held.subarray(piece.length);
    return piece;
  }
}
