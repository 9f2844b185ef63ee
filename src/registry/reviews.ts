import type { PromotionDocument } from '../documents/kinds/promotion.ts';
import type { ReviewDocument } from '../documents/kinds/review.ts';
import { placeOf } from '../documents/paths.ts';
import { checkPlace } from '../documents/read-document.ts';
import type { Refusal } from '../documents/refusal.ts';
import { NAMESPACE_OF } from '../documents/kinds/index.ts';
import { holdsRole } from '../trust/trust.ts';
import { signerOf } from '../trust/verify.ts';
import type { ApprovalSource } from './approval-source.ts';
import { readArmour, readStored, type Stored } from './read-file.ts';

/** Reads a review made on a forge: signed by a bot with the role `forge`, approving exactly this promotion's bytes. */
export async function readReview(
  from: ApprovalSource,
  promotion: Stored<PromotionDocument>,
  at: { readonly path: string; readonly principal: string },
): Promise<{ readonly principal: string } | Refusal | undefined> {
  const reading = await readStored(from.snapshot, 'Review', at.path);
  if (!reading.ok) return reading.refusals[0];
  if (reading.value === undefined) return undefined;
  const { body, bytes } = reading.value;
  const armour = await readArmour(from.snapshot, `${at.path}.sig`);
  const signer = signerOf(from.trust, { path: at.path, bytes, armour, namespace: NAMESPACE_OF.Review });
  if (!signer.ok) return signer.refusal;
  const [misplaced] = checkPlace(body, placeOf(at.path), from.registry);
  if (misplaced !== undefined) return misplaced;
  const wrong = checkReview(from, { body, promotion, principal: at.principal, witness: signer.principal });
  if (wrong === undefined) return { principal: at.principal };
  const hint = 'have the review made again on the pull request, after its last change';
  return { code: 'not-authorised', path: at.path, ...wrong, hint };
}

interface ReviewClaim {
  readonly body: ReviewDocument;
  readonly promotion: Stored<PromotionDocument>;
  readonly principal: string;
  readonly witness: string;
}

/** Attack: a bot that vouches for a review it may not witness, or for a review of other bytes, or under another's name. */
function checkReview(
  { trust }: ApprovalSource,
  { body, promotion, principal, witness }: ReviewClaim,
): { readonly expected: string; readonly found: string } | undefined {
  const { model } = promotion.body.metadata;
  const { promotion: reviewed, reviewer, state, by } = body.spec;
  if (!holdsRole(trust, witness, { roles: ['forge'], model }))
    return { expected: 'a witness with the role forge', found: witness };
  if (by !== witness) return { expected: `by: ${witness}`, found: by };
  if (!trust.principals.has(reviewer)) return { expected: 'a reviewer of the trust root', found: reviewer };
  if (reviewer !== principal) return { expected: `a file named ${reviewer}.review.yaml`, found: principal };
  if (state !== 'approved') return { expected: 'state: approved', found: state };
  if (reviewed !== promotion.digest) return { expected: `promotion: ${promotion.digest}`, found: reviewed };
  return undefined;
}
