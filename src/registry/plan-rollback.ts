import { assert } from '../documents/error.ts';
import { stageDirectory } from '../documents/paths.ts';
import type { CommitPlan } from './commit-plan.ts';
import { finish, newDraft, onOneLine, type Draft } from './draft.ts';
import { isHeld } from './facts.ts';
import { mirrorFolder } from './mirror-folder.ts';
import { readVersionFacts } from './models.ts';
import { addHold } from './plan-hold.ts';
import type { Snapshot, Source } from './snapshot.ts';
import { lastStable, newcomerOf, stageStateAt, type StageState } from './stage-chain.ts';
import type { RegistryView } from './view.ts';

/** A rollback as it is asked. */
export interface RollbackWish {
  readonly model: string;
  readonly stage: string;
  readonly reason: string;
  /** What it was decided on, line by line, for the commit's message. */
  readonly details?: readonly string[];
  /** Bars the version that is left from promotion until somebody releases it. */
  readonly hold: boolean;
  readonly by: string;
  readonly now: Date;
}

/** The plan of a rollback: the stage's files as they were, and the hold that rides along. */
export interface RollbackPlan {
  readonly plan: CommitPlan;
  readonly left: string;
  readonly target: StageState;
}

/** Why there is nothing to roll back to. */
export type NoRollback = 'empty-stage' | 'no-target';

/** Plans the return of a stage to its last stable state, byte for byte; no gates, no approvals, no metrics are asked. */
export async function planRollback(
  view: RegistryView,
  source: Source,
  wish: RollbackWish,
): Promise<RollbackPlan | NoRollback> {
  const at = { model: wish.model, stage: wish.stage };
  const from = await stageStateAt(view.snapshot, at);
  if (from === undefined) return 'empty-stage';
  const isUsable = async (version: string): Promise<boolean> => !(await isHeld(view, wish.model, version));
  const target = await lastStable(source, { at, from, includeFrom: false, isUsable });
  if (target === undefined) return 'no-target';
  const left = newcomerOf(from.stage);
  const draft = newDraft();
  await restoreStage(draft, { now: view.snapshot, source, target }, stageDirectory(at.model, at.stage));
  if (wish.hold) await addRollbackHold(draft, view, { wish, left });
  return { plan: finish(draft, rollbackMessage(wish, { left, to: target.stage.spec.version })), left, target };
}

/** A rollback that stands already. */
export interface EarlierRollback {
  readonly commit: string;
  readonly left: string;
  readonly version: string;
}

/**
 * Returns the rollback that last moved the stage, where it was asked for the same reason: the command was run before and
 * its answer lost, or two people at once did the same. Carried out again, it would go back one version more.
 */
export async function rolledBackAlready(
  view: RegistryView,
  source: Source,
  { model, stage, reason }: Pick<RollbackWish, 'model' | 'stage' | 'reason'>,
): Promise<EarlierRollback | undefined> {
  const state = await stageStateAt(view.snapshot, { model, stage });
  const tip = view.snapshot.commit;
  if (state === undefined || tip === undefined) return undefined;
  const [commit] = await source.commitsTouching(stageDirectory(model, stage), state.stage.spec.base, tip);
  if (commit === undefined) return undefined;
  const { trailers } = await source.readCommit(commit);
  const isSame = trailers['Mreg-Action'] === 'rollback' && trailers['Mreg-Reason'] === onOneLine(reason);
  return isSame ? { commit, left: trailers['Mreg-Left'] ?? '', version: newcomerOf(state.stage) } : undefined;
}

async function restoreStage(
  draft: Draft,
  states: { readonly now: Snapshot; readonly source: Source; readonly target: StageState },
  directory: string,
): Promise<void> {
  const { now, source, target } = states;
  assert(target.commit !== undefined, 'an earlier state stands in a commit');
  const from = { objects: source, commit: target.commit, tree: (await source.readCommit(target.commit)).tree };
  for (const [path, bytes] of await mirrorFolder(directory, { from, onto: now })) draft.edits.set(path, bytes);
}

async function addRollbackHold(
  draft: Draft,
  view: RegistryView,
  { wish, left }: { readonly wish: RollbackWish; readonly left: string },
): Promise<void> {
  const candidate = await readVersionFacts(view.snapshot, wish.model, left);
  if (candidate === undefined || candidate.held !== undefined) return;
  const reason = `rolled back from ${wish.stage}: ${wish.reason}`;
  await addHold(draft, view, { model: wish.model, candidate, action: 'hold', reason, by: wish.by, now: wish.now });
}

function rollbackMessage(
  wish: RollbackWish,
  versions: { readonly left: string; readonly to: string },
): Parameters<typeof finish>[1] {
  const { model, stage, reason, details = [] } = wish;
  return {
    subject: `Roll back ${model} in ${stage} to ${versions.to}`,
    body: [reason, ...(details.length === 0 ? [] : ['', ...details])].join('\n'),
    trailers: {
      'Mreg-Action': 'rollback',
      'Mreg-Model': model,
      'Mreg-Stage': stage,
      'Mreg-Version': versions.to,
      'Mreg-Left': versions.left,
      'Mreg-Reason': onOneLine(reason),
    },
  };
}
