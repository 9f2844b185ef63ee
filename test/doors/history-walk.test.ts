import { describe, expect, it } from 'vitest';
import { stepsOfMove } from '../../src/doors/history-walk.ts';
import type { CommitFacts, History } from '../../src/registry/snapshot.ts';

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

const history: History = {
  readCommit: (oid) => Promise.resolve({ oid, parents: PARENTS[oid] } as CommitFacts),
  isAncestor: (ancestor, descendant) => Promise.resolve(reaches(descendant, ancestor)),
  commitsTouching: () => Promise.resolve([]),
};

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
});
