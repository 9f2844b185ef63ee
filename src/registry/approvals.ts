import type { PromotionDocument } from '../documents/kinds/promotion.ts';
import { placeOf, stageDirectory } from '../documents/paths.ts';
import type { Refusal } from '../documents/refusal.ts';
import type { Approval } from '../gates/input.ts';
import { personOf, rolesOf, type Trust } from '../trust/trust.ts';
import { approvalSigner } from './approval-signer.ts';
import type { Stored } from './read-file.ts';
import { entriesAt, entryAt } from './snapshot.ts';
import type { ApprovalSource } from './approval-source.ts';
import type { StageAddress } from './stage-chain.ts';
import { readReview } from './reviews.ts';

/** The approvals of a promotion that verify, and what is wrong with the others. */
export interface ApprovalReading {
  readonly approvals: readonly Approval[];
  readonly refusals: readonly Refusal[];
}

/**
 * Reads the approvals beside a promotion: each a signature of its exact bytes, or a forge's review that a bot with the
 * role `forge` signed. A signature under another's name is refused: the file's name is a label, the key is the identity.
 */
export async function readApprovals(
  from: ApprovalSource,
  promotion: Stored<PromotionDocument>,
  at: StageAddress,
): Promise<ApprovalReading> {
  const directory = `${stageDirectory(at.model, at.stage)}/approvals`;
  const approvals: Approval[] = [];
  const refusals: Refusal[] = [];
  for (const { name } of await entriesAt(from.snapshot, directory)) {
    const reading = await readApproval(from, promotion, `${directory}/${name}`);
    if (reading === undefined) continue;
    if ('code' in reading) refusals.push(reading);
    else approvals.push(approvalBy(from.trust, reading.principal, at.model));
  }
  return { approvals, refusals };
}

async function readApproval(
  from: ApprovalSource,
  promotion: Stored<PromotionDocument>,
  path: string,
): Promise<{ readonly principal: string } | Refusal | undefined> {
  const place = placeOf(path);
  if (place.kind !== 'approval') return undefined;
  if (place.form === 'review-sig') return checkReviewThere(from, path);
  if (place.form === 'review') return readReview(from, promotion, { path, principal: place.principal });
  const signer = await approvalSigner(from, promotion, path);
  return signer.ok ? signer : signer.refusal;
}

/** A review is read with its signature; a signature of nothing would be a file that nobody judged. */
async function checkReviewThere(from: ApprovalSource, path: string): Promise<Refusal | undefined> {
  const review = path.slice(0, -'.sig'.length);
  if ((await entryAt(from.snapshot, review)) !== undefined) return undefined;
  return { code: 'missing-file', path, expected: review, found: 'its signature alone', hint: `git rm ${path}` };
}

function approvalBy(trust: Trust, principal: string, model: string): Approval {
  return { principal, person: personOf(trust, principal), roles: rolesOf(trust, principal, model) };
}
