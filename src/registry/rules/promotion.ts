import type { Check, PromotionDocument } from '../../documents/kinds/promotion.ts';
import { modelDirectory, promotionPath } from '../../documents/paths.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { checksOf, evaluate } from '../../gates/engine.ts';
import type { Approval } from '../../gates/input.ts';
import { toldOnce } from '../../gates/missing-approvals.ts';
import type { Evaluation } from '../../gates/verdict.ts';
import { readApprovals } from '../approvals.ts';
import { evidenceText } from '../evidence-text.ts';
import { readPromotionFacts, type PromotionFacts } from '../facts.ts';
import { nextStage } from '../next-stage.ts';
import { requestDays } from '../plan-promote.ts';
import { inProgress, previousOf } from '../stage-chain.ts';
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
import { checkNoFreezeAlong } from './freeze.ts';
import { checkStageBody } from './stage-body.ts';
import { checkStanding } from './stage-folder.ts';
import type { ForwardMove } from './forward-move.ts';

/** What a promotion brings beside the pointer; the decision of an earlier rollout goes. */
const REQUEST: readonly string[] = ['promotion.yaml', 'promotion.yaml.sig', 'approvals'];

/** A promotion and the pointer that it moves. */
interface Judged extends ForwardMove {
  readonly promotion: Signed<PromotionDocument>;
}

/** Judges promotion.yaml and stage.yaml changed together: what was asked is what the gates find, now, in the parent's state. */
export async function judgePromotion(context: RuleContext, move: ForwardMove): Promise<Finding> {
  const promotion = await readSigned(context, 'Promotion', promotionPath(move.at.model, move.at.stage));
  if (!promotion.ok) return refusing(...promotion.refusals);
  const judged = { ...move, promotion: promotion.value };
  const { approvals, refusals } = await readApprovals(
    { snapshot: context.after, trust: context.view.trust, registry: context.view.id },
    promotion.value,
    move.at,
  );
  const facts = await factsOf(context, judged, approvals);
  const finding = facts === undefined ? refusing(unknownVersion(judged)) : await judgeFacts(context, judged, facts);
  return joined([
    refusing(...checkAuthor(context, judged), ...checkDates(context, judged), ...refusals),
    refusing(...checkOrder(context, judged), ...checkIdle(judged), ...(await checkStanding(context, move.at, REQUEST))),
    refusing(...checkNoHoldAlong(context, judged), ...checkNoFreezeAlong(context, promotion.value.path)),
    finding,
    { refusals: [], changes: [summary(judged)] },
  ]);
}

function summary({ at, promotion }: Judged): Finding['changes'][number] {
  const { version, plan, requestedBy, breakGlass } = promotion.body.spec;
  const glass = breakGlass === undefined ? {} : { breakGlass: breakGlass.reason };
  return { action: 'promote', ...at, version, by: requestedBy, detail: plan.strategy, ...glass };
}

async function factsOf(
  context: RuleContext,
  { at, promotion }: Judged,
  approvals: readonly Approval[],
): Promise<PromotionFacts | undefined> {
  const { version, from, plan, breakGlass } = promotion.body.spec;
  return readPromotionFacts(context.view, context.source, {
    model: at.model,
    version,
    from,
    to: at.stage,
    plan,
    breakGlass,
    requester: promotion.signer,
    approvals,
    artifact: { state: 'unchecked' },
    now: context.now,
  });
}

async function judgeFacts(context: RuleContext, judged: Judged, facts: PromotionFacts): Promise<Finding> {
  const { at, current, next, promotion } = judged;
  const evaluation = await evaluate(facts.input);
  const expected = nextStage({
    registry: context.view.id,
    ...at,
    version: facts.candidate.version.body,
    plan: promotion.body.spec.plan,
    promotion: promotion.digest,
    current: current?.stage,
    previous: previousOf(current),
    base: promotion.body.spec.base,
    movedBy: promotion.signer,
    movedAt: promotion.body.spec.requestedAt,
  });
  const refused = toldOnce(evaluation.gates).filter(
    ({ verdict, enforcement }) => enforcement === 'refuse' && verdict !== 'pass' && verdict !== 'skip',
  );
  return refusing(
    ...checkBindings(context, judged, { ...facts, evaluation }),
    ...checkRecorded(promotion, checksOf(evaluation)),
    ...refused.map((gate): Refusal => ({
      code: 'gate',
      path: `${promotion.path}: ${gate.id}`,
      expected: String(gate.required ?? `gate ${gate.type} to pass`),
      found: gate.reason,
      hint: gate.hint ?? `mreg explain ${at.model}@${promotion.body.spec.version} --to ${at.stage}`,
    })),
    ...checkStageBody(next, expected),
  );
}

function checkAuthor(context: RuleContext, { at, next, promotion }: Judged): readonly Refusal[] {
  const { requestedBy } = promotion.body.spec;
  return [
    ...requireRole(context.view, promotion, { roles: ['promoter'], model: at.model }),
    ...requireSigner(promotion.path, { field: 'spec.requestedBy', value: requestedBy }, promotion.signer),
    ...requireSigner(next.path, { field: 'spec.movedBy', value: next.body.spec.movedBy }, next.signer),
    ...requireSigner(next.path, { field: 'the signer', value: next.signer }, promotion.signer),
  ];
}

const DAY_MS = 24 * 60 * 60 * 1000;

