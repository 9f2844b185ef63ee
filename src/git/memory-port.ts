import type { ObjectType } from './object-id.ts';
import type { RefMove, Repository } from './port.ts';

/** What a repository in memory is connected to. */
export interface MemoryOptions {
  /** What HEAD names; `refs/heads/main` when absent. */
  readonly head?: string;
  readonly remotes?: Readonly<Record<string, MemoryRepository>>;
  /** The pre-receive hook of pushes to this repository: a text refuses. */
  readonly receive?: (moves: readonly RefMove[]) => Promise<string | undefined>;
}

/** An object as it is kept. */
export interface MemoryObject {
  readonly type: ObjectType;
  readonly bytes: Buffer;
}

/** A bare repository in memory. Its maps are open, so that a test can take an object away or damage a ref. */
export interface MemoryRepository extends Repository {
  readonly objects: Map<string, MemoryObject>;
  readonly refMap: Map<string, string>;
  readonly receive: MemoryOptions['receive'];
}
