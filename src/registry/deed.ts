import type { Kind } from '../documents/kinds/index.ts';
import type { Trust } from '../trust/trust.ts';
import type { Change, States } from './changes.ts';

/** What kind of thing a step did. */
export type DeedAction =
  | 'init'
  | 'trust'
  | 'policy'
  | 'settings'
  | 'model'
  | 'register'
  | 'evidence'
  | 'hold'
  | 'release'
  | 'freeze'
  | 'unfreeze'
  | 'promote'
  | 'approve'
  | 'rollout'
  | 'rollback'
  | 'reject'
  | 'other';

/** One thing that a step did, as the difference of two states tells it. */
export interface Deed {
  readonly action: DeedAction;
  readonly model?: string;
  readonly stage?: string;
  readonly version?: string;
  readonly previousVersion?: string;
  /** Who asked for a promotion; who brought it in may be another. */
  readonly requestedBy?: string;
  readonly approvedBy?: readonly string[];
  /** Why the glass was broken for a promotion. */
  readonly breakGlass?: string;
  /** Evidence that was added: `offline-1`. */
  readonly evidence?: readonly string[];
  /** The document whose author answers for it, where the commit's signature tells nothing. */
  readonly document: { readonly path: string; readonly kind: Kind } | undefined;
}

/** A step to be told: its two states, what changed between them and the trust in force. */
export interface StepFacts {
  readonly states: States;
  readonly changes: readonly Change[];
  readonly trust: Trust | undefined;
  readonly wanted: WantedDeeds;
}

/** Which deeds are asked for. A commit may bring in a thousand models; nobody pays for those that are not told. */
export interface WantedDeeds {
  readonly model: string | undefined;
  /** Models to tell of at most. */
  readonly models: number;
}
