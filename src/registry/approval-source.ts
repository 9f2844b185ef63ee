import type { Trust } from '../trust/trust.ts';
import type { Snapshot } from './snapshot.ts';

/** Where approvals are read, and by whose keys they count. */
export interface ApprovalSource {
  readonly snapshot: Snapshot;
  readonly trust: Trust;
  readonly registry: string;
}
