import { decisionSchema, type DecisionDocument } from './decision.ts';
import { evidenceSchema, type EvidenceDocument } from './evidence.ts';
import { freezeSchema, type FreezeDocument } from './freeze.ts';
import { holdSchema, type HoldDocument } from './hold.ts';
import { modelVersionSchema, type ModelVersionDocument } from './model-version.ts';
import { modelDocumentSchema, type ModelDocument } from './model.ts';
import { notificationsSchema, type NotificationsDocument } from './notifications.ts';
import { policySchema, type PolicyDocument } from './policy.ts';
import { promotionSchema, type PromotionDocument } from './promotion.ts';
import { registrySchema, type RegistryDocument } from './registry.ts';
import { reviewSchema, type ReviewDocument } from './review.ts';
import { stageSchema, type StageDocument } from './stage.ts';
import { trustRootSchema, type TrustRootDocument } from './trust-root.ts';

/** Every kind of document with its type. */
export interface DocumentOf {
  Registry: RegistryDocument;
  TrustRoot: TrustRootDocument;
  Policy: PolicyDocument;
  Model: ModelDocument;
  ModelVersion: ModelVersionDocument;
  Evidence: EvidenceDocument;
  Hold: HoldDocument;
  Freeze: FreezeDocument;
  Promotion: PromotionDocument;
  Stage: StageDocument;
  Decision: DecisionDocument;
  Review: ReviewDocument;
  Notifications: NotificationsDocument;
}

/** Names a kind of document. */
export type Kind = keyof DocumentOf;

/** The one source of every document's shape: types, validators and the published JSON Schemas come from here. */
export const SCHEMAS: Readonly<Record<Kind, object>> = {
  Registry: registrySchema,
  TrustRoot: trustRootSchema,
  Policy: policySchema,
  Model: modelDocumentSchema,
  ModelVersion: modelVersionSchema,
  Evidence: evidenceSchema,
  Hold: holdSchema,
  Freeze: freezeSchema,
  Promotion: promotionSchema,
  Stage: stageSchema,
  Decision: decisionSchema,
  Review: reviewSchema,
  Notifications: notificationsSchema,
};

/** SSHSIG namespace of an author's signature, by kind: `mreg.<kind>.v1` in lower case with dashes. */
export const NAMESPACE_OF: Readonly<Record<Kind, string>> = {
  Registry: 'mreg.registry.v1',
  TrustRoot: 'mreg.trust-root.v1',
  Policy: 'mreg.policy.v1',
  Model: 'mreg.model.v1',
  ModelVersion: 'mreg.model-version.v1',
  Evidence: 'mreg.evidence.v1',
  Hold: 'mreg.hold.v1',
  Freeze: 'mreg.freeze.v1',
  Promotion: 'mreg.promotion.v1',
  Stage: 'mreg.stage.v1',
  Decision: 'mreg.decision.v1',
  Review: 'mreg.review.v1',
  // Stands in no registry and needs no signature; the name is kept, so that no other kind takes it.
  Notifications: 'mreg.notifications.v1',
};

/** Namespace of every approval, whatever is approved. */
export const APPROVAL_NAMESPACE = 'mreg.approval.v1';
