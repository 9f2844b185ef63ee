import type { Digest } from '../documents/digest.ts';
import type { EvidenceDocument } from '../documents/kinds/evidence.ts';
import type { ModelDocument } from '../documents/kinds/model.ts';
import type { ModelVersionDocument } from '../documents/kinds/model-version.ts';
import type { PolicyDocument } from '../documents/kinds/policy.ts';
import type { BreakGlass, ReleasePlan } from '../documents/kinds/promotion.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';

/** A document together with where it stands and the digest of its exact bytes. */
export interface Placed<T> {
  readonly path: string;
  readonly digest: Digest;
  readonly body: T;
}

/** A version and the newest evidence of each kind about it. Signatures and subjects were checked when it was read. */
export interface VersionFacts {
  readonly name: string;
  readonly version: Placed<ModelVersionDocument>;
  readonly evidence: ReadonlyMap<string, Placed<EvidenceDocument>>;
  readonly held: { readonly reason: string; readonly by: string; readonly path: string } | undefined;
}

/** What a store said about the bytes of a version; `unchecked` where the caller may not fetch (a hook). */
export type ArtifactFinding =
  | { readonly state: 'unchecked' }
  | { readonly state: 'match' }
  | { readonly state: 'missing'; readonly detail: string }
  | { readonly state: 'mismatch'; readonly detail: string };

/** One approval whose signature was verified over the exact bytes of the promotion. Identity is the key's principal. */
export interface Approval {
  readonly principal: string;
  /** The person behind it: a bot counts as its owner. */
  readonly person: string;
  readonly roles: readonly string[];
}

/** When the version under judgement entered a stage; absent when it is not there. */
export interface StageFacts {
  readonly stage: string;
  readonly facts: VersionFacts;
  readonly since: Date;
}

/** A freeze that was declared and not lifted; whether it has ended depends on the moment. */
export interface StandingFreeze {
  readonly number: number;
  readonly path: string;
  readonly stages: readonly string[];
  /** Globs over whole model names. */
  readonly models: readonly string[];
  /** Undefined where it stands until somebody lifts it. */
  readonly until: string | undefined;
  readonly reason: string;
  readonly by: string;
}

/** Everything that a gate may look at. Complete: no gate reads anything else, the clock included. */
export interface GateInput {
  readonly model: string;
  readonly from: string;
  readonly to: string;
  readonly modelDocument: ModelDocument;
  readonly candidate: VersionFacts;
  /** The champion of each stage that has one. */
  readonly stages: ReadonlyMap<string, StageFacts>;
  /** Versions that policies name as baselines, by name; absent when they do not exist. */
  readonly versions: ReadonlyMap<string, VersionFacts>;
  /** All policies whose globs match the model, by path order. */
  readonly policies: readonly Placed<PolicyDocument>[];
  readonly trust: TrustRootDocument;
  readonly plan: ReleasePlan;
  /** The last stable state of the target stage, or undefined on the first promotion. */
  readonly rollbackTarget:
    { readonly version: string; readonly held: boolean; readonly artifact: ArtifactFinding } | undefined;
  readonly artifact: ArtifactFinding;
  readonly requester: { readonly principal: string; readonly person: string };
  readonly registrar: { readonly principal: string; readonly person: string };
  /** `undefined` when no request exists yet. */
  readonly approvals: readonly Approval[];
  /** Every freeze that stands, of whatever model and stage. */
  readonly freezes: readonly StandingFreeze[];
  /** Present where the requester breaks the glass. */
  readonly breakGlass?: BreakGlass | undefined;
  readonly now: Date;
}
