import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Repository } from '../../src/git/port.ts';
import {
  cloneOf,
  commitFiles,
  git,
  makeRepository,
  openForTest,
  temporaryDirectory,
  writeFiles,
} from '../support/git.ts';
import { commitInto } from '../support/git-commit.ts';

interface Scene {
  readonly directory: string;
  readonly repository: Repository;
  readonly tree: string;
}

async function scene(files: Readonly<Record<string, string>>): Promise<Scene> {
  const directory = makeRepository();
  commitFiles(directory, files);
  const repository = await openForTest(directory);
  return { directory, repository, tree: git(directory, ['rev-parse', 'HEAD^{tree}']) };
}

/** Commits as mreg does, without touching index or worktree; returns the new tree. */
async function moveOn(repository: Repository, files: Readonly<Record<string, string | null>>): Promise<string> {
  const commit = await commitInto(repository, files);
  return (await repository.readCommit(commit)).tree;
}

const status = (directory: string) => git(directory, ['status', '--porcelain']);
const read = (directory: string, path: string) => readFileSync(join(directory, path), 'utf8');

describe('dirtyPaths', () => {
  const paths = ['a/x', 'a/y', 'new'];

  it.each<readonly [string, (directory: string) => void, readonly string[]]>([
    ['nothing in a clean worktree', () => undefined, []],
    ['a changed file', (at) => writeFiles(at, { 'a/x': 'changed' }), ['a/x']],
    ['a removed file', (at) => writeFiles(at, { 'a/x': null }), ['a/x']],
    ['an untracked file where one will be written', (at) => writeFiles(at, { new: '1' }), ['new']],
    ['no file that was not asked about', (at) => writeFiles(at, { 'a/other': '1', b: '2' }), []],
    ['no file that was only touched', (at) => writeFiles(at, { 'a/x': '1' }), []],
    ['a folder in the place of a file', (at) => mkdirSync(join(at, 'new')), ['new']],
    [
      'a file in the place of a folder',
      (at) => {
        rmSync(join(at, 'a'), { recursive: true });
        writeFiles(at, { a: '' });
      },
      ['a/x', 'a/y'],
    ],
    [
      'a change that is only staged',
      (at) => {
        writeFiles(at, { 'a/x': 'staged' });
        git(at, ['add', 'a/x']);
        writeFiles(at, { 'a/x': '1' });
      },
      ['a/x'],
    ],
    ['a removal that is only staged', (at) => git(at, ['rm', '-q', '--cached', 'a/y']), ['a/y']],
    ['a mode that is staged', (at) => git(at, ['update-index', '--chmod=+x', 'a/y']), ['a/y']],
    [
      'a file staged below where a file will be',
      (at) => {
        writeFiles(at, { 'new/f': '1' });
        git(at, ['add', 'new/f']);
      },
      ['new'],
    ],
    [
      'a link in the place of a file',
      (at) => {
        rmSync(join(at, 'a/x'));
        symlinkSync('y', join(at, 'a/x'));
      },
      ['a/x'],
    ],
  ])('finds %s', async (_, change, expected) => {
    const { directory, repository, tree } = await scene({ 'a/x': '1', 'a/y': '2' });
    change(directory);
    expect(await repository.dirtyPaths(tree, paths)).toEqual(expected);
  });

  it('finds an unresolved merge', async () => {
    const { directory, repository } = await scene({ a: '1' });
    git(directory, ['checkout', '-q', '-b', 'side']);
    commitFiles(directory, { a: '2' });
    git(directory, ['checkout', '-q', 'main']);
    const head = commitFiles(directory, { a: '3' });
    expect(() => git(directory, ['merge', '-q', 'side'])).toThrow();
    expect(await repository.dirtyPaths((await repository.readCommit(head)).tree, ['a'])).toEqual(['a']);
  });

  it('does not call a file dirty that git checked out with other line ends', async () => {
    const directory = makeRepository();
    commitFiles(directory, { a: '1\n2\n' });
    const clone = cloneOf(directory, '-c', 'core.autocrlf=true');
    expect(read(clone, 'a')).toBe('1\r\n2\r\n');
    const repository = await openForTest(clone);
    const tree = git(clone, ['rev-parse', 'HEAD^{tree}']);
    expect(await repository.dirtyPaths(tree, ['a'])).toEqual([]);
    writeFiles(clone, { a: '1\r\n3\r\n' });
    expect(await repository.dirtyPaths(tree, ['a'])).toEqual(['a']);
  });

  it('does not follow a link that leads out of the repository', async () => {
    const { directory, repository, tree } = await scene({ 'a/x': '1' });
    const outside = temporaryDirectory();
    writeFiles(outside, { x: '1' });
    rmSync(join(directory, 'a'), { recursive: true });
    symlinkSync(outside, join(directory, 'a'));
    expect(await repository.dirtyPaths(tree, ['a/x', 'a/new'])).toEqual(['a/x', 'a/new']);
  });

  it('tells what a killed run left behind from what the user changed', async () => {
    const { directory, repository, tree } = await scene({ a: '1', b: '1', c: '1' });
    const next = await moveOn(repository, { a: '2', b: '2', c: '2' });
    writeFiles(directory, { a: '2', c: 'mine' });
    const paths = ['a', 'b', 'c'];
    expect(await repository.dirtyPaths(next, paths)).toEqual(paths);
    expect(await repository.dirtyPaths(next, paths, [tree])).toEqual(['c']);
  });
});

