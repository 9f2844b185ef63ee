import { beforeAll, describe, expect, it } from 'vitest';
import { MAX_CHANGES } from '../../src/registry/changes.ts';
import { objectId } from '../../src/git/object-id.ts';
import { formatTree } from '../../src/git/tree-object.ts';
import { blobEntry, treeWith, type OddEntry } from '../support/odd-trees.ts';
import { storyUpTo, type Story } from '../support/story.ts';
import { commitTree, type Edits } from '../support/world.ts';

let story: Story;
beforeAll(async () => {
  story = await storyUpTo('registered');
});

/** Keeps a tree that holds `entry` under each name, and returns it as an entry. */
function treeOf(names: readonly string[], entry: OddEntry): OddEntry {
  const { objects } = story.world.repository;
  const bytes = formatTree(names.map((name) => ({ ...entry, rawName: Buffer.from(name) })));
  const oid = objectId('tree', bytes);
  objects.set(oid, { type: 'tree', bytes });
  return { mode: '40000', oid };
}

async function judgeWith(path: string, entry: OddEntry) {
  const { world, registered } = story;
  const { tree } = await world.repository.readCommit(registered);
  const odd = await treeWith(world.repository, tree, { path, entry });
  return world.judge(await commitTree(world.repository, { tree: odd, parents: [registered] }));
}

function judgeFiles(files: Edits) {
  const { world, registered } = story;
  return world.commit(registered, files).then((commit) => world.judge(commit));
}

function many(count: number, pathOf: (index: number) => string): Edits {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [pathOf(index), String(index)]));
}

describe('a step that is made to be heavy', () => {
  it('is refused as a whole with one tree ten thousand million times within itself', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `m${String(index)}`);
    let entry = blobEntry(story.world.repository, '100644', 'x');
    for (let level = 0; level < 5; level += 1) entry = treeOf(names, entry);
    const { accepted, refusals } = await judgeWith('registry/bomb', entry);
    expect(accepted).toBe(false);
    expect(refusals).toEqual([
      expect.objectContaining({
        code: 'too-large',
        expected: `at most ${String(MAX_CHANGES)} changed files in one commit, in at most as many folders`,
      }),
    ]);
  });

  it('is refused as a whole with few files that lie in many folders', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `m${String(index)}`);
    let entry = blobEntry(story.world.repository, '100644', 'x');
    for (const inside of [['a'], ['a'], names, names]) entry = treeOf(inside, entry);
    const { refusals } = await judgeWith('registry/folders', entry);
    expect(refusals).toEqual([expect.objectContaining({ code: 'too-large', found: 'more' })]);
  });

  it('is refused for a folder deeper than any place, without a look inside', async () => {
    let entry = blobEntry(story.world.repository, '100644', 'x');
    for (let level = 0; level < 500; level += 1) entry = treeOf(['a'], entry);
    const { refusals } = await judgeWith('registry/deep', entry);
    const path = `registry/deep${'/a'.repeat(6)}`;
    expect([...new Set(refusals.map((refusal) => refusal.path))]).toEqual([path]);
    expect(refusals[0]).toMatchObject({ code: 'ungoverned-shape', found: 'mode 40000' });
  });

  it.each<[string, (index: number) => string]>([
    ['files where the format has none', (index) => `registry/x/f${String(index)}`],
    ['documents that nobody signed', (index) => `registry/m${String(index)}/model.yaml`],
  ])('is told the first hundred refusals of %s', async (_what, pathOf) => {
    const { refusals } = await judgeFiles(many(300, pathOf));
    expect(refusals.length).toBeGreaterThanOrEqual(100);
    expect(refusals.length).toBeLessThan(110);
  });

  it('is told of each policy with few of the others', async () => {
    const { refusals } = await judgeFiles(many(50, (index) => `policies/p${String(index)}.yaml`));
    const mixed = refusals.filter(({ code }) => code === 'mixed-change');
    expect(mixed).toHaveLength(50);
    for (const { found } of mixed) expect(found).toMatch(/, 39 more$/);
  });
});
