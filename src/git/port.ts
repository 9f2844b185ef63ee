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

export interface HeadState {
  /** `refs/heads/main`, or undefined when HEAD is detached. */
  readonly ref: string | undefined;
  readonly commit: string | undefined;
}

/** What a push ended in. `rejected` with `moved` is a lost race; with `refused` a hook's word, its text kept. */
export type PushResult =
  | { readonly state: 'ok' }
  | { readonly state: 'moved'; readonly text: string }
  | { readonly state: 'refused'; readonly text: string }
  | { readonly state: 'unreachable'; readonly text: string };

/** The repository as mreg uses it: git for reading and for refs, objects built in-process, never the index. */
export interface Repository extends ObjectSource, History {
  readonly gitDir: string;
  readonly commonDir: string;
  /** Root of the checked-out files, or undefined in a bare repository. */
  readonly workTree: string | undefined;

  resolve(revision: string): Promise<string | undefined>;
  head(): Promise<HeadState>;
  refs(prefix: string): Promise<readonly { readonly ref: string; readonly oid: string }[]>;
  /** First-parent commits of `range` (`a..b` or a tip), newest first; with `path` only those that change it. */
  firstParents(
    range: string,
    options?: { readonly path?: string; readonly limit?: number },
  ): Promise<readonly string[]>;

  /** Writes `baseTree` with `edits` applied (null removes, emptied folders vanish); returns the new tree. Durable when it returns. */
  writeTree(baseTree: string | undefined, edits: ReadonlyMap<string, Uint8Array | null>): Promise<string>;
  /** Writes a commit; `sign` gets the exact payload and returns an SSHSIG armour of namespace `git`. */
  writeCommit(draft: CommitDraft, sign?: (payload: Uint8Array) => Promise<string>): Promise<string>;
  /** Moves all refs or none; throws MregError('locked') when an old value does not hold. */
  moveRefs(moves: readonly RefMove[], reason: string): Promise<void>;

  /** Of `paths`, those that the user has changed in index or worktree against `tree`. */
  dirtyPaths(tree: string | undefined, paths: readonly string[]): Promise<readonly string[]>;
  /** Brings index and worktree of exactly `paths` to what `tree` holds; the user's other changes stay as they are. */
  refreshWorktree(tree: string, paths: readonly string[]): Promise<void>;

  readConfig(key: string): Promise<string | undefined>;
  writeConfig(key: string, value: string): Promise<void>;
  remotes(): Promise<readonly string[]>;
  /** Fetches the protected branch and the request branches of `remote`, pruning requests that are gone. */
  fetch(remote: string, refspecs: readonly string[]): Promise<PushResult>;
  /** Pushes `moves` (oid or undefined to delete, to ref) atomically. */
  push(
    remote: string,
    moves: readonly { readonly ref: string; readonly new: string | undefined; readonly old?: string | undefined }[],
  ): Promise<PushResult>;
}
