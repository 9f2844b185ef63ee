import { placeOf, stageDirectory, stagePath } from '../documents/paths.ts';
import type { Change } from './changes.ts';
import type { Source } from './snapshot.ts';
import { subjectsOf } from './subjects.ts';

/** A source that answers questions about a line of commits that is being walked from memory, not from git. */
export interface LineSource {
  readonly source: Source;
  /** Notes what the next commit of the walk changed; commits come oldest first, none left out. */
  readonly note: (commit: string, changes: readonly Change[]) => void;
}

/**
 * Returns a source for walking `line`, first-parent commits oldest first, from the commit after `start` on (from the
 * first when undefined). Every move of a stage asks twice about history: by starting git that costs more than judging.
 */
export function openLineSource(
  source: Source,
  { line, start }: { readonly line: readonly string[]; readonly start: string | undefined },
): LineSource {
  const placeOfCommit = new Map(line.map((commit, index) => [commit, index]));
  const moves = new Map<string, string[]>();
  const known = start === undefined ? -1 : (placeOfCommit.get(start) ?? line.length);
  let last = known;

  function note(commit: string, changes: readonly Change[]): void {
    last = placeOfCommit.get(commit) ?? last;
    for (const subject of subjectsOf(changes)) {
      if (subject.kind !== 'stage') continue;
      const folder = stageDirectory(subject.model, subject.stage);
      const noted = moves.get(folder);
      if (noted === undefined) moves.set(folder, [commit]);
      else noted.push(commit);
    }
  }

  /** The noted commits say everything about what came after `start` and up to the last one. */
  function movesBetween(folder: string, base: string | undefined, tip: string): readonly string[] | undefined {
    const [from, to] = [base === undefined ? undefined : placeOfCommit.get(base), placeOfCommit.get(tip)];
    if (from === undefined || to === undefined || from < known || to > last || !isStageFolder(folder)) return undefined;
    const isBetween = (commit: string): boolean => {
      const at = placeOfCommit.get(commit) ?? -1;
      return at > from && at <= to;
    };
    return (moves.get(folder) ?? []).filter(isBetween).toReversed();
  }

  return {
    note,
    source: {
      readTree: (oid) => source.readTree(oid),
      readSmallTrees: (oids) => source.readSmallTrees(oids),
      readBlob: (oid, maxBytes) => source.readBlob(oid, maxBytes),
      readCommit: (oid) => source.readCommit(oid),
      isAncestor: async (ancestor, descendant) => {
        const [above, below] = [placeOfCommit.get(ancestor), placeOfCommit.get(descendant)];
        // What is not on the line may have come in through a merge: git knows.
        return above !== undefined && below !== undefined ? above <= below : source.isAncestor(ancestor, descendant);
      },
      commitsTouching: async (path, base, tip) =>
        movesBetween(path, base, tip) ?? source.commitsTouching(path, base, tip),
    },
  };
}

function isStageFolder(folder: string): boolean {
  const place = placeOf(`${folder}/stage.yaml`);
  return place.kind === 'stage' && stagePath(place.model, place.stage) === `${folder}/stage.yaml`;
}
