import type { PromotionDocument } from '../documents/kinds/promotion.ts';
import { promotionPath } from '../documents/paths.ts';
import type { Trust } from '../trust/trust.ts';
import { readApprovals } from './approvals.ts';
import { authorByKey, readLeniently } from './commit-mark.ts';
import type { Snapshot } from './snapshot.ts';
import type { StageAddress } from './stage-chain.ts';

/** The promotion that a state of a stage stands on, with who asked for it and who approved it, by key. */
export interface PromotionRecord {
  readonly spec: PromotionDocument['spec'];
  readonly requestedBy: string | undefined;
  readonly approvedBy: readonly string[];
}

/** Returns the promotion of a stage in a state of the past, or undefined where there is none that can be read. */
export async function readPromotionRecord(
  from: { readonly snapshot: Snapshot; readonly trust: Trust | undefined },
  at: StageAddress,
): Promise<PromotionRecord | undefined> {
  const { snapshot, trust } = from;
  const path = promotionPath(at.model, at.stage);
  const promotion = await readLeniently(snapshot, 'Promotion', path);
  if (promotion === undefined) return undefined;
  const { spec } = promotion.body;
  if (trust === undefined) return { spec, requestedBy: undefined, approvedBy: [] };
  const { registry } = trust.document.metadata;
  const { approvals } = await readApprovals({ snapshot, trust, registry }, promotion, at);
  const requestedBy = await authorByKey(from, { path, kind: 'Promotion' });
  return { spec, requestedBy, approvedBy: approvals.map(({ principal }) => principal) };
}
