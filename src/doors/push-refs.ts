import type { Refusal } from '../documents/refusal.ts';
import type { RefMove } from '../git/port.ts';

const BRANCHES = 'refs/heads/';
const TAGS = 'refs/tags/';

/**
 * Returns what a push may not do to refs, whatever it brings. Branches other than the protected ones are the users' own.
 */
export function checkRefs(moves: readonly RefMove[], protectedRefs: ReadonlySet<string>): readonly Refusal[] {
  return moves.flatMap((move) => checkRef(move, protectedRefs));
}

function checkRef(move: RefMove, protectedRefs: ReadonlySet<string>): readonly Refusal[] {
  if (protectedRefs.has(move.ref)) return move.new === undefined ? [deletedBranch(move.ref)] : [];
  // Attack: git then shows other content than the id names, on every machine that fetches the replacement.
  if (move.ref.startsWith('refs/replace/')) return move.new === undefined ? [] : [replacement(move.ref)];
  if (move.ref.startsWith(TAGS) && move.old !== undefined) return [movedTag(move)];
  const shadowed = move.new === undefined ? undefined : shadowedBy(move.ref, protectedRefs);
  return shadowed === undefined ? [] : [shadow(move.ref, shadowed)];
}

/**
 * Attack: git takes `main` for refs/main or a tag before the branch, a file system that folds case for refs/heads/MAIN, and
 * a clone `origin/main` for a tag before the branch that it fetched: readers would follow what nobody judged.
 */
function shadowedBy(ref: string, protectedRefs: ReadonlySet<string>): string | undefined {
  return [...protectedRefs].find((protectedRef) => {
    const name = protectedRef.slice(BRANCHES.length);
    const isTaken = [`refs/${name}`, `refs/tags/${name}`, protectedRef].some((other) => folded(other) === folded(ref));
    return isTaken || isTakenInClones(folded(ref), folded(name));
  });
}

/** Tags travel to every clone; how it calls the server is its own, so any first part counts. `origin` alone is usual. */
function isTakenInClones(ref: string, name: string): boolean {
  return ref === `${TAGS}origin` || (ref.startsWith(TAGS) && ref.endsWith(`/${name}`));
}

function folded(ref: string): string {
  return ref.normalize('NFKC').toLowerCase();
}

function deletedBranch(ref: string): Refusal {
  const hint = 'whoever runs the server may retire a registry; a push may not';
  return { code: 'protected-ref', path: ref, expected: 'the protected branch to stay', found: 'its deletion', hint };
}

function replacement(ref: string): Refusal {
  const hint = 'git replace -d <object>; change the registry by commits';
  return { code: 'protected-ref', path: ref, expected: 'no replace refs', found: 'one', hint };
}

function movedTag({ ref, ...move }: RefMove): Refusal {
  const found = move.new === undefined ? 'its deletion' : `a move to ${move.new}`;
  return {
    code: 'protected-ref',
    path: ref,
    expected: 'tags that stay',
    found,
    hint: 'make a new tag of another name',
  };
}

function shadow(ref: string, shadowed: string): Refusal {
  const expected = `names that nobody takes for ${shadowed}`;
  return { code: 'protected-ref', path: ref, expected, found: ref, hint: 'choose another name' };
}