function checkDates(context: RuleContext, { at, promotion }: Judged): readonly Refusal[] {
  const { path, body } = promotion;
  const { requestedAt, expiresAt } = body.spec;
  const days = requestDays(context.view, { model: at.model, to: at.stage });
  const lifetimeMs = new Date(expiresAt).getTime() - new Date(requestedAt).getTime();
  const hint = 'ask again: mreg promote';
  const expired: Refusal = {
    code: 'expired',
    path,
    expected: `a request that expires after ${context.now.toISOString()} (clock of this machine)`,
    found: expiresAt,
    hint,
  };
  const long: Refusal = {
    code: 'policy',
    path,
    expected: `a request open for at most ${String(days)} days`,
    found: expiresAt,
    hint,
  };
  return [...(new Date(expiresAt) <= context.now ? [expired] : []), ...(lifetimeMs > days * DAY_MS ? [long] : [])];
}

/** Stages are passed in order, and a version is promoted from where it stands. */
function checkOrder(context: RuleContext, { at, promotion }: Judged): readonly Refusal[] {
  const { stages } = context.view.settings.body.spec;
  const { from, to } = promotion.body.spec;
  const before = stages[stages.indexOf(at.stage) - 1];
  if (to === at.stage && from === before) return [];
  const expected = `from ${before ?? 'nothing'} to ${at.stage}`;
  return [{ code: 'stage-order', path: promotion.path, expected, found: `from ${from} to ${to}`, hint: 'mreg status' }];
}

/** A second newcomer would push the first out of its slot while it serves. */
function checkIdle({ current, promotion }: Judged): readonly Refusal[] {
  if (current === undefined || !inProgress(current)) return [];
  const { model, stage } = current.stage.spec;
  const hint = `finish it, or mreg rollback ${model} --stage ${stage}`;
  return [
    {
      code: 'rollout',
      path: promotion.path,
      expected: 'no rollout in progress',
      found: current.stage.spec.rollout.phase,
      hint,
    },
  ];
}

/** Attack: a promotion that slips through in the very commit that bars, or frees, its version. */
function checkNoHoldAlong(context: RuleContext, { at, promotion }: Judged): readonly Refusal[] {
  const folder = `${modelDirectory(at.model)}/versions/`;
  const along = context.changes.filter(({ path }) => path.startsWith(folder));
  if (along.length === 0) return [];
  const found = along.map(({ path }) => path).join(', ');
  const expected = 'a promotion with no other change to its model';
  return [{ code: 'mixed-change', path: promotion.path, expected, found, hint: 'split it into several commits' }];
}

/** What a promotion says about the state it was judged in must be the state it lands in. */
function checkBindings(
  context: RuleContext,
  { at, current, next, promotion }: Judged,
  facts: PromotionFacts & { readonly evaluation: Evaluation },
): readonly Refusal[] {
  const { spec } = promotion.body;
  const { candidate, rollbackTo, input, evaluation } = facts;
  const standing = input.stages.get(spec.from)?.facts.name ?? 'none';
  const rows: readonly (readonly [Refusal['code'], string, unknown, unknown])[] = [
    ['stage-order', `the version in ${spec.from}`, standing, spec.version],
    ['chain', 'versionDigest', candidate.version.digest, spec.versionDigest],
    ['chain', 'artifact', candidate.version.body.spec.artifact.digest, spec.artifact],
    ['chain', 'previous', previousOf(current), spec.previous],
    ['chain', 'base', next.body.spec.base, spec.base],
    ['chain', 'rollbackTo', rollbackTo?.stage.spec.version ?? 'none', spec.rollbackTo],
    ['policy', 'policy', context.view.policySet, spec.policy],
    ['policy', 'trust', context.view.root.body.spec.version, spec.trust],
    ['checks', 'evidence', evidenceText(evaluation.evidence), evidenceText(spec.evidence)],
  ];
  const hint = `what it rests on has changed: ask again with mreg promote ${at.model}@${spec.version} --to ${at.stage}`;
  return rows
    .filter(([, , expected, found]) => expected !== found)
    .map(([code, field, expected, found]) => ({
      code,
      path: promotion.path,
      expected: `${field}: ${String(expected)}`,
      found: String(found),
      hint,
    }));
}

/** Attack: checks edited after they were made, so that a reader believes in numbers that no gate saw. */
function checkRecorded(promotion: Signed<PromotionDocument>, recomputed: readonly Check[]): readonly Refusal[] {
  const recorded = promotion.body.spec.checks;
  const ids = [...new Set([...recomputed, ...recorded].map(({ gate }) => gate))];
  return ids.flatMap((id): Refusal[] => {
    const [expected, found] = [recomputed, recorded].map((checks) => textOf(checks.filter(({ gate }) => gate === id)));
    if (expected === found) return [];
    const hint = 'ask again: mreg promote records what the gates see';
    return [{ code: 'checks', path: `${promotion.path}: ${id}`, expected: expected ?? '', found: found ?? '', hint }];
  });
}

function textOf(checks: readonly Check[]): string {
  return checks
    .map(({ verdict, observed, baseline, required }) => JSON.stringify({ verdict, observed, baseline, required }))
    .join(' ');
}

function unknownVersion({ at, promotion }: Judged): Refusal {
  const found = promotion.body.spec.version;
  return {
    code: 'chain',
    path: promotion.path,
    expected: `a registered version of ${at.model}`,
    found,
    hint: `mreg show ${at.model}`,
  };
}
