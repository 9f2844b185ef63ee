import { parseDuration } from '../../documents/duration.ts';
import type { DecisionDocument } from '../../documents/kinds/decision.ts';
import type { ReleasePlan } from '../../documents/kinds/promotion.ts';
import { decisionPath, promotionPath } from '../../documents/paths.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { unjudgedNewestHold } from '../models.ts';
import { mustRead } from '../read-file.ts';
import { stageAfterStep } from '../rollout-stage.ts';
import { newcomerOf, standingSince, type StageState } from '../stage-chain.ts';
import {
  joined,
  readSigned,
  refusing,
  requireRole,
  requireSigner,
  type Finding,
  type RuleContext,
  type Signed,
} from './rule.ts';
import { checkNotFrozen } from './freeze.ts';
import { checkStageBody } from './stage-body.ts';
import { checkChanged } from './stage-folder.ts';
import type { ForwardMove } from './forward-move.ts';

/** Who may move a rollout. */
const ROLLOUT_ROLES: readonly string[] = ['controller', 'promoter'];

/** What may always be decided: nothing of it gives a version more traffic. */
const STOPPING: readonly DecisionDocument['spec']['action'][] = ['pause', 'roll-back'];

/** A pointer in the middle of a rollout. */
interface StepMove extends ForwardMove {
  readonly current: StageState;
}

/** The next step of the approved plan, a pause or a resume: signed, on time, and of the same promotion. */
export async function judgeRolloutStep(context: RuleContext, move: StepMove): Promise<Finding> {
  const { at, next } = move;
  const decision = await readSigned(context, 'Decision', decisionPath(at.model, at.stage));
  if (!decision.ok) return refusing(...decision.refusals);
  const promotion = await mustRead(context.view.snapshot, 'Promotion', promotionPath(at.model, at.stage));
  if (promotion === undefined) return refusing(nothingToMove(next.path));
  const author = [decision.value, next].flatMap((signed) =>
    requireRole(context.view, signed, { roles: ROLLOUT_ROLES, model: at.model }),
  );
  const detail = `${decision.value.body.spec.action} ${String(next.body.spec.rollout.step)}/${String(next.body.spec.rollout.steps)}`;
  const by = next.signer;
  return joined([
    refusing(
      ...author,
      ...checkChanged(context, at, ['decision.yaml', 'decision.yaml.sig']),
      ...requireSigner(next.path, { field: 'spec.movedBy', value: next.body.spec.movedBy }, by),
      ...requireSigner(
        decision.value.path,
        { field: 'spec.by', value: decision.value.body.spec.by },
        decision.value.signer,
      ),
      ...checkDecision(move, decision.value),
      ...(await checkNotHeld(context, move, decision.value)),
      ...(await checkNotFrozen(context, at, {
        path: next.path,
        action: decision.value.body.spec.action,
        promotion: promotion.body,
      })),
      ...(await checkStep(context, move, { plan: promotion.body.spec.plan, decision: decision.value })),
    ),
    { refusals: [], changes: [{ action: 'rollout', ...at, by, detail }] },
  ]);
}

/** A decision is about this promotion and the very pointer that it moves. */
function checkDecision({ current }: StepMove, { path, body }: Signed<DecisionDocument>): readonly Refusal[] {
  const rows = [
    ['promotion', current.stage.spec.promotion, body.spec.promotion],
    ['previous', current.digest, body.spec.previous],
  ] as const;
  const hint = 'decide again on the pointer in force';
  return rows
    .filter(([, expected, found]) => expected !== found)
    .map(([field, expected, found]) => ({ code: 'rollout', path, expected: `${field}: ${expected}`, found, hint }));
}

/** A version that is held meanwhile gets no more traffic: what is left is to pause, to roll back, or to release it. */
async function checkNotHeld(
  context: RuleContext,
  { at, current, next }: StepMove,
  decision: Signed<DecisionDocument>,
): Promise<readonly Refusal[]> {
  if (STOPPING.includes(decision.body.spec.action)) return [];
  const newcomer = newcomerOf(current.stage);
  const hold = await unjudgedNewestHold(context.after, at.model, newcomer);
  if (hold?.body.spec.action !== 'hold') return [];
  const hint = `mreg rollback ${at.model} --stage ${at.stage}, or mreg release ${at.model}@${newcomer}`;
  const found = `${newcomer}, which is held: ${hold.body.spec.reason}`;
  return [{ code: 'held', path: next.path, expected: 'a version without a hold', found, hint }];
}

async function checkStep(
  context: RuleContext,
  move: StepMove,
  by: { readonly plan: ReleasePlan; readonly decision: Signed<DecisionDocument> },
): Promise<readonly Refusal[]> {
  const { current, next } = move;
  const { action } = by.decision.body.spec;
  const { movedBy, movedAt, base } = next.body.spec;
  const expected = stageAfterStep({
    current: current.stage,
    plan: by.plan,
    action,
    previous: current.digest,
    base,
    movedBy,
    movedAt,
  });
  if (typeof expected === 'string') return [notAllowed(next.path, expected)];
  return [...checkStageBody(next, expected), ...(await checkHold(context, move, { plan: by.plan, action }))];
}

/** Attack: a step taken before the one before it was watched for as long as the plan says. Judged by this machine's clock. */
async function checkHold(
  context: RuleContext,
  { at, current, next }: StepMove,
  step: { readonly plan: ReleasePlan; readonly action: string },
): Promise<readonly Refusal[]> {
  if (step.action !== 'advance' && step.action !== 'complete') return [];
  const { rollout } = current.stage.spec;
  const hold = step.plan.steps?.[rollout.step - 1]?.hold;
  const parent = context.view.snapshot.commit;
  if (hold === undefined || parent === undefined) return [];
  const since = await standingSince(context.source, at, { stage: current.stage, parent, now: context.now });
  const due = new Date(since.getTime() + parseDuration(hold));
  if (context.now >= due) return [];
  const expected = `step ${String(rollout.step)} held for ${hold}, until ${due.toISOString()} (clock of this machine)`;
  return [
    { code: 'rollout', path: next.path, expected, found: context.now.toISOString(), hint: 'wait, or mreg rollback' },
  ];
}

function nothingToMove(path: string): Refusal {
  return {
    code: 'rollout',
    path,
    expected: 'a promotion whose rollout progresses',
    found: 'none',
    hint: 'mreg status',
  };
}

function notAllowed(path: string, why: string): Refusal {
  return { code: 'rollout', path, expected: 'a step that the plan allows', found: why, hint: 'mreg status' };
}
