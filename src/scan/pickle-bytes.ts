/** Asks for more bytes by yielding; is given a chunk, or undefined at the end. */
export type Reading<T> = Generator<undefined, T, Uint8Array | undefined>;

/** Thrown inside the reader only: what is read is no pickle, or is cut. */
export class PickleFault extends Error {}

/** Bytes that come in chunks, read as numbers, lines and counted pieces; holds no more than one chunk and what is asked for. */
export class PickleBytes {
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  #ended = false;
  /** Bytes that were read so far. */
  consumed = 0;

  /** Returns the next byte, or undefined at the end. */
  *next(): Reading<number | undefined> {
    if (this.#at >= this.#chunk.length && !(yield* this.#refill())) return undefined;
    this.consumed += 1;
    const byte = this.#chunk[this.#at];
    this.#at += 1;
    return byte;
  }

  /** Tells whether anything is left, without taking it. */
  *hasMore(): Reading<boolean> {
    return this.#at < this.#chunk.length || (yield* this.#refill());
  }

  /** Returns exactly `length` bytes. */
  *take(length: number): Reading<Uint8Array> {
    const end = this.#at + length;
    if (end <= this.#chunk.length) {
      const piece = this.#chunk.subarray(this.#at, end);
      this.#at = end;
      this.consumed += length;
      return piece;
    }
    const piece = new Uint8Array(length);
    for (let have = 0; have < length;) {
      if (this.#at >= this.#chunk.length && !(yield* this.#refill())) throw new PickleFault('it is cut short');
      const part = this.#chunk.subarray(this.#at, this.#at + length - have);
      piece.set(part, have);
      have += part.length;
      this.#at += part.length;
    }
    this.consumed += length;
    return piece;
  }

  /** Passes over `length` bytes without holding them. */
  *skip(length: number): Reading<void> {
    for (let left = length; left > 0;) {
      if (this.#at >= this.#chunk.length && !(yield* this.#refill())) throw new PickleFault('it is cut short');
      const step = Math.min(left, this.#chunk.length - this.#at);
      this.#at += step;
      this.consumed += step;
      left -= step;
    }
  }

  /** Returns the bytes up to a line feed, of which no more than `most` are kept. */
  *line(most: number): Reading<{ readonly bytes: Uint8Array; readonly isWhole: boolean }> {
    const kept: number[] = [];
    for (let length = 0; ; length += 1) {
      const byte = yield* this.next();
      if (byte === undefined) throw new PickleFault('it is cut short');
      if (byte === 0x0a) return { bytes: Uint8Array.from(kept), isWhole: length <= most };
      if (length < most) kept.push(byte);
    }
  }

  /** Returns a little-endian number without sign of `width` bytes. */
  *number(width: 1 | 2 | 4 | 8): Reading<number> {
    const bytes = yield* this.take(width);
    const value = bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
    if (!Number.isSafeInteger(value)) throw new PickleFault('a length is out of range');
    return value;
  }

  *#refill(): Reading<boolean> {
    while (!this.#ended) {
      const chunk = yield;
      if (chunk === undefined) this.#ended = true;
      else if (chunk.length > 0) {
        this.#chunk = chunk;
        this.#at = 0;
        return true;
      }
    }
    return false;
  }
}
