/** One reader of bytes that somebody else may have written. */
export interface FuzzTarget {
  /** Short and stable: a folder of `found` and a word of the command line. */
  readonly name: string;
  /** Real samples: what the mutations start from. */
  readonly seeds: readonly Uint8Array[];
  /** What means something to this reader: put in, here and there. */
  readonly tokens?: readonly (string | Uint8Array)[];
  /**
   * Reads the bytes. Returns, whatever it made of them, or throws MregError; anything else that is thrown is a find: a
   * bug, or a law that does not hold.
   */
  run(bytes: Uint8Array): unknown;
}

/** Returns the samples as bytes. */
export function textSeeds(texts: readonly string[]): readonly Uint8Array[] {
  return texts.map((text) => Buffer.from(text));
}

/** Throws unless a law holds for an input. */
export function mustHold(condition: boolean, law: string): void {
  if (!condition) throw new Error(`does not hold: ${law}`);
}
