import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commitFiles, expectFsckClean, git, makeRepository, openForTest } from '../support/git.ts';
import { commitInto } from '../support/git-commit.ts';

const main = 'refs/heads/main';

describe('moveRefs on disk', () => {
  it('lets exactly one of twenty movers win each round', async () => {
    const directory = makeRepository();
    let tip = commitFiles(directory, { a: '0' });
    const repository = await openForTest(directory);
    const { tree } = await repository.readCommit(tip);
    const author = { name: 'A', email: 'a@example.com' };
    for (let round = 0; round < 2; round++) {
      const commits = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          repository.writeCommit({ tree, parents: [tip], message: `m${String(index)}`, author, at: new Date(0) }),
        ),
      );
      const results = await Promise.all(
        commits.map((commit) => repository.moveRefs([{ ref: main, old: tip, new: commit }], 'race')),
      );
      expect(results.filter((result) => result === 'done')).toHaveLength(1);
      tip = commits[results.indexOf('done')] ?? '';
      expect(await repository.resolve('main')).toBe(tip);
    }
    expectFsckClean(directory);
  });

  it('writes the reason into the reflog, on one line', async () => {
    const directory = makeRepository();
    const repository = await openForTest(directory);
    await commitInto(repository, { a: '1' });
    const old = await repository.resolve('main');
    await repository.moveRefs([{ ref: main, old, new: undefined }], 'x');
    await repository.moveRefs([{ ref: main, old: undefined, new: old }], 'mreg promote:\n ranker@v2');
    expect(git(directory, ['reflog', '-1', '--format=%gs', 'main'])).toBe('mreg promote: ranker@v2');
  });

  it('names the lock file that a crash left behind', async () => {
    const directory = makeRepository();
    const old = commitFiles(directory, { a: '1' });
    const lock = join(directory, '.git/refs/heads/main.lock');
    writeFileSync(lock, '');
    const repository = await openForTest(directory);
    const moving = repository.moveRefs([{ ref: main, old, new: undefined }], 'test');
    await expect(moving).rejects.toMatchObject({ code: 'locked', hint: expect.stringContaining(lock) as string });
    expect(existsSync(lock)).toBe(true);
    expect(await repository.resolve('main')).toBe(old);
  });

  it('says what git said when a ref is in the way of another', async () => {
    const directory = makeRepository();
    const oid = commitFiles(directory, { a: '1' });
    const repository = await openForTest(directory);
    const moving = repository.moveRefs([{ ref: `${main}/below`, old: undefined, new: oid }], 'test');
    await expect(moving).rejects.toMatchObject({ code: 'git-failed' });
  });

  it.each(['main', 'HEAD', 'refs/heads/a b', 'refs/heads/a\0x', 'refs/heads/a\ncreate refs/heads/b'])(
    'never passes %j to git as a ref',
    async (ref) => {
      const repository = await openForTest(makeRepository());
      await expect(repository.moveRefs([{ ref, old: undefined, new: 'a'.repeat(40) }], 'x')).rejects.toThrow(/bug/);
    },
  );
});
