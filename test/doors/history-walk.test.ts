import { describe, expect, it } from 'vitest';
import { stepsOfMove, type ListedHistory } from '../../src/doors/history-walk.ts';
import { MregError } from '../../src/documents/error.ts';
import type { CommitFacts } from '../../src/registry/snapshot.ts';

/** Parents by commit: `a` is the root, b and c follow, m merges the side line s into c, f merges c into s. */
const PARENTS: Readonly<Record<string, readonly string[]>> = {
  a: [],
  b: ['a'],
  c: ['b'],
  s: ['b'],
  m: ['c', 's'],
  f: ['s', 'c'],
  z: [],
};

const history: ListedHistory = {
  readCommit: (oid) => Promise.resolve({ oid, parents: PARENTS[oid] } as CommitFacts),
  isAncestor: (ancestor, descendant) => Promise.resolve(reaches(descendant, ancestor)),
  commitsTouching: () => Promise.resolve([]),
  firstParents: () => Promise.resolve([]),
};

/** A line of commits: the root is 0. */
function lineOf(count: number, firstParents: ListedHistory['firstParents']) {
  const read: string[] = [];
  const line: ListedHistory = {
    ...history,
    firstParents,
    readCommit: (oid) => {
      read.push(oid);
      if (!/^[0-9]+$/.test(oid)) return Promise.reject(new MregError('integrity', `${oid} cannot be read`));
      const parents = oid === '0' ? [] : [String(Number(oid) - 1)];
      return Promise.resolve({ oid, parents } as Partial<CommitFacts> as CommitFacts);
    },
  };
  return { line, read, move: { ref: 'refs/heads/main', old: '0', new: String(count) } };
}

function reaches(from: string, to: string): boolean {
  return from === to || (PARENTS[from] ?? []).some((parent) => reaches(parent, to));
}

async function check(old: string | undefined, next: string, maxSteps = 10): Promise<string> {
  const steps = await stepsOfMove(history, { ref: 'refs/heads/main', old, new: next }, maxSteps);
  return steps.ok ? steps.value.join('') : steps.refusals.map(({ code, found }) => `${code}: ${found}`).join();
}

describe('stepsOfMove', () => {
  it.each([
    ['a new branch, root commit first', undefined, 'c', 'abc'],
    ['a move forward', 'a', 'c', 'bc'],
    ['a merge that keeps the old tip first', 'c', 'm', 'm'],
    ['a branch that stays', 'c', 'c', ''],
    ['a foxtrot', 'c', 'f', 'history-shape: f, which reaches it only through another parent of a merge'],
    ['a move back', 'c', 'b', 'history-shape: b'],
    ['a move aside', 'c', 's', 'history-shape: s'],
    ['another history', 'c', 'z', 'history-shape: z'],
  ])('of %s (%s to %s) is: %s', async (_, old, next, expected) => {
    expect(await check(old, next)).toBe(expected);
  });

  it('counts no further than it may, and says so', async () => {
    expect(await check('a', 'c', 2)).toBe('bc');
    expect(await check('a', 'c', 1)).toBe('too-large: more');
    expect(await check(undefined, 'c', 2)).toBe('too-large: more');
    expect(await check('c', 'z', 1)).toBe('history-shape: z');
  });

  it.each<[string, ListedHistory['firstParents']]>([
    ['knows better', () => Promise.resolve(['150', '149', '7'])],
    ['lists what cannot be read', () => Promise.resolve(['gone'])],
    ['fails', () => Promise.reject(new MregError('git-failed', 'no'))],
  ])('finds a long line by its parents where git, asked for a list, %s', async (_, firstParents) => {
    const { line, move } = lineOf(250, firstParents);
    const steps = await stepsOfMove(line, move, 1000);
    expect(steps).toEqual({ ok: true, value: Array.from({ length: 250 }, (_, index) => String(index + 1)) });
  });

  it('asks for a list of a long line only, and for no more than may be walked', async () => {
    const asked: unknown[] = [];
    const list: ListedHistory['firstParents'] = (...words) => Promise.resolve((asked.push(words), []));
    const [short, long] = [lineOf(99, list), lineOf(250, list)];
    await stepsOfMove(short.line, short.move, 1000);
    expect(asked).toEqual([]);
    await stepsOfMove(long.line, long.move, 1000);
    expect(asked).toEqual([['0..151', { limit: 1000 }]]);
  });
});
