import { hexOf, statementOf, type Statement, type Subject } from '../documents/in-toto.ts';
import type { ModelVersionDocument } from '../documents/kinds/model-version.ts';
import type { PromotionDocument } from '../documents/kinds/promotion.ts';
import { promotionPath, versionPath } from '../documents/paths.ts';
import type { Placed } from '../gates/input.ts';

/** A promotion that stands, and what was verified of it. */
export interface VerifiedPromotion {
  readonly promotion: Placed<PromotionDocument>;
  readonly version: Placed<ModelVersionDocument>;
  /** Principals whose approvals count. */
  readonly approvedBy: readonly string[];
  /** The commit whose tree holds all of it. */
  readonly commit: string;
}

/**
 * Returns the verdict on a promotion as a SLSA Verification Summary v1, so that policy engines that know nothing of mreg
 * can ask for it. What the format has no field for is under `mreg_`.
 */
export function promotionSummary(
  verified: VerifiedPromotion,
  by: { readonly verifier: string; readonly now: Date },
): Statement {
  const { promotion, version, approvedBy, commit } = verified;
  const { metadata, spec } = promotion.body;
  return statementOf(subjectsOf(verified), 'https://slsa.dev/verification_summary/v1', {
    verifier: { id: 'https://mreg.dev/verifier', version: { mreg: by.verifier } },
    timeVerified: by.now.toISOString(),
    resourceUri: version.body.spec.artifact.uri,
    policy: { uri: `mreg:${metadata.registry}/policies`, digest: { sha256: hexOf(spec.policy) } },
    inputAttestations: [
      { uri: promotionPath(metadata.model, metadata.stage), digest: { sha256: hexOf(promotion.digest) } },
      { uri: versionPath(metadata.model, spec.version), digest: { sha256: hexOf(version.digest) } },
      ...spec.evidence.map(({ path, digest }) => ({ uri: path, digest: { sha256: hexOf(digest) } })),
    ],
    verificationResult: 'PASSED',
    verifiedLevels: [`MREG_PROMOTED_${metadata.stage.toUpperCase()}`],
    mreg_registry: metadata.registry,
    mreg_commit: commit,
    mreg_stage: metadata.stage,
    mreg_trust: spec.trust,
    mreg_requestedBy: spec.requestedBy,
    mreg_approvedBy: approvedBy,
    mreg_checks: spec.checks,
  });
}

/** The artifact by mreg's digest of its files, and, where a registry of images serves it, by the image's. */
function subjectsOf({ promotion, version }: VerifiedPromotion): readonly Subject[] {
  const { uri, digest } = version.body.spec.artifact;
  const name = `${promotion.body.metadata.model}@${promotion.body.spec.version}`;
  const served = /@sha256:([0-9a-f]{64})$/.exec(uri)?.[1];
  const artifact: Subject = { name, digest: { sha256: hexOf(digest) } };
  return served === undefined || served === hexOf(digest)
    ? [artifact]
    : [artifact, { name: uri, digest: { sha256: served } }];
}
