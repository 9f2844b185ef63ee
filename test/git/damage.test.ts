import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { commitFiles, git, makeRepository, mayBeDamaged, openForTest } from '../support/git.ts';

const damage = { code: 'integrity' };

/** Where the loose file of an object is. */
function fileOf(directory: string, oid: string): string {
  return join(directory, '.git/objects', oid.slice(0, 2), oid.slice(2));
}

function repositoryToBreak(): string {
  const directory = makeRepository();
  mayBeDamaged(directory);
  return directory;
}

function overwrite(path: string, bytes: Uint8Array): void {
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

/** Returns a PATH on which git first does this. */
function gitAfter(directory: string, script: string): string {
  const folder = join(directory, '.git/bin');
  mkdirSync(folder);
  const PATH = process.env['PATH'] ?? '';
  writeFileSync(join(folder, 'git'), `#!/bin/sh\n${script}\nPATH='${PATH}' exec git "$@"\n`, {
    mode: 0o755,
  });
  return `${folder}:${PATH}`;
}

describe('a damaged repository', () => {
  it('does not believe an object whose content was replaced on disk', async () => {
    const directory = repositoryToBreak();
    commitFiles(directory, { a: 'good' });
    const oid = git(directory, ['rev-parse', 'HEAD:a']);
    overwrite(fileOf(directory, oid), deflateSync(Buffer.from('blob 4\0evil')));
    const repository = await openForTest(directory);
    await expect(repository.readBlob(oid, 100)).rejects.toMatchObject(damage);
  });

  it('reports a corrupt object and still answers every other request', async () => {
    const directory = repositoryToBreak();
    commitFiles(directory, { a: 'aa', b: 'bb', c: 'cc' });
    const oids = ['a', 'b', 'c'].map((path) => git(directory, ['rev-parse', `HEAD:${path}`]));
    const broken = fileOf(directory, oids[1] ?? '');
    overwrite(broken, readFileSync(broken).subarray(0, 8));
    const repository = await openForTest(directory);
    const results = await Promise.allSettled([...oids, ...oids].map((oid) => repository.readBlob(oid, 100)));
    expect(results.map((result) => result.status === 'fulfilled')).toEqual([true, false, true, true, false, true]);
    expect(results.filter((result) => result.status === 'rejected').map(({ reason }) => reason as unknown)).toEqual([
      expect.objectContaining(damage),
      expect.objectContaining(damage),
    ]);
  });

  it.each(['No space left on device', 'Input/output error', 'Too many open files'])(
    'does not call an object damaged where git ended because of the system: %s',
    async (words) => {
      const directory = makeRepository();
      commitFiles(directory, { a: 'good' });
      const oid = git(directory, ['rev-parse', 'HEAD:a']);
      const before = `case "$*" in *cat-file*) echo 'fatal: unable to open loose object: ${words}' >&2; exit 128;; esac`;
      const repository = await openForTest(directory, { PATH: gitAfter(directory, before) });
      await expect(repository.readBlob(oid, 100)).rejects.toMatchObject({ code: 'git-failed' });
    },
  );

  it('does not take a branch whose commit is missing for a branch that does not exist', async () => {
    const directory = repositoryToBreak();
    const commit = commitFiles(directory, { a: '1' });
    rmSync(fileOf(directory, commit));
    const repository = await openForTest(directory);
    await expect(repository.head()).rejects.toMatchObject(damage);
    await expect(repository.resolve('main')).rejects.toMatchObject(damage);
    expect(await repository.resolve(commit)).toBeUndefined();
  });

  it.each(['', 'junk\n'])(
    'does not take a ref file that holds %j for a branch that does not exist',
    async (content) => {
      const directory = repositoryToBreak();
      commitFiles(directory, { a: '1' });
      writeFileSync(join(directory, '.git/refs/heads/main'), content);
      const repository = await openForTest(directory);
      await expect(repository.resolve('refs/heads/main')).rejects.toMatchObject(damage);
    },
  );

  it('does not look through replace refs and grafts', async () => {
    const directory = repositoryToBreak();
    const first = commitFiles(directory, { a: '1' });
    const second = commitFiles(directory, { a: '2' });
    git(directory, ['replace', second, first]);
    writeFileSync(join(directory, '.git/info/grafts'), `${second}\n`);
    const repository = await openForTest(directory);
    expect((await repository.readCommit(second)).parents).toEqual([first]);
    expect(await repository.firstParents('main')).toEqual([second, first]);
  });

  it('reads packed objects as well as loose ones, before and after a repack', async () => {
    const directory = repositoryToBreak();
    const commit = commitFiles(directory, { a: '1' });
    const repository = await openForTest(directory);
    const { tree } = await repository.readCommit(commit);
    git(directory, ['gc', '--quiet', '--prune=now']);
    expect(existsSync(fileOf(directory, tree))).toBe(false);
    expect(await repository.readTree(tree)).toHaveLength(1);
  });
});