describe('refreshWorktree', () => {
  it('writes, changes and removes exactly the paths, and leaves git status clean', async () => {
    const { directory, repository, tree } = await scene({ 'a/b/c': '1', d: '1', e: '1' });
    const next = await moveOn(repository, { 'a/b/c': null, d: '2', 'f/g/h': '3' });
    expect(await repository.refreshWorktree(next, ['a/b/c', 'd', 'f/g/h'], tree)).toEqual([]);
    expect(status(directory)).toBe('');
    expect(readdirSync(directory).sort()).toEqual(['.git', 'd', 'e', 'f']);
    expect([read(directory, 'd'), read(directory, 'f/g/h')]).toEqual(['2', '3']);
    // diff-files trusts the recorded times and does not read the files.
    expect(git(directory, ['diff-files'])).toBe('');
    expect(readdirSync(join(directory, '.git')).filter((name) => name.includes('mreg'))).toEqual([]);
  });

  it('keeps every other change of the user, staged or not', async () => {
    const { directory, repository, tree } = await scene({ a: '1', staged: '1', changed: '1', 'x/y': '1' });
    writeFiles(directory, { staged: '2', changed: '2', 'x/mine': 'untracked' });
    git(directory, ['add', 'staged']);
    const next = await moveOn(repository, { a: '2', 'x/y': null });
    await repository.refreshWorktree(next, ['a', 'x/y'], tree);
    expect(
      status(directory)
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['M changed', 'M  staged', '?? x/']);
    expect(git(directory, ['diff', '--cached', '--name-only'])).toBe('staged');
  });

  it('replaces a file by a folder and a folder by a file', async () => {
    const { directory, repository, tree } = await scene({ a: '1', 'b/c': '1' });
    const next = await moveOn(repository, { a: null, 'a/x': '2', 'b/c': null, b: '3' });
    expect(await repository.refreshWorktree(next, ['a', 'a/x', 'b/c', 'b'], tree)).toEqual([]);
    expect(status(directory)).toBe('');
    expect([read(directory, 'a/x'), read(directory, 'b')]).toEqual(['2', '3']);
  });

  it('leaves a file that the user changed in the meantime', async () => {
    const { directory, repository, tree } = await scene({ a: '1', b: '1' });
    const next = await moveOn(repository, { a: '2', b: null });
    writeFiles(directory, { a: 'mine', b: 'mine' });
    expect(await repository.refreshWorktree(next, ['a', 'b'], tree)).toEqual(['a', 'b']);
    expect([read(directory, 'a'), read(directory, 'b')]).toEqual(['mine', 'mine']);
    expect(git(directory, ['diff', '--cached', '--name-only'])).toBe('');
  });

  it('finishes what a killed run began', async () => {
    const { directory, repository, tree } = await scene({ a: '1', b: '1' });
    const next = await moveOn(repository, { a: '2', b: '2' });
    writeFiles(directory, { a: '2' });
    expect(await repository.refreshWorktree(next, ['a', 'b'], tree)).toEqual([]);
    expect(status(directory)).toBe('');
    expect(await repository.refreshWorktree(next, ['a', 'b'], tree)).toEqual([]);
  });

  it('writes nothing through a link, and removes nothing through one', async () => {
    const { directory, repository, tree } = await scene({ 'a/x': '1', 'a/y': '1' });
    const outside = temporaryDirectory();
    writeFiles(outside, { x: '1', y: '1' });
    rmSync(join(directory, 'a'), { recursive: true });
    symlinkSync(outside, join(directory, 'a'));
    const next = await moveOn(repository, { 'a/x': '2', 'a/y': null, 'a/z': '2' });
    expect(await repository.refreshWorktree(next, ['a/x', 'a/y', 'a/z'], tree)).toEqual(['a/x', 'a/z']);
    expect(readdirSync(outside).sort()).toEqual(['x', 'y']);
    expect(read(outside, 'x')).toBe('1');
    expect(lstatSync(join(directory, 'a')).isSymbolicLink()).toBe(true);
  });

  it('leaves a link and a full folder that stand where a file belongs', async () => {
    const { directory, repository } = await scene({ keep: '1' });
    symlinkSync('keep', join(directory, 'link'));
    writeFiles(directory, { 'folder/mine': '1' });
    mkdirSync(join(directory, 'empty'));
    const next = await moveOn(repository, { link: '2', folder: '2', empty: '2' });
    expect(await repository.refreshWorktree(next, ['link', 'folder', 'empty'])).toEqual(['link', 'folder']);
    expect([read(directory, 'keep'), read(directory, 'empty')]).toEqual(['1', '2']);
  });

  it('writes the exact bytes whatever line ends and filters are configured', async () => {
    const directory = makeRepository();
    commitFiles(directory, { '.gitattributes': '* text=auto eol=crlf\n', a: '1\n' });
    git(directory, ['config', 'core.autocrlf', 'true']);
    const repository = await openForTest(directory);
    const next = await moveOn(repository, { a: '2\n', b: '3\n' });
    expect(await repository.refreshWorktree(next, ['a', 'b'])).toEqual([]);
    expect([read(directory, 'a'), read(directory, 'b')]).toEqual(['2\n', '3\n']);
    expect(git(directory, ['write-tree'])).toBe(next);
    expect(status(directory)).toBe('');
  });

  it('records what the commit holds even where a filter would record something else', async () => {
    const directory = makeRepository();
    commitFiles(directory, { '.gitattributes': 'a filter=upper\n' });
    git(directory, ['config', 'filter.upper.clean', 'tr a-z A-Z']);
    const repository = await openForTest(directory);
    const next = await moveOn(repository, { a: 'lower\n' });
    await repository.refreshWorktree(next, ['a']);
    expect(read(directory, 'a')).toBe('lower\n');
    expect(git(directory, ['write-tree'])).toBe(next);
  });

  it('keeps what a sparse checkout leaves out, out', async () => {
    const { directory, repository, tree } = await scene({ 'a/x': '1', 'b/x': '1' });
    git(directory, ['sparse-checkout', 'set', 'a']);
    expect(existsSync(join(directory, 'b/x'))).toBe(false);
    const next = await moveOn(repository, { 'a/x': '2', 'b/x': '2' });
    expect(await repository.dirtyPaths(tree, ['a/x', 'b/x'])).toEqual([]);
    expect(await repository.refreshWorktree(next, ['a/x', 'b/x'], tree)).toEqual([]);
    expect(existsSync(join(directory, 'b/x'))).toBe(false);
    expect(status(directory)).toBe('');
    expect(git(directory, ['write-tree'])).toBe(next);
  });

  it('names the lock of the index that a crash left behind', async () => {
    const { directory, repository } = await scene({ a: '1' });
    const next = await moveOn(repository, { a: '2' });
    const lock = join(directory, '.git/index.lock');
    writeFileSync(lock, '');
    const refreshing = repository.refreshWorktree(next, ['a']);
    await expect(refreshing).rejects.toMatchObject({ code: 'locked', hint: expect.stringContaining(lock) as string });
  });

  it('takes paths with spaces, wildcards and Unicode literally', async () => {
    const { directory, repository, tree } = await scene({ 'a b': '1', 'a*': '1', ab: '1', 'ü/é': '1' });
    const next = await moveOn(repository, { 'a b': '2', 'a*': '2', 'ü/é': '2' });
    const paths = ['a b', 'a*', 'ü/é'];
    expect(await repository.refreshWorktree(next, paths, tree)).toEqual([]);
    expect(status(directory)).toBe('');
  });

  it('works in a linked worktree and leaves the other one alone', async () => {
    const { directory, repository: outer, tree } = await scene({ a: '1' });
    const linked = join(temporaryDirectory(), 'linked');
    git(directory, ['worktree', 'add', '-q', '-b', 'other', linked]);
    const next = await (async () => {
      const commit = await commitInto(outer, { a: '2' }, { branch: 'other' });
      return (await outer.readCommit(commit)).tree;
    })();
    const inner = await openForTest(linked);
    expect(await inner.refreshWorktree(next, ['a'], tree)).toEqual([]);
    expect([status(linked), status(directory)]).toEqual(['', '']);
  });

  it.skipIf(process.getuid?.() === 0)('says that the disk refuses', async () => {
    const { directory, repository } = await scene({ 'a/x': '1' });
    const next = await moveOn(repository, { 'a/x': '2' });
    chmodSync(join(directory, 'a'), 0o555);
    await expect(repository.refreshWorktree(next, ['a/x'])).rejects.toMatchObject({ code: 'disk' });
    chmodSync(join(directory, 'a'), 0o755);
  });
});

describe('indexTree', () => {
  it('is what is staged, in the index that a hook is given', async () => {
    const { directory, repository, tree } = await scene({ a: '1' });
    writeFiles(directory, { a: '2' });
    expect(await repository.indexTree()).toBe(tree);
    const env = { GIT_INDEX_FILE: '.git/other-index' };
    git(directory, ['add', 'a'], { env });
    const inHook = await openForTest(directory, env);
    expect(await inHook.indexTree()).not.toBe(tree);
    expect(await repository.indexTree()).toBe(tree);
  });
});
