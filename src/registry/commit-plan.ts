/** A document that the writer signs when the plan is carried out; the signature lands beside it as `<path>.sig`. */
export interface SignatureWish {
  readonly path: string;
  readonly namespace: string;
  /** Where the signature goes, when it is not `<path>.sig` (an approval). */
  readonly to?: string;
}

/**
 * Every change of a registry: what to write (text, exact bytes, or null to remove), what to sign, and what the commit says. Pure: a dry run
 * prints it, a test compares it.
 */
export interface CommitPlan {
  readonly edits: ReadonlyMap<string, string | Uint8Array | null>;
  readonly signatures: readonly SignatureWish[];
  readonly subject: string;
  readonly body?: string;
  readonly trailers: Readonly<Record<string, string>>;
}
