/**
 * Reads ssh's wire encoding (RFC 4251, section 5) off a buffer. A read past the end does not throw: it returns
 * nothing and makes `intact` false for good, so that a caller reads a whole structure and asks once.
 */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #intact = true;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether every read so far found its bytes. */
  get intact(): boolean {
    return this.#intact;
  }

  /** Whether nothing is left to read. */
  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** Returns the next `count` bytes, or none when there are not that many. */
  bytes(count: number): Uint8Array {
    if (!this.#intact || count > this.#bytes.length - this.#at) {
      this.#intact = false;
      return new Uint8Array(0);
    }
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  uint8(): number {
    return this.bytes(1)[0] ?? 0;
  }

  uint32(): number {
    const four = this.bytes(4);
    return four.length === 4 ? Buffer.from(four).readUInt32BE(0) : 0;
  }

  /** Returns the bytes of a length-prefixed string. */
  string(): Uint8Array {
    return this.bytes(this.uint32());
  }

  /** Returns a length-prefixed string one character a byte: what is not ASCII equals no name that ssh uses. */
  name(): string {
    return Buffer.from(this.string()).toString('latin1');
  }

  /** Returns everything that is left. */
  rest(): Uint8Array {
    return this.bytes(this.#bytes.length - this.#at);
  }
}

/** Returns `value` as four bytes, most significant first. */
export function wireUint32(value: number): Uint8Array {
  const four = Buffer.alloc(4);
  four.writeUInt32BE(value);
  return four;
}

/** Returns `value` as a length-prefixed string. */
export function wireString(value: Uint8Array | string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([wireUint32(bytes.length), bytes]);
}

/** Tells whether two byte strings are equal. Not constant-time: for public values only. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Decodes base64 that is exactly what an encoder writes: no spaces, right padding, unused bits zero. */
export function decodeBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  // Node's decoder is lenient; encoding again leaves one spelling a value, so no two signatures differ only in spelling.
  return bytes.toString('base64') === text ? bytes : undefined;
}
