import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diskError } from '../../src/git/loose-store.ts';
import { commitFiles, expectFsckClean, git, makeRepository, openForTest, temporaryDirectory } from '../support/git.ts';
import { commitInto } from '../support/git-commit.ts';

const encode = (files: Readonly<Record<string, string | null>>) =>
  new Map(Object.entries(files).map(([path, text]) => [path, text === null ? null : Buffer.from(text)]));

describe('objects on disk', () => {
  it('keeps entries that are not its own byte for byte: links, modes, names that are no UTF-8', async () => {
    const directory = makeRepository();
    const blob = git(directory, ['hash-object', '-w', '--stdin'], { input: 'x' });
    const lines = [`100755 blob ${blob}\trun`, `120000 blob ${blob}\tlink`, `100644 blob ${blob}\tcaf`];
    const records = Buffer.from(lines.map((line) => `${line}\0`).join(''), 'latin1');
    const input = Buffer.concat([records.subarray(0, -1), Buffer.from([0xe9, 0])]);
    const base = git(directory, ['mktree', '-z'], { input });
    const repository = await openForTest(directory);
    const tree = await repository.writeTree(base, encode({ 'a/b': '1' }));
    expect(await repository.writeTree(tree, encode({ 'a/b': null }))).toBe(base);
    expectFsckClean(directory);
  });

  it('writes what git would have written', async () => {
    const directory = makeRepository();
    const files = { 'a/b/c': '1', 'a.b': '2', 'a-b/c': '3', 'ä/é': '4' };
    commitFiles(directory, files);
    const repository = await openForTest(directory);
    const expected = git(directory, ['rev-parse', 'HEAD^{tree}']);
    expect(await repository.writeTree(undefined, encode(files))).toBe(expected);
  });

  it('writes only the folders on the way to a change', async () => {
    const directory = makeRepository();
    commitFiles(
      directory,
      Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`m${String(index)}/a/b`, 'x'])),
    );
    git(directory, ['gc', '--quiet']);
    const repository = await openForTest(directory);
    await commitInto(repository, { 'm7/a/b': 'y' });
    // Blob, m7/a, m7, the root, the commit.
    expect(git(directory, ['count-objects'])).toMatch(/^5 objects/);
  });

  it('leaves read-only whole files and no temporary ones', async () => {
    const directory = makeRepository();
    const repository = await openForTest(directory);
    await Promise.all(Array.from({ length: 10 }, () => repository.writeTree(undefined, encode({ 'a/b': '1' }))));
    const objects = join(directory, '.git/objects');
    expect(readdirSync(objects).filter((name) => name.startsWith('tmp'))).toEqual([]);
    const blob = git(directory, ['hash-object', '--stdin'], { input: '1' });
    expect(statSync(join(objects, blob.slice(0, 2), blob.slice(2))).mode & 0o777).toBe(0o444);
    expectFsckClean(directory);
  });

  it('writes an object anew where a crash left an empty file of its name', async () => {
    const directory = makeRepository();
    const blob = git(directory, ['hash-object', '--stdin'], { input: '1' });
    const folder = join(directory, '.git/objects', blob.slice(0, 2));
    mkdirSync(folder);
    writeFileSync(join(folder, blob.slice(2)), '');
    await commitInto(await openForTest(directory), { a: '1' });
    expectFsckClean(directory);
  });

  it.skipIf(process.getuid?.() === 0)('says that the disk refuses, and leaves nothing half done', async () => {
    const directory = makeRepository();
    const repository = await openForTest(directory);
    chmodSync(join(directory, '.git/objects'), 0o555);
    await expect(repository.writeTree(undefined, encode({ a: '1' }))).rejects.toMatchObject({ code: 'disk' });
    chmodSync(join(directory, '.git/objects'), 0o755);
    expectFsckClean(directory);
  });

  it('says that the disk refuses where a file is in the way, and removes what it had begun', async () => {
    const directory = makeRepository();
    const objects = join(directory, '.git/objects');
    const blob = git(directory, ['hash-object', '--stdin'], { input: '1' });
    writeFileSync(join(objects, blob.slice(0, 2)), '');
    const repository = await openForTest(directory);
    await expect(repository.writeTree(undefined, encode({ a: '1' }))).rejects.toMatchObject({ code: 'disk' });
    expect(readdirSync(objects).filter((name) => name.startsWith('tmp'))).toEqual([]);
  });

  it.each(['ENOSPC', 'EROFS', 'EACCES', 'EMFILE', 'EIO', 'EDQUOT'])('tells %s as an error of the disk', (code) => {
    const cause = Object.assign(new Error('failed'), { code });
    expect(diskError(cause, '/repo')).toMatchObject({ code: 'disk', cause });
  });

  it('does not tell a bug as an error of the disk', () => {
    const bug = new TypeError('bug');
    expect(diskError(bug, '/repo')).toBe(bug);
  });

  it('signs commits that git itself verifies', async () => {
    const directory = makeRepository();
    const keys = temporaryDirectory();
    const key = join(keys, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', key]);
    writeFileSync(join(keys, 'allowed'), `test@example.com ${readFileSync(`${key}.pub`, 'utf8')}`);
    const sign = (payload: Uint8Array): Promise<string> => {
      const args = ['-Y', 'sign', '-q', '-n', 'git', '-f', key];
      return Promise.resolve(execFileSync('ssh-keygen', args, { input: payload }).toString());
    };
    const repository = await openForTest(directory);
    const message = 'Promote ranker\n\nBücher & <tags>\n\nMreg-Model: ranker';
    const commit = await commitInto(repository, { a: '1' }, { message, sign });
    git(directory, ['-c', `gpg.ssh.allowedSignersFile=${join(keys, 'allowed')}`, 'verify-commit', commit]);
    expect((await repository.readCommit(commit)).signature?.armour).toMatch(
      /^-----BEGIN[^]*-----END SSH SIGNATURE-----\n$/,
    );
    expectFsckClean(directory);
  });

  it('reads and writes inside the quarantine of a hook', async () => {
    const directory = makeRepository();
    commitFiles(directory, { a: '1' });
    const quarantine = join(temporaryDirectory(), 'incoming');
    mkdirSync(quarantine);
    const objects = join(directory, '.git/objects');
    const env = {
      GIT_OBJECT_DIRECTORY: quarantine,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: objects,
      GIT_QUARANTINE_PATH: quarantine,
    };
    const blob = git(directory, ['hash-object', '-w', '--stdin'], { input: 'new', env });
    const outside = await openForTest(directory);
    await expect(outside.readBlob(blob, 10)).rejects.toMatchObject({ code: 'integrity' });
    const inside = await openForTest(directory, env);
    expect(Buffer.from((await inside.readBlob(blob, 10)) ?? []).toString()).toBe('new');
    expect(await inside.firstParents('main')).toHaveLength(1);
    await inside.writeTree(undefined, encode({ b: 'quarantined' }));
    await expect(outside.readTree(git(directory, ['mktree'], { env }))).resolves.toEqual([]);
    expect(readdirSync(quarantine).length).toBeGreaterThan(1);
  });
});
