import { assertNever } from './error.ts';
import type { DocumentPlace } from './places.ts';

export { isGoverned, placeOf, type DocumentPlace, type Place } from './places.ts';
export { parseRequestBranch, requestBranch } from './request-branch.ts';

/** Returns the folder of a model: `registry/risk/fraud_detector`. */
export function modelDirectory(model: string): string {
  return `registry/${model}`;
}

/** Returns where the model's document stands. */
export function modelPath(model: string): string {
  return `${modelDirectory(model)}/model.yaml`;
}

/** Returns where a version's document stands. */
export function versionPath(model: string, version: string): string {
  return `${modelDirectory(model)}/versions/${version}/version.yaml`;
}

/** Returns where one document of evidence stands. */
export function evidencePath(
  model: string,
  version: string,
  evidence: { readonly kind: string; readonly sequence: number },
): string {
  return `${modelDirectory(model)}/versions/${version}/evidence/${evidence.kind}-${String(evidence.sequence)}.yaml`;
}

/** Returns where one hold, or release of a hold, stands. */
export function holdPath(model: string, version: string, sequence: number): string {
  return `${modelDirectory(model)}/versions/${version}/holds/${String(sequence)}.yaml`;
}

/** Returns the folder of a model's stage. */
export function stageDirectory(model: string, stage: string): string {
  return `${modelDirectory(model)}/stages/${stage}`;
}

/** Returns where the pointer that consumers read stands. */
export function stagePath(model: string, stage: string): string {
  return `${stageDirectory(model, stage)}/stage.yaml`;
}

/** Returns where the promotion of a stage stands. */
export function promotionPath(model: string, stage: string): string {
  return `${stageDirectory(model, stage)}/promotion.yaml`;
}

/** Returns where the last rollout decision of a stage stands. */
export function decisionPath(model: string, stage: string): string {
  return `${stageDirectory(model, stage)}/decision.yaml`;
}

/** Returns where the kustomize Component of a stage stands. */
export function kustomizationPath(model: string, stage: string): string {
  return `${stageDirectory(model, stage)}/kustomization.yaml`;
}

/** Returns where a principal's approval of a stage's promotion stands. */
export function approvalPath(model: string, stage: string, principal: string): string {
  return `${stageDirectory(model, stage)}/approvals/${principal}.sig`;
}

/** Returns where a forge review that counts as `principal`'s approval stands. */
export function reviewPath(model: string, stage: string, principal: string): string {
  return `${stageDirectory(model, stage)}/approvals/${principal}.review.yaml`;
}

/** Returns where a principal's signature stands on a document that gathers them beside itself (trust, policy, hold). */
export function besideApprovalPath(
  path: string,
  principal: string,
  options: { readonly isNewKey?: boolean } = {},
): string {
  return `${path}.approvals/${principal}${options.isNewKey === true ? '.new' : ''}.sig`;
}

/** Returns where a policy stands. */
export function policyPath(name: string): string {
  return `policies/${name}.yaml`;
}

/** The folder of freezes. */
export const FREEZES = 'policies/freezes';

/** Returns where one freeze, or the end of one, stands. */
export function freezePath(sequence: number): string {
  return `${FREEZES}/${String(sequence)}.yaml`;
}

/** Returns where the author's signature of the document at `path` stands. */
export function sigPath(path: string): string {
  return `${path}.sig`;
}

/** Returns the path of a document's place: what `placeOf` undoes. */
export function pathOf(place: DocumentPlace): string {
  switch (place.kind) {
    case 'registry':
      return 'mreg.yaml';
    case 'trust-root':
      return 'trust/root.yaml';
    case 'policy':
      return policyPath(place.name);
    case 'freeze':
      return freezePath(place.sequence);
    case 'model':
      return modelPath(place.model);
    case 'version':
      return versionPath(place.model, place.version);
    case 'evidence':
      return evidencePath(place.model, place.version, { kind: place.evidenceKind, sequence: place.sequence });
    case 'hold':
      return holdPath(place.model, place.version, place.sequence);
    case 'stage':
    case 'promotion':
    case 'decision':
      return `${stageDirectory(place.model, place.stage)}/${place.kind}.yaml`;
    default:
      return assertNever(place);
  }
}
