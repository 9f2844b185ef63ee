import { MregError } from '../documents/error.ts';
import { promotionPath, stagePath } from '../documents/paths.ts';
import type { Deed, StepFacts } from './deed.ts';
import { readPromotionRecord } from './promotion-record.ts';
import type { Snapshot } from './snapshot.ts';
import { newcomerOf, stageStateAt, type StageState } from './stage-chain.ts';

interface StagePlace {
  readonly model: string;
  readonly stage: string;
}

/** Returns what a step did to a stage: moved it, brought an approval, went on with its rollout, or took it back. */
export async function stageDeed(step: StepFacts, at: StagePlace): Promise<Deed> {
  const before = await stateOrNothing(step.states.before, at);
  const after = await stateOrNothing(step.states.after, at);
  if (after === undefined) return { action: 'other', ...at, document: undefined };
  const document = { path: promotionPath(at.model, at.stage), kind: 'Promotion' as const };
  if (before?.digest === after.digest) return { action: 'approve', ...at, version: newcomerOf(after.stage), document };
  if (after.stage.spec.previous !== (before?.digest ?? 'none')) return rollbackDeed(at, { before, after });
  if (before !== undefined && isSamePromotion(before, after)) return rolloutDeed(at, { before, after });
  const record = await readPromotionRecord({ snapshot: step.states.after, trust: step.trust }, at);
  return {
    action: 'promote',
    ...at,
    version: newcomerOf(after.stage),
    ...(before === undefined ? {} : { previousVersion: before.stage.spec.version }),
    ...(record?.requestedBy === undefined ? {} : { requestedBy: record.requestedBy }),
    ...(record === undefined || record.approvedBy.length === 0 ? {} : { approvedBy: record.approvedBy }),
    ...(record?.spec.breakGlass === undefined ? {} : { breakGlass: record.spec.breakGlass.reason }),
    document,
  };
}

function isSamePromotion(before: StageState, after: StageState): boolean {
  const { promotion } = after.stage.spec;
  return promotion !== 'none' && promotion === before.stage.spec.promotion;
}

/** A stage that does not follow on the one before it came back from earlier. */
function rollbackDeed(
  at: StagePlace,
  { before, after }: { readonly before: StageState | undefined; readonly after: StageState },
): Deed {
  const previous = before === undefined ? {} : { previousVersion: newcomerOf(before.stage) };
  return { action: 'rollback', ...at, version: after.stage.spec.version, ...previous, document: undefined };
}

function rolloutDeed(
  at: StagePlace,
  { before, after }: { readonly before: StageState; readonly after: StageState },
): Deed {
  const completed = after.stage.spec.version !== before.stage.spec.version;
  return {
    action: 'rollout',
    ...at,
    version: newcomerOf(after.stage),
    ...(completed ? { previousVersion: before.stage.spec.version } : {}),
    document: { path: stagePath(at.model, at.stage), kind: 'Stage' },
  };
}

/** Returns the state of a stage, or undefined where it is empty or cannot be read. */
export async function stateOrNothing(snapshot: Snapshot, at: StagePlace): Promise<StageState | undefined> {
  try {
    return await stageStateAt(snapshot, at);
  } catch (error) {
    if (error instanceof MregError && error.refusals.length > 0) return undefined;
    throw error;
  }
}
