import type { Repository } from '../../src/git/port.ts';

export interface CommitOptions {
  readonly message?: string;
  readonly branch?: string;
  readonly at?: Date;
  readonly author?: { readonly name: string; readonly email: string };
  readonly sign?: (payload: Uint8Array) => Promise<string>;
  /** Further parents, after the branch's tip: a merge. */
  readonly merging?: readonly string[];
}

/** Commits files (null removes one) on a branch of any repository, in memory or real, and returns the commit. */
export async function commitInto(
  repository: Repository,
  files: Readonly<Record<string, string | Uint8Array | null>>,
  options: CommitOptions = {},
): Promise<string> {
  const ref = `refs/heads/${options.branch ?? 'main'}`;
  const parent = await repository.resolve(ref);
  const base = parent === undefined ? undefined : (await repository.readCommit(parent)).tree;
  const edits = Object.entries(files).map(
    ([path, content]) => [path, typeof content === 'string' ? Buffer.from(content) : content] as const,
  );
  const tree = await repository.writeTree(base, new Map(edits));
  const draft = {
    tree,
    parents: [...(parent === undefined ? [] : [parent]), ...(options.merging ?? [])],
    message: options.message ?? 'Change files',
    author: options.author ?? { name: 'Test', email: 'test@example.com' },
    at: options.at ?? new Date('2026-01-01T00:00:00Z'),
  };
  const commit = await repository.writeCommit(draft, options.sign);
  const result = await repository.moveRefs([{ ref, old: parent, new: commit }], 'test commit');
  if (result !== 'done') throw new Error(`${ref} moved while the test committed to it`);
  return commit;
}
