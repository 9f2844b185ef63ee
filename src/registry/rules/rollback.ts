import type { Slot, StageDocument } from '../../documents/kinds/stage.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { stagePath } from '../../documents/paths.ts';
import { holdsRole } from '../../trust/trust.ts';
import { transitionsInto } from '../facts.ts';
import { newestHold, unjudgedNewestHold } from '../models.ts';
import { earlierStates, newcomerOf, unjudgedStageState, type StageAddress, type StageState } from '../stage-chain.ts';
import type { Finding, RuleContext } from './rule.ts';
import { stageTreeAfter } from './forward-move.ts';

/** Who may take a stage back where no policy names roles. */
const DEFAULT_ROLLBACK_ROLES: readonly string[] = ['oncall', 'owner', 'controller'];

/**
 * Judges a stage whose folder became byte for byte what it was at an earlier time; undefined when it did not. No gates
 * and no approvals are asked: at 3 a.m. the way back must not depend on anything but a key.
 */
export async function judgeRollback(
  context: RuleContext,
  stage: { readonly at: StageAddress; readonly current: StageState | undefined },
): Promise<Finding | undefined> {
  const { at, current } = stage;
  if (current === undefined) return undefined;
  const target = await restoredState(context, { at, current });
  if (target === undefined) return undefined;
  const { version } = target.stage.spec;
  const refusals = [
    ...(await checkTarget(context, { at, current, target })),
    ...(await checkAuthority(context, { at, left: newcomerOf(current.stage) })),
  ];
  const by = context.committer === undefined ? {} : { by: context.committer };
  return {
    refusals,
    changes: [{ action: 'rollback', ...at, version, ...by, detail: `from ${newcomerOf(current.stage)}` }],
  };
}

/** Finds the new state among the earlier ones of this stage's own chain, so that no other branch's state can come back. */
async function restoredState(
  context: RuleContext,
  stage: { readonly at: StageAddress; readonly current: StageState },
): Promise<StageState | undefined> {
  // A pointer that cannot be read is no earlier state; the forward rules say what is wrong with it.
  const after = await unjudgedStageState(context.after, stage.at);
  if (after === undefined || after.stage.spec.previous === stage.current.digest) return undefined;
  const tree = await stageTreeAfter(context, stage.at);
  for await (const state of earlierStates(context.source, stage.at, stage.current)) {
    if (state.tree === tree) return state;
  }
  return undefined;
}

async function checkTarget(
  context: RuleContext,
  states: { readonly at: StageAddress; readonly current: StageState; readonly target: StageState },
): Promise<readonly Refusal[]> {
  const { at, current, target } = states;
  const path = stagePath(at.model, at.stage);
  const { version, rollout, promotion } = target.stage.spec;
  const samePromotion = promotion !== 'none' && promotion === current.stage.spec.promotion;
  // Less exposure of the same promotion is always allowed, also of a version held meanwhile.
  if (samePromotion && isLess(exposureOf(target.stage), exposureOf(current.stage))) return [];
  const hint = `mreg rollback ${at.model} --stage ${at.stage} finds the last stable version`;
  const found: Refusal[] = [];
  if (rollout.phase !== 'complete') {
    const expected = samePromotion
      ? 'an earlier step, with less traffic for the newcomer'
      : 'a state whose rollout was complete';
    found.push({ code: 'rollback', path, expected, found: rollout.phase, hint });
  }
  const hold = await unjudgedNewestHold(context.after, at.model, version);
  if (hold?.body.spec.action === 'hold') {
    found.push({ code: 'held', path, expected: 'a version without a hold', found: `${version}, which is held`, hint });
  }
  return found;
}

/** What the version that a promotion brought is given: a share of the traffic, and a share of its copies. */
function exposureOf({ spec: { champion, rollout, slots } }: StageDocument): Slot {
  const idle = champion === 'blue' ? 'green' : 'blue';
  return slots[rollout.phase === 'complete' ? champion : idle];
}

/** Attack: the end of a pause as a rollback, with the time before the pause still counting for the next step. */
function isLess(then: Slot, now: Slot): boolean {
  return then.weight < now.weight || (then.weight === now.weight && then.mirror < now.mirror);
}

/** The commit's signer has a rollback role, or a hold on the version left behind, by somebody who has, rides along. */
async function checkAuthority(
  context: RuleContext,
  move: { readonly at: StageAddress; readonly left: string },
): Promise<readonly Refusal[]> {
  const { model, stage } = move.at;
  const wanted = { roles: rollbackRoles(context, move.at), model };
  const { trust } = context.view;
  if (context.committer !== undefined && holdsRole(trust, context.committer, wanted)) return [];
  // Before the commit exists its signature cannot be judged: the server will.
  if (context.commit === undefined) return [];
  const holder = await holdAlong(context, move);
  if (holder !== undefined && holdsRole(trust, holder, wanted)) return [];
  const expected = `a commit signed by a ${wanted.roles.join(' or ')} of ${model}, or a hold on ${move.left} signed by one`;
  const found =
    context.committer === undefined ? 'a commit without a trusted signature' : `a commit of ${context.committer}`;
  const hint = `git revert -S with a trusted key, or mreg rollback ${model} --stage ${stage} -m <why>`;
  return [{ code: 'not-authorised', path: stagePath(model, stage), expected, found, hint }];
}

/** Returns the roles that may take a stage back: what the policies of the model name, or the default. */
function rollbackRoles(context: Pick<RuleContext, 'view'>, at: StageAddress): readonly string[] {
  const named = transitionsInto(context.view, at.model, at.stage).flatMap(({ rollback }) => rollback?.roles ?? []);
  return named.length === 0 ? DEFAULT_ROLLBACK_ROLES : [...new Set(named)];
}

/** Returns who signed the hold that this same step adds to the version left behind; the hold's own rule verifies it. */
async function holdAlong(
  context: RuleContext,
  { at, left }: { readonly at: StageAddress; readonly left: string },
): Promise<string | undefined> {
  const before = await newestHold(context.view.snapshot, at.model, left);
  const after = await newestHold(context.after, at.model, left);
  if (after !== before + 1) return undefined;
  const hold = await unjudgedNewestHold(context.after, at.model, left);
  return hold?.body.spec.action === 'hold' ? hold.body.spec.by : undefined;
}
