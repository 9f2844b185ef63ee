import type { Reading, Refusal } from '../documents/refusal.ts';
import { inChunks } from '../registry/in-chunks.ts';
import type { History } from '../registry/snapshot.ts';

/** A branch on its way from one commit to another; `old` undefined where it is being created. */
export interface BranchMove {
  readonly ref: string;
  readonly old: string | undefined;
  readonly new: string;
}

/** History that can also list a line of commits at once. */
export interface ListedHistory extends History {
  firstParents(range: string, options: { readonly limit: number }): Promise<readonly string[]>;
}

/** A push of more commits than this is a whole history. */
const LONG = 100;

/**
 * Returns the first-parent commits that a move adds, oldest first, or why it is no move forward. The old tip must lie on
 * the first-parent line of the new one: then every step has its parent's state in force, and none is skipped.
 */
export async function stepsOfMove(
  history: ListedHistory,
  move: BranchMove,
  maxSteps: number,
): Promise<Reading<readonly string[]>> {
  const steps: string[] = [];
  let at: string | undefined = move.new;
  // Followed by hand: `rev-list old..new` would leave out what the old tip reaches through a second parent.
  while (at !== move.old && at !== undefined && steps.length < maxSteps) {
    steps.push(at);
    if (steps.length === LONG) await readAhead(history, { ...move, new: at }, maxSteps);
    at = (await history.readCommit(at)).parents[0];
  }
  if (at === move.old) return { ok: true, value: steps.reverse() };
  return { ok: false, refusals: [await whyNotForward(history, move, { maxSteps, isLong: at !== undefined })] };
}

/**
 * Reads what comes next many at a time, so that the walk finds it in memory: one turn of git for each of ten thousand
 * commits takes a second. Git's list decides nothing: where it is wrong or cannot be had, the walk is slower.
 */
async function readAhead(history: ListedHistory, move: BranchMove, limit: number): Promise<void> {
  const range = move.old === undefined ? move.new : `${move.old}..${move.new}`;
  const listed = await history.firstParents(range, { limit }).catch(() => []);
  await inChunks(listed, (oid) => history.readCommit(oid).catch(() => undefined));
}

async function whyNotForward(
  history: History,
  move: BranchMove,
  { maxSteps, isLong }: { readonly maxSteps: number; readonly isLong: boolean },
): Promise<Refusal> {
  const { old } = move;
  if (old !== undefined && !(await history.isAncestor(old, move.new))) return forced(move, old);
  return isLong || old === undefined ? tooMany(move, maxSteps) : foxtrot(move, old);
}

/** Attack: history rewritten, so that what was judged is gone or stands on other ground. */
function forced({ ref, ...move }: BranchMove, old: string): Refusal {
  const expected = `a descendant of ${old}, the tip that stands here`;
  const hint =
    'git fetch, then git rebase onto what was fetched; a change is undone by a revert, never by a force push';
  return { code: 'history-shape', path: ref, expected, found: move.new, hint };
}

/** Attack: a merge the wrong way round makes the pusher's own line the first-parent history. */
function foxtrot({ ref, ...move }: BranchMove, old: string): Refusal {
  const expected = `${old} on the first-parent line of the new tip`;
  const hint =
    'git fetch, git switch --detach <remote>/<branch>, git merge --no-ff <yours>, and push that; or git rebase';
  const found = `${move.new}, which reaches it only through another parent of a merge`;
  return { code: 'history-shape', path: ref, expected, found, hint };
}

function tooMany({ ref }: BranchMove, maxSteps: number): Refusal {
  const hint = `push the older part first: git push <remote> <commit>:${ref}`;
  return {
    code: 'too-large',
    path: ref,
    expected: `at most ${String(maxSteps)} commits in one push`,
    found: 'more',
    hint,
  };
}
