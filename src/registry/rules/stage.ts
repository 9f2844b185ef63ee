import { MregError } from '../../documents/error.ts';
import { decisionPath, promotionPath, stageDirectory, stagePath } from '../../documents/paths.ts';
import type { Refusal } from '../../documents/refusal.ts';
import { checkKustomization } from '../kustomization-file.ts';
import { fileAt, type CommitFacts, type Source } from '../snapshot.ts';
import { newcomerOf, previousOf, stageStateAt, unjudgedStageState, type StageAddress } from '../stage-chain.ts';
import { judgeFirstStage } from './first-stage.ts';
import { judgePromotion } from './promotion.ts';
import { judgeRollback } from './rollback.ts';
import { judgeRolloutStep } from './rollout-step.ts';
import type { ForwardMove } from './forward-move.ts';
import { unmoved } from './stage-folder.ts';
import { joined, readSigned, refusing, type Finding, type RuleContext } from './rule.ts';

/**
 * Judges every change of a stage's folder. A pointer whose `previous` is the pointer in force moves forward: by a
 * registration, a promotion or a rollout step. Any other state must be an earlier one, byte for byte: a rollback.
 */
export async function judgeStage(context: RuleContext, at: StageAddress): Promise<Finding> {
  const known = checkStageName(context, at);
  if (known.length > 0) return refusing(...known);
  const current = await stageStateAt(context.view.snapshot, at);
  const path = stagePath(at.model, at.stage);
  const file = await fileAt(context.after, path);
  if (file.state === 'absent') return refusing(pointerRemoved(path));
  const restored = await judgeRollback(context, { at, current });
  if (restored !== undefined) return restored;
  if (!touches(context, path)) return refusing(unmoved(context, at));
  const next = await readSigned(context, 'Stage', path);
  if (!next.ok) return refusing(...next.refusals, ...byHandHint(context, path));
  return judgeForward(context, { at, current, next: next.value });
}

async function judgeForward(context: RuleContext, move: ForwardMove): Promise<Finding> {
  const { at, current, next } = move;
  const common = refusing(
    ...checkLink(move),
    ...(await checkBase(context, move)),
    ...(await checkKustomization(context.after, at, LET_MREG_WRITE)),
    ...checkClock(context, move),
  );
  if (next.body.spec.promotion === 'none') return joined([common, await judgeFirstStage(context, move)]);
  if (touches(context, promotionPath(at.model, at.stage))) return joined([common, await judgePromotion(context, move)]);
  if (current !== undefined && touches(context, decisionPath(at.model, at.stage))) {
    return joined([common, await judgeRolloutStep(context, { ...move, current })]);
  }
  return joined([common, refusing(movedByHand(next.path))]);
}

function touches(context: RuleContext, path: string): boolean {
  return context.changes.some((change) => change.path === path);
}

function checkStageName(context: RuleContext, at: StageAddress): readonly Refusal[] {
  const { stages } = context.view.settings.body.spec;
  if (stages.includes(at.stage)) return [];
  const path = stagePath(at.model, at.stage);
  return [
    {
      code: 'stage-order',
      path,
      expected: `a stage of mreg.yaml: ${stages.join(', ')}`,
      found: at.stage,
      hint: 'mreg status',
    },
  ];
}

function checkLink({ current, next }: ForwardMove): readonly Refusal[] {
  const previous = previousOf(current);
  if (next.body.spec.previous === previous) return [];
  const hint = 'fetch, and ask for the promotion again: the pointer has moved since, or these bytes were used before';
  return [
    {
      code: 'chain',
      path: next.path,
      expected: `previous: ${previous}, the pointer in force`,
      found: next.body.spec.previous,
      hint,
    },
  ];
}

/**
 * Attack: the bytes of a promotion that was rolled back, put back. They sign `base`, the commit they were judged on, and
 * this stage has moved since then, so they are refused however valid their signatures are.
 */
async function checkBase(context: RuleContext, { at, current, next }: ForwardMove): Promise<readonly Refusal[]> {
  const { base } = next.body.spec;
  const parent = context.view.snapshot.commit;
  const refuse = (expected: string, found: string): readonly Refusal[] => {
    const hint = `ask for the promotion again: mreg promote ${at.model}@${newcomerOf(next.body)} --to ${at.stage}`;
    return [{ code: 'replay', path: next.path, expected, found, hint }];
  };
  const claimed = await claimedCommit(context.source, base);
  if (claimed === undefined || parent === undefined || !(await context.source.isAncestor(base, parent))) {
    return refuse('base: a commit of the protected branch', base);
  }
  const folder = stageDirectory(at.model, at.stage);
  const [moved] = base === parent ? [] : await context.source.commitsTouching(folder, base, parent);
  if (moved !== undefined) return refuse(`a stage that has not moved since ${base}`, `a move in ${moved}`);
  // Attack: a base from a merged branch, which nobody judged. A rollback will restore what stands there, so it must be,
  // byte for byte and in every file of the folder, what was judged here.
  const then = await unjudgedStageState({ objects: context.source, commit: base, tree: claimed.tree }, at);
  if (then?.tree === current?.tree) return [];
  return refuse(`base: a commit that holds the ${at.stage} in force`, `${base}, which holds another`);
}

/** What a signer claims to be a commit may be anything; what git cannot read as one is none. */
async function claimedCommit(source: Source, oid: string): Promise<CommitFacts | undefined> {
  try {
    return await source.readCommit(oid);
  } catch (error) {
    if (error instanceof MregError) return undefined;
    throw error;
  }
}

const LET_MREG_WRITE = 'it is the same for every stage: let mreg write it, and keep your own settings in your overlay';

const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** Times are claims, but one from the future, or from before the pointer that it replaces, is a wrong clock or a lie. */
function checkClock(context: RuleContext, { current, next }: ForwardMove): readonly Refusal[] {
  const movedAt = new Date(next.body.spec.movedAt);
  const earliest = current === undefined ? undefined : new Date(current.stage.spec.movedAt);
  const tooLate = movedAt.getTime() > context.now.getTime() + CLOCK_SKEW_MS;
  const tooEarly = earliest !== undefined && movedAt < earliest;
  if (!tooLate && !tooEarly) return [];
  const expected = tooLate
    ? `movedAt not after ${context.now.toISOString()} (clock of this machine)`
    : `movedAt not before ${current?.stage.spec.movedAt ?? ''}`;
  return [
    {
      code: 'clock',
      path: next.path,
      expected,
      found: next.body.spec.movedAt,
      hint: 'set both clocks right (NTP), then ask again',
    },
  ];
}

function pointerRemoved(path: string): Refusal {
  const hint = 'a stage is never emptied: roll back to an earlier version, or promote another';
  return { code: 'immutable', path, expected: 'the pointer to stay', found: 'its removal', hint };
}

function movedByHand(path: string): Refusal {
  const hint = 'use mreg promote, mreg rollback, or git revert of the commit that moved it';
  const expected = 'a pointer that moves with a promotion, a rollout step or a rollback';
  return { code: 'ungoverned-shape', path, expected, found: 'stage.yaml changed on its own', hint };
}

/** A pointer that does not verify was mostly edited by hand: the reason people can act on comes with it. */
function byHandHint(context: RuleContext, path: string): readonly Refusal[] {
  const alone = !touches(context, `${path}.sig`);
  return alone ? [movedByHand(path)] : [];
}
