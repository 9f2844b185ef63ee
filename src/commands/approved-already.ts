import { promotionPath } from '../documents/paths.ts';
import { readApprovals } from '../registry/approvals.ts';
import { mustRead } from '../registry/read-file.ts';
import { stageStateAt } from '../registry/stage-chain.ts';
import type { ApproveOutput } from '../report/output-schemas.ts';
import { print } from './flags.ts';
import type { Session } from './session.ts';
import { writtenJson } from './written.ts';

/** The request that somebody wants to approve. */
export interface ApprovalWish {
  readonly model: string;
  readonly stage: string;
  readonly version: string | undefined;
  readonly principal: string;
}

/**
 * Says that it is done where the request has landed with this person's approval in it: the same command again, after it
 * was killed or its answer was lost. Returns false, and says nothing, where that is not so.
 */
export async function tellApprovedAlready(session: Session, wish: ApprovalWish): Promise<boolean> {
  const landed = await landedApprovals(session, wish);
  if (landed === undefined) return false;
  const { outside, flags, branch } = session;
  const { model, stage, principal } = wish;
  const { version, count } = landed;
  print(outside, flags, {
    json: {
      ...writtenJson({ model, version }, { commit: undefined, branch, pushed: false }),
      ...{ stage, by: principal, approvals: { have: count, need: count }, state: 'already' as const },
    } satisfies ApproveOutput,
    text: () => `${model}@${version} is in ${stage} already, with your approval: nothing to do`,
  });
  return true;
}

async function landedApprovals(
  { view }: Session,
  { model, stage, version, principal }: ApprovalWish,
): Promise<{ readonly version: string; readonly count: number } | undefined> {
  const { snapshot, trust, id: registry } = view;
  const promotion = await mustRead(snapshot, 'Promotion', promotionPath(model, stage));
  const state = await stageStateAt(snapshot, { model, stage });
  if (promotion === undefined || state?.stage.spec.promotion !== promotion.digest) return undefined;
  const promoted = promotion.body.spec.version;
  if (version !== undefined && version !== promoted) return undefined;
  const { approvals } = await readApprovals({ snapshot, trust, registry }, promotion, { model, stage });
  const isMine = approvals.some((approval) => approval.principal === principal);
  return isMine ? { version: promoted, count: approvals.length } : undefined;
}
