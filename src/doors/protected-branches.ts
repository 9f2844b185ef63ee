import type { RegistryDocument } from '../documents/kinds/registry.ts';
import type { Reading, Refusal } from '../documents/refusal.ts';
import type { Repository } from '../git/port.ts';
import { mustRead, readStored } from '../registry/read-file.ts';
import type { BranchMove } from './history-walk.ts';
import { snapshotOf } from './judge-step.ts';

/** What a server protects, and the commit that is in force there. */
export interface Protection {
  readonly refs: ReadonlySet<string>;
  /** The tip of the branch that HEAD names; undefined in an empty repository. */
  readonly tip: string | undefined;
}

/**
 * Returns the branch that the server's HEAD names, together with the one that mreg.yaml names there. Both, because a
 * change of that field must not set the branch free that everybody still reads. Nothing pushed can move HEAD.
 */
export async function readProtection(repository: Repository): Promise<Reading<Protection>> {
  const { ref, commit } = await repository.head();
  if (ref === undefined) return { ok: false, refusals: [detached()] };
  if (commit === undefined) return { ok: true, value: { refs: new Set([ref]), tip: undefined } };
  const settings = await mustRead(await snapshotOf(repository, commit), 'Registry', 'mreg.yaml');
  const named = settings === undefined ? [] : [branchRef(settings.body)];
  return { ok: true, value: { refs: new Set([ref, ...named]), tip: commit } };
}

function branchRef(settings: RegistryDocument): string {
  return `refs/heads/${settings.spec.branch}`;
}

/**
 * Refuses a registry that arrives on a server whose HEAD names another branch: it would stand there with no gate.
 * Asked only while the server is empty, where nothing says yet which branch is to be protected.
 */
export async function checkFirstBranch(
  repository: Repository,
  moves: readonly BranchMove[],
  { refs }: Protection,
): Promise<readonly Refusal[]> {
  const found: Refusal[] = [];
  for (const move of moves) {
    if (refs.has(move.ref) || !move.ref.startsWith('refs/heads/')) continue;
    const reading = await readStored(await snapshotOf(repository, move.new), 'Registry', 'mreg.yaml');
    const settings = reading.ok ? reading.value?.body : undefined;
    if (settings !== undefined && branchRef(settings) === move.ref) found.push(wrongHead(move.ref, refs));
  }
  return found;
}

function detached(): Refusal {
  const hint = 'on the server: git symbolic-ref HEAD refs/heads/<protected branch>';
  return {
    code: 'protected-ref',
    path: 'HEAD',
    expected: 'HEAD of the server on a branch',
    found: 'a bare commit',
    hint,
  };
}

function wrongHead(ref: string, refs: ReadonlySet<string>): Refusal {
  const expected = `a registry whose branch is ${[...refs].join(', ')}, which HEAD of the server names`;
  const hint = `on the server: git symbolic-ref HEAD ${ref}`;
  return { code: 'protected-ref', path: ref, expected, found: ref, hint };
}
