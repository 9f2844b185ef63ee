import fc from 'fast-check';
import { chmodSync, existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { invalidateCacheTree } from '../../src/git/cache-tree.ts';
import { parseIndex } from '../../src/git/index-file.ts';
import { rewriteIndex, type IndexUpdate } from '../../src/git/index-rewrite.ts';
import { cloneOf, commitFiles, expectFsckClean, git, GIT_ENV, makeRepository, writeFiles } from '../support/git.ts';

/** Names that sort apart as files and as folders, among others. */
const FILES: Readonly<Record<string, string>> = Object.fromEntries(
  ['a/b/one', 'a/b/two', 'a-b/x', 'a.b', 'b', 'c/d/e/f', 'c/d/g', 'ünïcode/ß', 'z'].map((path) => [path, `${path}\n`]),
);

function makeFilled(): string {
  const directory = makeRepository();
  commitFiles(directory, FILES);
  return directory;
}

/** Rewrites the index in process; `entry` names a text that is stored as a blob, null removes. */
async function rewrite(directory: string, changes: Readonly<Record<string, string | null>>): Promise<boolean> {
  const updates = Object.entries(changes).map(([path, text]) => updateOf(directory, path, text));
  return rewriteIndex(placeOf(directory), updates);
}

function placeOf(directory: string) {
  return { place: { directory, env: GIT_ENV }, gitDir: join(directory, '.git'), memory: {} };
}

function updateOf(directory: string, path: string, text: string | null): IndexUpdate {
  if (text === null) return { path, entry: undefined, skipWorktree: false, written: false };
  const oid = git(directory, ['hash-object', '-w', '--stdin'], { input: text });
  return { path, entry: { mode: '100644', oid }, skipWorktree: false, written: true };
}

/** The same by git. */
function updateByGit(directory: string, changes: Readonly<Record<string, string | null>>): void {
  const lines = Object.entries(changes).map(([path, text]) => {
    const { entry } = updateOf(directory, path, text);
    return entry === undefined ? `0 ${'0'.repeat(40)} 0\t${path}\0` : `100644 ${entry.oid} 0\t${path}\0`;
  });
  git(directory, ['update-index', '--add', '--replace', '-z', '--index-info'], { input: lines.join('') });
}

describe('an index that is rewritten in process', () => {
  const folder = fc.constantFrom('', 'a/b/', 'a/new/', 'c/d/e/', 'new/deep/er/', 'a-b/');
  const name = fc.constantFrom('one', 'two', '0', 'f', 'ß', 'zz');
  const changes = fc.dictionary(
    fc.tuple(folder, name).map((parts) => parts.join('')),
    fc.option(fc.constantFrom('one\n', 'two\n')),
    { minKeys: 1, maxKeys: 8, noNullPrototype: true },
  );

  it('is the one that git would have written', async () => {
    const ours = makeFilled();
    const theirs = cloneOf(ours);
    await fc.assert(
      fc.asyncProperty(changes, async (edits) => {
        expect(await rewrite(ours, edits)).toBe(true);
        updateByGit(theirs, edits);
        expect(git(ours, ['ls-files', '--stage'])).toBe(git(theirs, ['ls-files', '--stage']));
        // From the cache of trees, which the next round finds filled.
        expect(git(ours, ['write-tree'])).toBe(git(theirs, ['write-tree']));
      }),
      { numRuns: 12 },
    );
    expectFsckClean(ours);
  });

  it('knows the files that are as recorded, and no others', async () => {
    const directory = makeFilled();
    writeFiles(directory, { b: 'new\n', 'a/b/two': 'other\n', z: null });
    expect(await rewrite(directory, { b: 'new\n', 'a/b/two': 'new\n', z: null })).toBe(true);
    expect(git(directory, ['diff-files', '--name-only'])).toBe('a/b/two');
    expect(git(directory, ['diff', '--cached', '--name-status'])).toBe('M\ta/b/two\nM\tb\nD\tz');
  });

  it('hides no change that was made in the second in which the old one was written', async () => {
    const directory = makeFilled();
    // What tells a change apart otherwise: a time of the inode that no program can set.
    git(directory, ['config', 'core.trustctime', 'false']);
    const then = new Date('2026-01-01T00:00:00Z');
    for (const path of Object.keys(FILES)) utimesSync(join(directory, path), then, then);
    git(directory, ['update-index', '--refresh']);
    utimesSync(join(directory, '.git', 'index'), then, then);
    writeFileSync(join(directory, 'z'), 'Z\n');
    utimesSync(join(directory, 'z'), then, then);
    expect(await rewrite(directory, { 'a.b': FILES['a.b'] ?? '' })).toBe(true);
    expect(git(directory, ['diff-files', '--name-only'])).toBe('z');
  });

  it('keeps the mode of the file', async () => {
    const directory = makeFilled();
    const index = join(directory, '.git', 'index');
    chmodSync(index, 0o664);
    expect(await rewrite(directory, { b: 'new\n' })).toBe(true);
    expect(statSync(index).mode & 0o777).toBe(0o664);
    expect(existsSync(`${index}.lock`)).toBe(false);
  });

  it('settles what a merge left open', async () => {
    const directory = makeFilled();
    git(directory, ['checkout', '-q', '-b', 'side']);
    commitFiles(directory, { b: 'side\n' });
    git(directory, ['checkout', '-q', 'main']);
    commitFiles(directory, { b: 'main\n' });
    expect(() => git(directory, ['merge', '-q', 'side'])).toThrow();
    expect(await rewrite(directory, { b: 'both\n' })).toBe(true);
    expect(git(directory, ['ls-files', '--unmerged'])).toBe('');
    expect(git(directory, ['cat-file', '-p', ':b'])).toBe('both');
  });

  it('names the lock that a crash left behind, and changes nothing', async () => {
    const directory = makeFilled();
    const before = readFileSync(join(directory, '.git', 'index'));
    writeFileSync(join(directory, '.git', 'index.lock'), '');
    await expect(rewrite(directory, { b: 'new\n' })).rejects.toMatchObject({ code: 'locked' });
    expect(readFileSync(join(directory, '.git', 'index'))).toEqual(before);
    expect(existsSync(join(directory, '.git', 'index.lock'))).toBe(true);
  });
});

describe('an index that is left to git', () => {
  it.each<readonly [string, (directory: string) => void, Readonly<Record<string, string | null>>]>([
    ['is of version 4', (at) => git(at, ['update-index', '--index-version', '4']), { b: 'new\n' }],
    ['is split', (at) => git(at, ['update-index', '--split-index']), { b: 'new\n' }],
    ['keeps untracked files', (at) => git(at, ['update-index', '--force-untracked-cache']), { b: 'new\n' }],
    ['is sparse', (at) => git(at, ['sparse-checkout', 'set', '--cone', '--sparse-index', 'a']), { 'a/x': 'new\n' }],
    [
      'has a file that is assumed unchanged',
      (at) => git(at, ['update-index', '--assume-unchanged', 'b']),
      { b: 'new\n' },
    ],
    ['has a file that is to be added', (at) => addLater(at), { later: 'new\n' }],
    ['has a folder where a file is to be', () => undefined, { 'a/b': 'new\n' }],
    ['has a file where a folder is to be', () => undefined, { 'b/c/d': 'new\n' }],
  ])('because it %s, stays as it is', async (_, prepare, changes) => {
    const directory = makeFilled();
    prepare(directory);
    const index = join(directory, '.git', 'index');
    const before = readFileSync(index);
    expect(await rewrite(directory, changes)).toBe(false);
    expect(readFileSync(index)).toEqual(before);
    expect(existsSync(`${index}.lock`)).toBe(false);
  });

  it('because there is none yet, is not made', async () => {
    const directory = makeRepository();
    expect(await rewrite(directory, { b: 'new\n' })).toBe(false);
    expect(existsSync(join(directory, '.git', 'index'))).toBe(false);
  });

  function addLater(directory: string): void {
    writeFiles(directory, { later: 'later\n' });
    git(directory, ['add', '--intent-to-add', 'later']);
  }
});

describe('a damaged index', () => {
  const index = (): Buffer => {
    const directory = makeFilled();
    git(directory, ['write-tree']);
    return readFileSync(join(directory, '.git', 'index'));
  };

  it('is never read beyond its end', () => {
    const bytes = index();
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.boolean(), (at, value, isCut) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = value;
        const read = parseIndex(isCut ? damaged.subarray(0, at) : damaged, 0);
        expect(read === undefined || (read.offsets.at(-1) ?? 0) <= damaged.length).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('has no cache of trees when that is cut short', () => {
    const bytes = index();
    const tree = parseIndex(bytes, Infinity)?.extensions.find(({ name }) => name === 'TREE');
    const data = bytes.subarray(tree?.start, tree?.end);
    expect(invalidateCacheTree(data, ['a/b/one'])?.toString('latin1')).toMatch(/^\0-1 4\n/);
    for (let length = 0; length < data.length; length += 1) {
      expect(invalidateCacheTree(data.subarray(0, length), ['a/b/one'])).toBeUndefined();
    }
  });
});
