import type { Digest } from '../documents/digest.ts';

/** `skip` only where the policy says that the gate does not apply (no baseline, first promotion and `pass`). */
export type Verdict = 'pass' | 'fail' | 'error' | 'skip';

/** How a gate of approvals stands, in parts, so that several can be told as one. */
export interface ApprovalCount {
  /** How many people are still needed. */
  readonly missing: number;
  /** The roles among those, one entry a person. */
  readonly roles: readonly string[];
  /** Who approved, as a sentence says it. */
  readonly counted: readonly string[];
  /** Whose approval does not count, and why. */
  readonly excluded: readonly string[];
}

/**
 * What one gate saw. `observed`, `baseline` and `required` are canonical: the same facts always give the same values,
 * because a promotion records them and the door recomputes and compares them. `reason` is for people.
 */
export interface GateResult {
  readonly id: string;
  readonly type: string;
  readonly verdict: Verdict;
  readonly observed?: string | number;
  readonly baseline?: string | number;
  readonly required?: string | number;
  /** What was expected and what was found, in one sentence. */
  readonly reason: string;
  /** Where the observed value came from: a repository path. */
  readonly source?: string;
  /** What to do next; absent on pass. */
  readonly hint?: string;
  readonly enforcement: 'refuse' | 'warn';
  /** The policy that asks for it: `policies/<name>.yaml`, `trust/root.yaml` for a floor, or `built-in`. */
  readonly policy: string;
  /** Judged at the door and never recorded in a promotion: it depends on time or on approvals. */
  readonly atTheDoor: boolean;
  /** `refused` gates that people or time alone can still satisfy: approvals, a closed window, a soak. */
  readonly waitsFor?: 'approvals' | 'time';
  /** Given by gates of approvals, for telling; never recorded. */
  readonly approvals?: ApprovalCount;
}

/** `pending` when everything that still refuses waits for approvals or for time alone. */
export type Decision = 'promote' | 'block' | 'pending';

/** The decision about one promotion, with every gate's word and the evidence behind it. */
export interface Evaluation {
  readonly decision: Decision;
  /** Every gate: the built-in one, the floors of the trust root, the policies by path, a freeze and its price; each exactly once. */
  readonly gates: readonly GateResult[];
  /** Every evidence document that a gate read, by path: what a promotion names as the ground it stands on. */
  readonly evidence: readonly { readonly path: string; readonly digest: Digest }[];
}
