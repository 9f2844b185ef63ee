import type { Digest } from '../documents/digest.ts';
import type { CleanModels } from './clean-models.ts';
import type { Snapshot, Source } from './snapshot.ts';

/** What verifying a state reads beside the state itself. */
export interface VerifyContext {
  readonly source: Source;
  readonly snapshot: Snapshot;
  /** First-parent commits of the state, newest first, each with its place in that order. */
  readonly line: ReadonlyMap<string, number>;
  /** Returns the first-parent commits of the state that change anything at or below a path, newest first. */
  readonly changing: (path: string) => Promise<readonly string[]>;
  /** Digest of the first trust root; undefined where nothing is pinned yet. */
  readonly pinnedRoot: Digest | undefined;
  /**
   * True where the registry arrived with models in its first commit: a copy, whose own history is elsewhere. A registry
   * that was started here never does, so nobody can pass a rewritten history off as one.
   */
  readonly isCopy?: boolean;
  /** What need not be read again, by the ground that it was verified on; absent where everything is to be read. */
  readonly clean?: (ground: Digest) => CleanModels;
  /** Called after each signed document. */
  readonly onDocument?: () => void;
}

/** Returns the state at a commit. */
export async function stateAt({ source }: Pick<VerifyContext, 'source'>, commit: string): Promise<Snapshot> {
  const { tree } = await source.readCommit(commit);
  return { objects: source, commit, tree };
}
