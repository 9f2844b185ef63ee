import { digestOf, type Digest } from '../documents/digest.ts';
import { assert } from '../documents/error.ts';
import type { Refusal } from '../documents/refusal.ts';
import type { RefMove, Repository } from '../git/port.ts';
import { parsePushLines } from '../git/push-lines.ts';
import { entryAt, fileAt } from '../registry/snapshot.ts';
import { changeWords } from '../report/change-words.ts';
import type { PushReport, PushStep } from '../report/refusals.ts';
import { stepsOfMove, type BranchMove } from './history-walk.ts';
import { judgeStep, snapshotOf, type JudgedStep } from './judge-step.ts';
import { checkFirstBranch, readProtection, type Protection } from './protected-branches.ts';
import { checkRefs } from './push-refs.ts';

/** What the door is given beside the repository. */
export interface PushContext {
  readonly repository: Repository;
  /** The clock of the server. */
  readonly now: Date;
  readonly pinnedRoot: Digest | undefined;
  /** Most first-parent commits that one push may add to a protected branch. */
  readonly maxSteps: number;
}

/** What was judged of a push: accepted exactly when no report refuses anything. */
export interface PushJudgement {
  readonly accepted: boolean;
  /** One for each protected branch that the push moves, and one for what refuses the push as a whole. */
  readonly reports: readonly PushReport[];
  /** The first trust root of a registry that arrives at a server which has none pinned. */
  readonly rootToPin: Digest | undefined;
}

/** More commits than anybody pushes in one day; a longer history is pushed in parts. */
export const MAX_STEPS = 20_000;

/**
 * Judges what git tells a pre-receive hook: rules about refs first, then every new first-parent commit of the protected
 * branches, oldest first. Nothing is written.
 */
export async function judgePush(lines: Uint8Array, context: PushContext): Promise<PushJudgement> {
  const moves = parsePushLines(lines);
  if (!moves.ok) return refused('push', moves.refusals);
  const protection = await readProtection(context.repository);
  if (!protection.ok) return refused('push', protection.refusals);
  const refusals = await checkWholePush(moves.value, context.repository, protection.value);
  if (refusals.length > 0) return refused('push', refusals);
  return judgeBranches(moves.value, protection.value, context);
}

async function checkWholePush(
  moves: readonly RefMove[],
  repository: Repository,
  protection: Protection,
): Promise<readonly Refusal[]> {
  const refusals = checkRefs(moves, protection.refs);
  if (protection.tip !== undefined || refusals.length > 0) return refusals;
  return checkFirstBranch(repository, moves.filter(isMove), protection);
}

async function judgeBranches(
  moves: readonly RefMove[],
  protection: Protection,
  context: PushContext,
): Promise<PushJudgement> {
  const reports: PushReport[] = [];
  let rootToPin: Digest | undefined;
  for (const move of moves.filter(isMove)) {
    if (!protection.refs.has(move.ref)) continue;
    // A second protected branch starts where the first one is: what was judged there is in force here too.
    const judged = await judgeBranch({ ...move, old: move.old ?? protection.tip }, context);
    reports.push(judged.report);
    // Attack: a wrong old tip, which git refuses only later, would pin the root of a stranger here.
    if (protection.tip === move.old) rootToPin ??= judged.rootToPin;
  }
  const accepted = reports.every(isAccepted);
  return { accepted, reports, rootToPin: accepted && context.pinnedRoot === undefined ? rootToPin : undefined };
}

interface JudgedBranch {
  readonly report: PushReport;
  readonly rootToPin: Digest | undefined;
}

async function judgeBranch(move: BranchMove, context: PushContext): Promise<JudgedBranch> {
  const { repository, maxSteps } = context;
  const steps = await stepsOfMove(repository, move, maxSteps);
  if (!steps.ok) return { report: { ref: move.ref, steps: [], refusals: steps.refusals }, rootToPin: undefined };
  const judged: PushStep[] = [];
  let rootToPin: Digest | undefined;
  for (const [index, oid] of steps.value.entries()) {
    if (index % AHEAD === 0) await readAhead(repository, steps.value.slice(index, index + AHEAD));
    const step = await judgeStep(oid, { source: repository, now: context.now, pinnedRoot: context.pinnedRoot });
    judged.push(pushStep(step));
    // What comes later rests on it: its refusals would only repeat this one.
    if (!step.verdict.accepted) break;
    rootToPin ??= await firstRootOf(step, repository);
  }
  const refusals = await checkPinnedThere(move, context);
  const unjudged = steps.value.length - judged.length;
  return { report: { ref: move.ref, steps: judged, refusals, unjudged }, rootToPin };
}

/** How many commits are asked for together: git then answers in one turn, and ten thousand take a second less. */
const AHEAD = 256;

/** What cannot be read is told by whoever judges it. */
async function readAhead(repository: Repository, commits: readonly string[]): Promise<void> {
  const read = await Promise.allSettled(commits.map((oid) => repository.readCommit(oid)));
  await repository.readSmallTrees(read.flatMap((each) => (each.status === 'fulfilled' ? [each.value.tree] : [])));
}

/** Attack: a server that was set up for a registry filled with something that no rule looks at. */
async function checkPinnedThere(
  move: BranchMove,
  { repository, pinnedRoot }: PushContext,
): Promise<readonly Refusal[]> {
  if (pinnedRoot === undefined) return [];
  if ((await entryAt(await snapshotOf(repository, move.new), 'trust/root.yaml')) !== undefined) return [];
  const hint = 'push the registry that this server was set up for, or on the server: git config --unset mreg.root';
  const expected = `the registry with the pinned root ${pinnedRoot}`;
  return [{ code: 'root-not-pinned', path: 'trust/root.yaml', expected, found: 'no registry', hint }];
}

async function firstRootOf({ commit, verdict }: JudgedStep, repository: Repository): Promise<Digest | undefined> {
  if (!verdict.changes.some(({ action }) => action === 'init')) return undefined;
  const file = await fileAt({ objects: repository, commit: commit.oid, tree: commit.tree }, 'trust/root.yaml');
  assert(file.state === 'present', 'an accepted first commit has a trust root');
  return digestOf(file.bytes);
}

function pushStep({ commit, verdict }: JudgedStep): PushStep {
  return {
    commit: commit.oid,
    subject: commit.subject,
    accepted: verdict.accepted,
    refusals: verdict.refusals,
    changes: verdict.changes.map(changeWords),
  };
}

function isAccepted({ steps, refusals = [] }: PushReport): boolean {
  return refusals.length === 0 && steps.every(({ accepted }) => accepted);
}

function isMove(move: RefMove): move is BranchMove {
  return move.new !== undefined;
}

function refused(ref: string, refusals: readonly Refusal[]): PushJudgement {
  return { accepted: false, reports: [{ ref, steps: [], refusals }], rootToPin: undefined };
}
