/** A check that keeps an attack out, how it is switched off, and the test that then fails. */
export interface Defence {
  /** Short and stable: `key-of-two-people`. */
  readonly id: string;
  /** What gets through without it. */
  readonly attack: string;
  /** Where the check stands. */
  readonly file: string;
  /** Its text, which the file holds once, and what takes its place. */
  readonly off: readonly [from: string, to: string];
  /** The test file, and what the title of the failing test holds. */
  readonly test: string;
  readonly title: string;
  /** Set where the test runs the built program. */
  readonly needsBuild?: true;
}
