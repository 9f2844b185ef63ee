/** One entry of a git tree. `mode` is git's own, without leading zero changes: `100644`, `100755`, `120000`, `160000`, `40000`. */
export interface TreeEntry {
  readonly name: string;
  readonly mode: string;
  readonly oid: string;
}

/** Where objects are read from; adapters live in git/. Reads throw MregError('integrity') on a corrupt or missing object. */
export interface ObjectSource {
  readTree(oid: string): Promise<readonly TreeEntry[]>;
  /** Reads a blob of at most `maxBytes`; returns undefined when it is larger, without loading it. */
  readBlob(oid: string, maxBytes: number): Promise<Uint8Array | undefined>;
}

/** The commit facts that judging needs. Author and times are claims, never proof. */
export interface CommitFacts {
  readonly oid: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly subject: string;
  readonly trailers: Readonly<Record<string, string>>;
  readonly author: { readonly name: string; readonly email: string };
  /** Committer time as claimed. */
  readonly committedAt: Date;
  /** The `gpgsig` header's armour and the exact bytes it signs, when the commit has one. */
  readonly signature: { readonly armour: string; readonly payload: Uint8Array } | undefined;
}

/** Reads history along first parents. */
export interface History {
  readCommit(oid: string): Promise<CommitFacts>;
  /** Tells whether `ancestor` is reachable from `descendant` (a commit reaches itself). */
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
  /** First-parent commits in `base..tip` that change anything at or below `path`, newest first. */
  commitsTouching(path: string, base: string, tip: string): Promise<readonly string[]>;
}
