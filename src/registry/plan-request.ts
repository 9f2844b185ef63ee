import { APPROVAL_NAMESPACE } from '../documents/kinds/index.ts';
import type { PromotionDocument } from '../documents/kinds/promotion.ts';
import { approvalPath, promotionPath, stageDirectory } from '../documents/paths.ts';
import type { CommitPlan } from './commit-plan.ts';
import { promotionTrailers } from './plan-promote.ts';
import { mirrorFolder } from './mirror-folder.ts';
import type { Snapshot } from './snapshot.ts';

/** Plans the commit on a request's branch that adds one approval: a signature of the exact bytes of promotion.yaml. */
export function planApprove(promotion: PromotionDocument, principal: string, note?: string): CommitPlan {
  const { model, stage } = promotion.metadata;
  const path = promotionPath(model, stage);
  return {
    edits: new Map(),
    signatures: [{ path, namespace: APPROVAL_NAMESPACE, to: approvalPath(model, stage, principal) }],
    subject: `Approve ${model}@${promotion.spec.version} for ${stage}`,
    ...(note === undefined ? {} : { body: note }),
    trailers: { ...promotionTrailers(promotion), 'Mreg-Action': 'approve', 'Mreg-Approved-By': principal },
  };
}

/** Plans the one step that brings a request to the protected branch: its stage folder exactly as it was asked and approved. */
export async function planLanding(
  states: { readonly onto: Snapshot; readonly request: Snapshot },
  promotion: PromotionDocument,
  approvedBy: readonly string[],
): Promise<CommitPlan> {
  const { spec, metadata } = promotion;
  const directory = stageDirectory(metadata.model, metadata.stage);
  return {
    edits: await mirrorFolder(directory, { from: states.request, onto: states.onto }),
    signatures: [],
    subject: `Promote ${metadata.model}@${spec.version} to ${metadata.stage}`,
    ...(spec.note === undefined ? {} : { body: spec.note }),
    trailers: {
      ...promotionTrailers(promotion),
      'Mreg-Requested-By': spec.requestedBy,
      ...(approvedBy.length === 0 ? {} : { 'Mreg-Approved-By': approvedBy.join(', ') }),
    },
  };
}
