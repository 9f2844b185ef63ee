import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openRepository } from '../../src/git/open-repository.ts';
import {
  cloneOf,
  commitFiles,
  expectFsckClean,
  git,
  GIT_ENV,
  makeRepository,
  makeServer,
  openForTest,
  temporaryDirectory,
} from '../support/git.ts';

const encode = (text: string) => Buffer.from(text);

describe('openRepository', () => {
  it('finds the repository from a subfolder', async () => {
    const directory = makeRepository();
    mkdirSync(join(directory, 'a/b'), { recursive: true });
    const repository = await openForTest(join(directory, 'a/b'));
    expect(repository).toMatchObject({ gitDir: join(directory, '.git'), workTree: directory });
  });

  it('opens a bare repository without a worktree', async () => {
    const directory = makeServer();
    const repository = await openForTest(directory);
    expect(repository).toMatchObject({ gitDir: directory, commonDir: directory, workTree: undefined });
    expect(await repository.dirtyPaths(undefined, ['a'])).toEqual([]);
  });

  it('writes, signs off and moves a branch in a repository whose path has spaces and Unicode', async () => {
    const directory = join(temporaryDirectory('mreg tést ☃'), 'a b');
    mkdirSync(directory);
    git(directory, ['init', '-q', '-b', 'main']);
    const repository = await openForTest(directory);
    const tree = await repository.writeTree(undefined, new Map([['a/b.yaml', encode('b\n')]]));
    const author = { name: 'A', email: 'a@example.com' };
    const commit = await repository.writeCommit({ tree, parents: [], message: 'First', author, at: new Date(0) });
    expect(await repository.moveRefs([{ ref: 'refs/heads/main', old: undefined, new: commit }], 'mreg test')).toBe(
      'done',
    );
    expect(await repository.head()).toEqual({ ref: 'refs/heads/main', commit });
    expect(await repository.refreshWorktree(tree, ['a/b.yaml'])).toEqual([]);
    expect(git(directory, ['status', '--porcelain'])).toBe('');
    expectFsckClean(directory);
  });

  it('opens a linked worktree with its own HEAD and the shared refs', async () => {
    const directory = makeRepository();
    const commit = commitFiles(directory, { a: '1' });
    const linked = join(temporaryDirectory(), 'linked');
    git(directory, ['worktree', 'add', '-q', '-b', 'other', linked]);
    const repository = await openForTest(linked);
    expect(repository).toMatchObject({ commonDir: join(directory, '.git'), workTree: linked });
    expect(await repository.head()).toEqual({ ref: 'refs/heads/other', commit });
    expect(await repository.resolve('main')).toBe(commit);
  });

  it('refuses a folder that is in no repository', async () => {
    const directory = temporaryDirectory();
    const env = { ...GIT_ENV, GIT_CEILING_DIRECTORIES: directory };
    await expect(openRepository({ directory, env })).rejects.toMatchObject({ code: 'not-a-registry' });
  });

  it('refuses a folder that does not exist', async () => {
    const directory = join(temporaryDirectory(), 'none');
    await expect(openRepository({ directory, env: GIT_ENV })).rejects.toMatchObject({ code: 'not-a-registry' });
  });

  it('says so when git is missing', async () => {
    const env = { ...GIT_ENV, PATH: temporaryDirectory() };
    await expect(openRepository({ directory: makeRepository(), env })).rejects.toMatchObject({ code: 'no-git' });
  });

  it('refuses a sha256 repository', async () => {
    const directory = temporaryDirectory();
    git(directory, ['init', '-q', '--object-format=sha256']);
    await expect(openRepository({ directory, env: GIT_ENV })).rejects.toThrow(/sha256/);
  });

  it('tells how to go on where a shallow clone has cut history off', async () => {
    const directory = makeRepository();
    const first = commitFiles(directory, { a: '1' });
    commitFiles(directory, { a: '2' });
    const tip = commitFiles(directory, { a: '3' });
    const repository = await openForTest(cloneOf(`file://${directory}`, '--depth=2'));
    expect(await repository.firstParents('main', { limit: 1 })).toEqual([tip]);
    await expect(repository.firstParents('main')).rejects.toMatchObject({
      hint: expect.stringContaining('--unshallow') as string,
    });
    await expect(repository.commitsTouching('b', `${tip}~1`, tip)).resolves.toEqual([]);
    await expect(repository.firstParents('main', { path: 'b' })).rejects.toThrow(/shallow/);
    await expect(repository.resolve(first)).resolves.toBeUndefined();
  });
});
