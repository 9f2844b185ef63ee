import type { Digest } from '../documents/digest.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import type { Refusal } from '../documents/refusal.ts';
import type { Trust } from '../trust/trust.ts';
import type { Stored } from './read-file.ts';
import type { Snapshot } from './snapshot.ts';

/** The stretch of history in which one trust root was in force. */
export interface Era {
  readonly trust: Trust;
  readonly root: Stored<TrustRootDocument>;
  /** The newest commit under this root, and its state: the last that its keys can vouch for. */
  readonly last: Snapshot;
  readonly isCurrent: boolean;
}

/** Every trust root from the first one to that in force. */
export interface TrustLine {
  /** Newest first; empty when the chain is broken before it reaches any sound root. */
  readonly eras: readonly Era[];
  readonly firstRoot: Digest | undefined;
  /** True where models came along with the first root: the registry's own history is elsewhere. */
  readonly isCopy: boolean;
  readonly refusals: readonly Refusal[];
}
