import { assert } from '../documents/error.ts';
import { NAMESPACE_OF } from '../documents/kinds/index.ts';
import type { PromotionDocument } from '../documents/kinds/promotion.ts';
import { promotionPath, stageDirectory, stagePath } from '../documents/paths.ts';
import { checksOf } from '../gates/engine.ts';
import type { Evaluation } from '../gates/verdict.ts';
import type { CommitPlan } from './commit-plan.ts';
import { addDocument, addSignedText, finish, newDraft, onOneLine, timeText, type Draft } from './draft.ts';
import { transitionsInto, type PromotionFacts, type PromotionQuestion } from './facts.ts';
import { formatKustomization } from './kustomization.ts';
import { formatStage, nextStage } from './next-stage.ts';
import { previousOf } from './stage-chain.ts';
import { entriesAt } from './snapshot.ts';
import type { RegistryView } from './view.ts';

const DEFAULT_REQUEST_DAYS = 14;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A judged question on its way to a commit. */
export interface PromotionRequest {
  readonly question: PromotionQuestion;
  readonly facts: PromotionFacts;
  readonly evaluation: Evaluation;
  readonly note?: string | undefined;
}

/** Plans the one commit of a promotion: promotion.yaml and stage.yaml together, everything older of the stage cleared. */
export async function planPromote(view: RegistryView, request: PromotionRequest): Promise<CommitPlan> {
  const { model, to, version, requester } = request.question;
  const draft = newDraft();
  await clearStage(draft, view, stageDirectory(model, to));
  const promotion = promotionDocument(view, request);
  const digest = addDocument(draft, promotionPath(model, to), promotion);
  const next = nextStage({
    registry: view.id,
    model,
    stage: to,
    version: request.facts.candidate.version.body,
    plan: promotion.spec.plan,
    promotion: digest,
    current: request.facts.current?.stage,
    previous: previousOf(request.facts.current),
    base: promotion.spec.base,
    movedBy: requester,
    movedAt: promotion.spec.requestedAt,
  });
  addSignedText(draft, { path: stagePath(model, to), text: formatStage(next), namespace: NAMESPACE_OF.Stage });
  draft.edits.set(`${stageDirectory(model, to)}/kustomization.yaml`, formatKustomization(model, to));
  return finish(draft, {
    subject: `Promote ${model}@${version} to ${to}`,
    body: request.note,
    trailers: promotionTrailers(promotion),
  });
}

function promotionDocument(view: RegistryView, request: PromotionRequest): PromotionDocument {
  const { question, facts, evaluation, note } = request;
  const base = view.snapshot.commit;
  assert(base !== undefined, 'a promotion stands on a commit');
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'Promotion',
    metadata: { registry: view.id, model: question.model, stage: question.to },
    spec: {
      version: question.version,
      from: question.from,
      to: question.to,
      versionDigest: facts.candidate.version.digest,
      artifact: facts.candidate.version.body.spec.artifact.digest,
      previous: previousOf(facts.current),
      base,
      rollbackTo: facts.rollbackTo?.stage.spec.version ?? 'none',
      policy: view.policySet,
      trust: view.root.body.spec.version,
      evidence: evaluation.evidence.map(({ path, digest }) => ({ path, digest })),
      checks: [...checksOf(evaluation)],
      plan: question.plan,
      ...(question.breakGlass === undefined ? {} : { breakGlass: question.breakGlass }),
      ...(note === undefined ? {} : { note }),
      requestedBy: question.requester,
      requestedAt: timeText(question.now),
      expiresAt: timeText(new Date(question.now.getTime() + requestDays(view, question) * DAY_MS)),
    },
  };
}

/** Returns how many days a request may wait: the least that any policy of the transition allows. */
export function requestDays(view: RegistryView, at: { readonly model: string; readonly to: string }): number {
  const asked = transitionsInto(view, at.model, at.to).flatMap(({ requestDays: days }) => days ?? []);
  return Math.min(...(asked.length === 0 ? [DEFAULT_REQUEST_DAYS] : asked));
}

/** Removes what belongs to the promotion before: its approvals and its last rollout decision. */
async function clearStage(draft: Draft, view: RegistryView, directory: string): Promise<void> {
  for (const { name } of await entriesAt(view.snapshot, directory)) {
    if (name.startsWith('decision.yaml')) draft.edits.set(`${directory}/${name}`, null);
  }
  for (const { name } of await entriesAt(view.snapshot, `${directory}/approvals`)) {
    draft.edits.set(`${directory}/approvals/${name}`, null);
  }
}

/** Returns the trailers that a promotion's commits carry. */
export function promotionTrailers({ metadata, spec }: PromotionDocument): Record<string, string> {
  return {
    'Mreg-Action': 'promote',
    'Mreg-Model': metadata.model,
    'Mreg-Stage': metadata.stage,
    'Mreg-Version': spec.version,
    'Mreg-Rollback-To': spec.rollbackTo,
    ...(spec.breakGlass === undefined ? {} : { 'Mreg-Break-Glass': onOneLine(spec.breakGlass.reason) }),
  };
}
