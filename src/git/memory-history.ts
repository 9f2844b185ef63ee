import { MregError } from '../documents/error.ts';
import type { CommitFacts } from '../registry/snapshot.ts';
import { isOid } from './object-id.ts';
import type { ObjectReader } from './object-reader.ts';

/** Walks history of a repository in memory the way git's commands do. */
export interface MemoryHistory {
  resolve(revision: string): Promise<string | undefined>;
  firstParents(
    range: string,
    options?: { readonly path?: string; readonly limit?: number },
  ): Promise<readonly string[]>;
  isAncestor(ancestor: string, descendant: string): Promise<boolean>;
}

/** What the walk reads: `has` tells whether a commit is there. */
interface MemoryStore {
  readonly reader: ObjectReader;
  readonly refs: ReadonlyMap<string, string>;
  readonly headRef: string;
  readonly has: (oid: string) => boolean;
}

/** Returns history over `store`; revisions are ids, refs, short names, HEAD, each with `^` and `~n` after it. */
export function memoryHistory(store: MemoryStore): MemoryHistory {
  const { reader, refs, headRef } = store;

  function startOf(name: string): string | undefined {
    if (isOid(name)) return store.has(name) ? name : undefined;
    const full =
      name === 'HEAD' ? [headRef] : [name, `refs/tags/${name}`, `refs/heads/${name}`, `refs/remotes/${name}`];
    const oid = full.map((ref) => refs.get(ref)).find((found) => found !== undefined);
    if (oid === undefined || store.has(oid)) return oid;
    throw new MregError('integrity', `${name} is damaged: it names no commit that can be read`);
  }

  async function resolve(revision: string): Promise<string | undefined> {
    const [, name = '', steps = ''] = /^(.*?)((?:\^|~\d+)*)$/s.exec(revision) ?? [];
    let oid = startOf(name);
    for (const step of steps.match(/\^|~\d+/g) ?? []) {
      const count = step === '^' ? 1 : Number(step.slice(1));
      for (let walked = 0; walked < count && oid !== undefined; walked++) oid = (await reader.commit(oid)).parents[0];
    }
    return oid;
  }

  async function known(revision: string): Promise<string> {
    const oid = await resolve(revision);
    if (oid === undefined) throw new MregError('git-failed', `${revision} names no commit`);
    return oid;
  }

  async function ancestors(oid: string): Promise<ReadonlySet<string>> {
    const seen = new Set<string>();
    const left = [oid];
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      left.push(...(await reader.commit(next)).parents);
    }
    return seen;
  }

  async function touches(commit: CommitFacts, path: string): Promise<boolean> {
    const [parent] = commit.parents;
    const before = parent === undefined ? undefined : await reader.entryAt((await reader.commit(parent)).tree, path);
    const after = await reader.entryAt(commit.tree, path);
    return before?.oid !== after?.oid || before?.mode !== after?.mode;
  }

  return {
    resolve,
    isAncestor: async (ancestor, descendant) => {
      const reached = await ancestors(await known(descendant));
      return reached.has(ancestor);
    },
    firstParents: async (range, { path, limit = Infinity } = {}) => {
      const [tip = '', base] = range.split('..').reverse();
      const excluded = base === undefined ? new Set<string>() : await ancestors(await known(base));
      const found: string[] = [];
      let next: string | undefined = await known(tip);
      while (next !== undefined && !excluded.has(next) && found.length < limit) {
        const commit = await reader.commit(next);
        if (path === undefined || (await touches(commit, path))) found.push(next);
        next = commit.parents[0];
      }
      return found;
    },
  };
}
