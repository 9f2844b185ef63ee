import { NAMESPACE_OF } from '../documents/kinds/index.ts';
import type { DecisionDocument, ObservationRecord } from '../documents/kinds/decision.ts';
import type { PromotionDocument } from '../documents/kinds/promotion.ts';
import type { StageDocument } from '../documents/kinds/stage.ts';
import { assert } from '../documents/error.ts';
import { decisionPath, promotionPath, stagePath } from '../documents/paths.ts';
import type { CommitPlan } from './commit-plan.ts';
import { addDocument, addSignedText, finish, newDraft, timeText } from './draft.ts';
import { formatStage } from './next-stage.ts';
import { mustRead } from './read-file.ts';
import { stageAfterStep } from './rollout-stage.ts';
import { stageStateAt, type StageAddress, type StageState } from './stage-chain.ts';
import type { RegistryView } from './view.ts';

/** What somebody decides about a rollout. */
export interface RolloutDecision {
  readonly at: StageAddress;
  /** `roll-back` only says why and stands still; the rollback itself is a plan of its own. */
  readonly action: 'advance' | 'pause' | 'resume' | 'roll-back';
  readonly reason: string;
  /** What it was decided on; absent where a person decided. */
  readonly observations?: readonly ObservationRecord[];
  /** A rollback without harm: the challenger only did not win. */
  readonly dismissed?: boolean;
  readonly by: string;
  readonly now: Date;
}

/** A rollout as it stands: the pointer and the promotion whose plan it follows. */
export interface RunningRollout {
  readonly current: StageState;
  readonly promotion: PromotionDocument;
}

/** Returns the rollout of a stage, also a finished one; undefined when the stage was never promoted into. */
export async function readRollout(view: RegistryView, at: StageAddress): Promise<RunningRollout | undefined> {
  const current = await stageStateAt(view.snapshot, at);
  const promotion = await mustRead(view.snapshot, 'Promotion', promotionPath(at.model, at.stage));
  return current === undefined || promotion === undefined ? undefined : { current, promotion: promotion.body };
}

/** Plans a rollout step: the pointer and the decision behind it; a sentence when the plan does not allow it. */
export function planRollout(
  view: RegistryView,
  { current, promotion }: RunningRollout,
  decision: RolloutDecision,
): { readonly plan: CommitPlan; readonly next: StageDocument } | string {
  const base = view.snapshot.commit;
  assert(base !== undefined, 'a rollout step stands on a commit');
  const { at, by, now, reason } = decision;
  const action = completes(current.stage, promotion, decision) ? 'complete' : decision.action;
  const previous = current.digest;
  const move = {
    current: current.stage,
    plan: promotion.spec.plan,
    previous,
    base,
    movedBy: by,
    movedAt: timeText(now),
  };
  const next = stageAfterStep({ ...move, action });
  if (typeof next === 'string') return next;
  const draft = newDraft();
  addSignedText(draft, { path: stagePath(at.model, at.stage), text: formatStage(next), namespace: NAMESPACE_OF.Stage });
  addDocument(draft, decisionPath(at.model, at.stage), decisionDocument(view, { decision, current, action }));
  const { step, steps } = next.spec.rollout;
  const subject = `Rollout of ${at.model} in ${at.stage}: ${action}, step ${String(step)} of ${String(steps)}`;
  const trailers = { 'Mreg-Action': 'rollout', 'Mreg-Model': at.model, 'Mreg-Stage': at.stage };
  return { plan: finish(draft, { subject, body: reason, trailers }), next };
}

/** The step that takes all traffic is the last one, whatever follows it in the plan. */
function completes(stage: StageDocument, promotion: PromotionDocument, { action }: RolloutDecision): boolean {
  const { step, steps } = stage.spec.rollout;
  const weight = promotion.spec.plan.steps?.[step]?.weight;
  return action === 'advance' && (step >= steps || weight === 100);
}

function decisionDocument(
  view: RegistryView,
  made: {
    readonly decision: RolloutDecision;
    readonly current: StageState;
    readonly action: DecisionDocument['spec']['action'];
  },
): DecisionDocument {
  const { decision, current, action } = made;
  const { at, by, now, reason, observations = [], dismissed } = decision;
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'Decision',
    metadata: { registry: view.id, model: at.model, stage: at.stage },
    spec: {
      action,
      promotion: current.stage.spec.promotion,
      previous: current.digest,
      reason,
      ...(dismissed === true ? { dismissed } : {}),
      ...(observations.length === 0 ? {} : { observations: [...observations] }),
      by,
      at: timeText(now),
    },
  };
}
