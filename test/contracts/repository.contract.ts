import { beforeEach, describe, expect, it } from 'vitest';
import type { Repository } from '../../src/git/port.ts';
import { commitInto } from '../support/git-commit.ts';

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('utf8');
const edits = (files: Readonly<Record<string, string | null>>) =>
  new Map(Object.entries(files).map(([path, content]) => [path, content === null ? null : Buffer.from(content)]));
const absent = 'f'.repeat(40);

/** What every Repository does, in memory or on disk. `make` returns an empty one whose HEAD is refs/heads/main. */
export function repositoryContract(name: string, make: () => Promise<Repository>): void {
  describe(`repository contract: ${name}`, () => {
    let repository: Repository;
    beforeEach(async () => {
      repository = await make();
    });

    async function filesOf(tree: string, prefix = ''): Promise<Record<string, string | undefined>> {
      const files: Record<string, string | undefined> = {};
      for (const entry of await repository.readTree(tree)) {
        const path = prefix + entry.name;
        if (entry.mode === '40000') Object.assign(files, await filesOf(entry.oid, `${path}/`));
        else files[path] = text(await repository.readBlob(entry.oid, 1000));
      }
      return files;
    }

    describe('objects', () => {
      it('gives the ids that git gives', async () => {
        expect(await repository.writeTree(undefined, new Map())).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
        const tree = await repository.writeTree(undefined, edits({ 'a/b.txt': 'hello\n' }));
        const [folder] = await repository.readTree(tree);
        const [file] = await repository.readTree(folder?.oid ?? '');
        expect(file).toMatchObject({ name: 'b.txt', mode: '100644', oid: 'ce013625030ba8dba906f756967f9e9ca394464a' });
      });

      it('adds, changes and removes files, and drops folders that this empties', async () => {
        const before = await repository.writeTree(undefined, edits({ 'a/b/c': '1', 'a/d': '2', e: '3' }));
        const after = await repository.writeTree(before, edits({ 'a/b/c': null, e: '4', 'f/g': '5' }));
        expect(await filesOf(after)).toEqual({ 'a/d': '2', e: '4', 'f/g': '5' });
        expect((await repository.readTree(after)).map((entry) => entry.name)).toEqual(['a', 'e', 'f']);
        const [folder] = await repository.readTree(after);
        expect((await repository.readTree(folder?.oid ?? '')).map((entry) => entry.name)).toEqual(['d']);
      });

      it('returns the base tree when nothing changes', async () => {
        const base = await repository.writeTree(undefined, edits({ 'a/b': '1' }));
        expect(await repository.writeTree(base, edits({ 'a/b': '1', 'x/y': null, 'a/b/c': null }))).toBe(base);
      });

      it('returns the empty tree when everything goes', async () => {
        const base = await repository.writeTree(undefined, edits({ 'a/b': '1' }));
        const empty = await repository.writeTree(base, edits({ 'a/b': null }));
        expect(await repository.readTree(empty)).toEqual([]);
      });

      it.each([
        ['a file by a folder', { a: '1' }, { a: null, 'a/b': '2' }, { 'a/b': '2' }],
        ['a file by a folder, unasked', { a: '1' }, { 'a/b': '2' }, { 'a/b': '2' }],
        ['a folder by a file', { 'a/b': '1', 'a/c': '2' }, { 'a/b': null, 'a/c': null, a: '3' }, { a: '3' }],
      ])('replaces %s', async (_, before, change, expected) => {
        const base = await repository.writeTree(undefined, edits(before));
        expect(await filesOf(await repository.writeTree(base, edits(change)))).toEqual(expected);
      });

      it('sorts entries as git does, folders as if they ended in a slash', async () => {
        const names = ['a.b', 'a-b', 'a0', 'a/x', 'ｚ', '😀', 'é'];
        const tree = await repository.writeTree(
          undefined,
          edits(Object.fromEntries(names.map((path) => [path, path]))),
        );
        const read = (await repository.readTree(tree)).map((entry) => entry.name);
        expect(read).toEqual(['a-b', 'a.b', 'a', 'a0', 'é', 'ｚ', '😀']);
      });

      it.each([
        '../a',
        '/a',
        'a//b',
        'a/../b',
        '.git/config',
        'a/.GIT/x',
        'GIT~1',
        '.git::$INDEX_ALLOCATION',
        'a\\b',
        '',
      ])('never writes the path %j', async (path) => {
        await expect(repository.writeTree(undefined, edits({ [path]: '' }))).rejects.toThrow(/inside the repository/);
      });

      it('does not load a blob that is larger than asked', async () => {
        const tree = await repository.writeTree(undefined, edits({ a: '12345' }));
        const oid = (await repository.readTree(tree))[0]?.oid ?? '';
        expect(await repository.readBlob(oid, 4)).toBeUndefined();
        expect(text(await repository.readBlob(oid, 5))).toBe('12345');
        expect(await repository.readBlob(oid, 4)).toBeUndefined();
      });

      it('streams a blob of any size, and says how large it is', async () => {
        const large = Buffer.alloc(3_000_000, 'large');
        const tree = await repository.writeTree(undefined, new Map([['a', large]]));
        const [entry] = await repository.readTree(tree);
        const oid = entry?.oid ?? '';
        expect(await repository.blobSize(oid)).toBe(large.length);
        const pieces: Uint8Array[] = [];
        for await (const piece of repository.streamBlob(oid)) pieces.push(Uint8Array.from(piece));
        expect(Buffer.concat(pieces).equals(large)).toBe(true);
        await expect(repository.blobSize(tree)).rejects.toMatchObject({ code: 'integrity' });
        await expect(repository.streamBlob('0'.repeat(40))[Symbol.asyncIterator]().next()).rejects.toMatchObject({
          code: 'integrity',
        });
      });

      it('reads small trees together, and leaves out what is large, missing or no tree', async () => {
        const many = Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [`large/f${String(index)}`, '1']));
        const root = await repository.writeTree(undefined, edits({ ...many, 'a/b': '1', 'c/d': '2', e: '3' }));
        const [a, c, e, large] = (await repository.readTree(root)).map(({ oid }) => oid);
        const read = await repository.readSmallTrees([a, c, c, e, large, absent].map(String));
        expect([...read.keys()].sort()).toEqual([a, c].sort());
        expect(read.get(String(a))).toEqual(await repository.readTree(String(a)));
        expect(await repository.readTree(String(large))).toHaveLength(2000);
      });

      it('calls a missing object and one of another type damage, not absence', async () => {
        const tree = await repository.writeTree(undefined, edits({ a: '1' }));
        for (const read of [
          () => repository.readTree(absent),
          () => repository.readBlob(absent, 10),
          () => repository.readCommit(absent),
          () => repository.readCommit(tree),
          () => repository.readBlob(tree, 1000),
        ]) {
          await expect(read()).rejects.toMatchObject({ code: 'integrity' });
        }
      });

      it('reads back what a commit says', async () => {
        const tree = await repository.writeTree(undefined, edits({ a: '1' }));
        const message = 'Subject\n\nBody.\n\nMreg-Model: ranker\nMreg-Stage: prod';
        const author = { name: 'Ann <Eve>\n', email: 'ann@example.com' };
        const at = new Date('2026-02-03T04:05:06Z');
        const oid = await repository.writeCommit({ tree, parents: [], message, author, at });
        expect(await repository.readCommit(oid)).toEqual({
          ...{ oid, tree, parents: [], subject: 'Subject', committedAt: at, signature: undefined },
          trailers: { 'Mreg-Model': 'ranker', 'Mreg-Stage': 'prod' },
          author: { name: 'Ann Eve', email: 'ann@example.com' },
        });
      });

      it('signs the exact bytes that a reader is shown as signed', async () => {
        const tree = await repository.writeTree(undefined, edits({ a: '1' }));
        const armour = '-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\nAAAA\n-----END SSH SIGNATURE-----\n';
        let signed: Uint8Array | undefined;
        const author = { name: 'A', email: 'a@example.com' };
        const oid = await repository.writeCommit(
          { tree, parents: [], message: 'S', author, at: new Date(0) },
          (payload) => {
            signed = payload;
            return Promise.resolve(armour);
          },
        );
        const { signature } = await repository.readCommit(oid);
        expect(signature?.armour).toBe(armour);
        expect(text(signature?.payload)).toBe(text(signed));
      });
    });

    describe('refs', () => {
      it('knows an empty repository from one with commits', async () => {
        expect(await repository.head()).toEqual({ ref: 'refs/heads/main', commit: undefined });
        const commit = await commitInto(repository, { a: '1' });
        expect(await repository.head()).toEqual({ ref: 'refs/heads/main', commit });
      });

      it.each(['main', 'refs/heads/main', 'HEAD', 'heads/none', 'none', '', '-x', absent, 'a\nb'])(
        'resolves %j to a commit or to nothing',
        async (revision) => {
          const commit = await commitInto(repository, { a: '1' });
          const names = ['main', 'refs/heads/main', 'HEAD'];
          expect(await repository.resolve(revision)).toBe(names.includes(revision) ? commit : undefined);
        },
      );

      it('lists refs by prefix, which need not end at a slash', async () => {
        const oid = await commitInto(repository, { a: '1' });
        const names = ['refs/heads/promote/a', 'refs/heads/promote/b/c', 'refs/heads/production'];
        await repository.moveRefs(
          names.map((ref) => ({ ref, old: undefined, new: oid })),
          'test',
        );
        const list = async (prefix: string) => (await repository.refs(prefix)).map(({ ref }) => ref);
        expect(await list('refs/heads/promote/')).toEqual(['refs/heads/promote/a', 'refs/heads/promote/b/c']);
        expect(await list('refs/heads/pro')).toHaveLength(3);
        expect(await list('refs/heads/promote/none/')).toEqual([]);
      });

      it('moves all refs or none', async () => {
        const one = await commitInto(repository, { a: '1' });
        const two = await commitInto(repository, { a: '2' });
        const create = { ref: 'refs/heads/new', old: undefined, new: two };
        const late = { ref: 'refs/heads/main', old: one, new: one };
        expect(await repository.moveRefs([create, late], 'test')).toBe('moved');
        expect(await repository.resolve('refs/heads/new')).toBeUndefined();
        expect(await repository.moveRefs([create, { ...late, old: two }], 'test')).toBe('done');
        expect(await repository.resolve('main')).toBe(one);
      });

      it('creates only what is not there and deletes only what is where it should be', async () => {
        const one = await commitInto(repository, { a: '1' });
        const two = await commitInto(repository, { a: '2' });
        const ref = 'refs/heads/main';
        expect(await repository.moveRefs([{ ref, old: undefined, new: two }], 'test')).toBe('moved');
        expect(await repository.moveRefs([{ ref, old: one, new: undefined }], 'test')).toBe('moved');
        expect(await repository.moveRefs([{ ref, old: two, new: undefined }], 'test')).toBe('done');
        expect(await repository.resolve(ref)).toBeUndefined();
        expect(await repository.moveRefs([{ ref, old: undefined, new: undefined }], 'test')).toBe('done');
      });
    });

    describe('history', () => {
      it('walks first parents only, newest first', async () => {
        const one = await commitInto(repository, { a: '1' });
        await repository.moveRefs([{ ref: 'refs/heads/side', old: undefined, new: one }], 'test');
        const side = await commitInto(repository, { s: '1' }, { branch: 'side' });
        const two = await commitInto(repository, { b: '1' });
        const merge = await commitInto(repository, { s: '1' }, { merging: [side] });
        expect(await repository.firstParents('main')).toEqual([merge, two, one]);
        expect(await repository.firstParents(`${one}..${merge}`)).toEqual([merge, two]);
        expect(await repository.firstParents('main', { limit: 2 })).toEqual([merge, two]);
        expect(await repository.firstParents(`${side}..main`)).toEqual([merge, two]);
        expect(await repository.commitsTouching('s', one, merge)).toEqual([merge]);
        expect(await repository.commitsTouching('s', undefined, merge)).toEqual([merge]);
        expect((await repository.readCommit(merge)).parents).toEqual([two, side]);
      });

      it('finds the commits that change anything at or below a path', async () => {
        const one = await commitInto(repository, { 'm/a': '1', 'm/b': '1', n: '1' });
        const two = await commitInto(repository, { n: '2' });
        const three = await commitInto(repository, { 'm/b': '2' });
        const four = await commitInto(repository, { 'm/a': null });
        expect(await repository.commitsTouching('m', one, four)).toEqual([four, three]);
        expect(await repository.commitsTouching('m/a', one, four)).toEqual([four]);
        expect(await repository.commitsTouching('m*', one, four)).toEqual([]);
        expect(await repository.firstParents(four, { path: 'm/a' })).toEqual([four, one]);
        expect(await repository.firstParents(four, { path: 'n', limit: 1 })).toEqual([two]);
      });

      it('finds what changed each of many folders last, in one walk', async () => {
        await commitInto(repository, { 'm/a/x': '1', 'm/b/x': '1', 'n/c/x': '1', 'm/ab/x': '1' });
        const two = await commitInto(repository, { 'm/b/y': '1' });
        const three = await commitInto(repository, { 'm/a/y': '2' });
        const one = await repository.resolve('main~2');
        await commitInto(repository, { other: '1' });
        const found = await repository.newestTouching(['m', 'm/a', 'm/b', 'n/c', 'm/gone'], 'main');
        expect(found).toEqual(
          new Map([
            ['m', three],
            ['m/a', three],
            ['m/b', two],
            ['n/c', one ?? ''],
          ]),
        );
        expect(await repository.newestTouching(['m/a', 'm/b'], two)).toEqual(
          new Map([
            ['m/a', one ?? ''],
            ['m/b', two],
          ]),
        );
        expect(await repository.newestTouching([], 'main')).toEqual(new Map());
      });

      it('finds last changes of a merge by its first parent', async () => {
        const one = await commitInto(repository, { 'a/x': '1' });
        await repository.moveRefs([{ ref: 'refs/heads/side', old: undefined, new: one }], 'test');
        const side = await commitInto(repository, { 's/x': '1' }, { branch: 'side' });
        const merge = await commitInto(repository, { 's/x': '1' }, { merging: [side] });
        const found = await repository.newestTouching(['a', 's'], 'main');
        expect(found).toEqual(
          new Map([
            ['a', one],
            ['s', merge],
          ]),
        );
      });

      it('knows what reaches what', async () => {
        const one = await commitInto(repository, { a: '1' });
        const two = await commitInto(repository, { a: '2' });
        expect(await repository.isAncestor(one, two)).toBe(true);
        expect(await repository.isAncestor(two, one)).toBe(false);
        expect(await repository.isAncestor(two, two)).toBe(true);
        expect(await repository.isAncestor(absent, two)).toBe(false);
        await expect(repository.isAncestor(two, absent)).rejects.toMatchObject({ name: 'MregError' });
      });

      it('refuses to walk from what is not there', async () => {
        await expect(repository.firstParents('none')).rejects.toMatchObject({ code: 'git-failed' });
        await expect(repository.firstParents('--all')).rejects.toMatchObject({ code: 'git-failed' });
      });
    });

    describe('config and remotes', () => {
      it.each(['value', '-dash', 'two\nlines', ' spaced ', 'a#b"c;\\', ''])(
        'keeps the config value %j',
        async (value) => {
          expect(await repository.readConfig('mreg.root')).toBeUndefined();
          await repository.writeConfig('mreg.root', 'before');
          await repository.writeConfig('mreg.root', value);
          expect(await repository.readConfig('mreg.root')).toBe(value);
        },
      );

      it('has no remotes at first, and cannot reach one', async () => {
        expect(await repository.remotes()).toEqual([]);
        const move = { ref: 'refs/heads/main', new: await commitInto(repository, { a: '1' }) };
        expect(await repository.push('none', [move])).toMatchObject({ state: 'unreachable' });
        expect(await repository.fetch('none', ['refs/heads/main:refs/remotes/none/main'])).toMatchObject({
          state: 'unreachable',
        });
      });

      it('finds nothing dirty in a fresh repository and nothing staged but what was committed', async () => {
        expect(await repository.dirtyPaths(undefined, ['a'])).toEqual([]);
        expect(await repository.indexTree()).toBe('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
      });

      it('reads again after it was closed', async () => {
        const commit = await commitInto(repository, { a: '1' });
        await repository.close();
        expect(await repository.resolve('main')).toBe(commit);
        await repository.close();
      });
    });
  });
}
