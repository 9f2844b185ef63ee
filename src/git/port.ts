import type { History, ObjectSource } from '../registry/snapshot.ts';

/** Moves of refs in one transaction; `old` undefined means the ref must not exist, `new` undefined deletes it. */
export interface RefMove {
  readonly ref: string;
  readonly old: string | undefined;
  readonly new: string | undefined;
}

/** What a commit will hold, before it is signed. Times are UTC. */
export interface CommitDraft {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly at: Date;
}

/** What is checked out. */
export interface HeadState {
  /** `refs/heads/main`, or undefined when HEAD is detached. */
  readonly ref: string | undefined;
  readonly commit: string | undefined;
}

/** What a push ended in. `moved` is a lost race: fetch and judge again; `refused` a hook's word, its text kept. */
export type PushResult =
  | { readonly state: 'ok' }
  | { readonly state: 'moved'; readonly text: string }
  | { readonly state: 'refused'; readonly text: string }
  | { readonly state: 'unreachable'; readonly text: string };

/** A push of one ref: `new` undefined deletes it. */
export interface PushMove {
  readonly ref: string;
  readonly new: string | undefined;
  /**
   * When the property is present, the remote's ref must be exactly there (undefined: must not exist) and may then move
   * in any direction. When it is absent, only a fast-forward is pushed.
   */
  readonly old?: string | undefined;
}

/** How a move of refs ended; `moved` is a lost race: some ref was not where the mover thought it was. */
export type MoveResult = 'done' | 'moved';

/** The repository as mreg uses it: git for reading and for refs, objects built in-process, never the index. */
export interface Repository extends ObjectSource, History {
  readonly gitDir: string;
  readonly commonDir: string;
  /** Root of the checked-out files, or undefined in a bare repository. */
  readonly workTree: string | undefined;

  /** The size of a blob in bytes, without loading it. */
  blobSize(oid: string): Promise<number>;
  /** Yields a blob of any size in pieces; what was yielded is proven to be what the id says only at its end. */
  streamBlob(oid: string): AsyncIterable<Uint8Array>;

  /** The commit that `revision` names, or undefined when there is none. A damaged ref throws: it is not "none". */
  resolve(revision: string): Promise<string | undefined>;
  head(): Promise<HeadState>;
  /** Every ref that starts with `prefix`, by name. */
  refs(prefix: string): Promise<readonly { readonly ref: string; readonly oid: string }[]>;
  /** First-parent commits of `range` (`a..b` or a tip), newest first; with `path` only those that change it. */
  firstParents(
    range: string,
    options?: { readonly path?: string; readonly limit?: number },
  ): Promise<readonly string[]>;

  /** The newest first-parent commit up to `tip` that changes anything in each of `folders`, in one walk; those without one are left out. */
  newestTouching(folders: readonly string[], tip: string): Promise<ReadonlyMap<string, string>>;

  /** Writes `baseTree` with `edits` applied (null removes, emptied folders vanish); returns the new tree. Durable when it returns. */
  writeTree(baseTree: string | undefined, edits: ReadonlyMap<string, Uint8Array | null>): Promise<string>;
  /** Writes a commit; `sign` gets the exact payload and returns an SSHSIG armour of namespace `git`. */
  writeCommit(draft: CommitDraft, sign?: (payload: Uint8Array) => Promise<string>): Promise<string>;
  /** Moves all refs or none; `moved` when an old value does not hold. Throws MregError('locked') on a stale lock file. */
  moveRefs(moves: readonly RefMove[], reason: string): Promise<MoveResult>;

  /** The tree of what is staged, as the commit being made would hold it (pre-commit). Writes tree objects. */
  indexTree(): Promise<string>;
  /**
   * Of `paths`, those that the user has changed in index or worktree against `tree`. A path that is as in one of
   * `behind` is not counted: it is merely not refreshed yet (an earlier run was killed), and its content is in history.
   */
  dirtyPaths(
    tree: string | undefined,
    paths: readonly string[],
    behind?: readonly string[],
  ): Promise<readonly string[]>;
  /**
   * Brings index and worktree of exactly `paths` to what `tree` holds; the user's other changes stay as they are.
   * Returns the paths whose files were left alone: in the way of them stands a link or a folder, or, with `oldTree`
   * given, content that is neither the old nor the new.
   */
  refreshWorktree(tree: string, paths: readonly string[], oldTree?: string): Promise<readonly string[]>;

  /** The value of a git config key (the last one when there are several), or undefined. */
  readConfig(key: string): Promise<string | undefined>;
  /** Sets a key in the repository's own config. */
  writeConfig(key: string, value: string): Promise<void>;
  remotes(): Promise<readonly string[]>;
  /** Fetches `refspecs` from `remote`, pruning what is gone there. `refused`: reachable, but it lacks what was asked. */
  fetch(remote: string, refspecs: readonly string[]): Promise<PushResult>;
  /** Pushes all `moves` or none. A push that had arrived already, its answer lost, is `ok`. */
  push(remote: string, moves: readonly PushMove[]): Promise<PushResult>;

  /** Ends helper processes. Reading afterwards starts them again. */
  close(): Promise<void>;
}
