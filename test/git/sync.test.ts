import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memoryRepository } from '../../src/git/memory-repository.ts';
import type { Repository } from '../../src/git/port.ts';
import { expectFsckClean, git, makeRepository, makeServer, openForTest, temporaryDirectory } from '../support/git.ts';
import { commitInto } from '../support/git-commit.ts';

const main = 'refs/heads/main';
const request = 'refs/heads/promote/m/prod/v1';
const REFSPECS = [`+${main}:refs/remotes/origin/main`, '+refs/heads/promote/*:refs/remotes/origin/promote/*'];

interface Pair {
  /** Two clones of one server, whose refs are read through `at`. */
  readonly ours: Repository;
  readonly theirs: Repository;
  readonly at: (ref: string) => Promise<string | undefined>;
  /** Makes the server's hook say this and refuse every push from now on. */
  readonly refuse: (text: string) => void;
}

async function onDisk(): Promise<Pair> {
  const server = makeServer();
  const [ours, theirs] = await Promise.all(
    [makeRepository(), makeRepository()].map((directory) => {
      git(directory, ['remote', 'add', 'origin', server]);
      return openForTest(directory);
    }),
  );
  const seen = await openForTest(server);
  if (ours === undefined || theirs === undefined) throw new Error('two clones');
  return { ours, theirs, at: (ref) => seen.resolve(ref), refuse: (text) => writeHook(server, 'pre-receive', text) };
}

function inMemory(): Promise<Pair> {
  let refusal: string | undefined;
  const server = memoryRepository({ receive: () => Promise.resolve(refusal) });
  const [ours, theirs] = [
    memoryRepository({ remotes: { origin: server } }),
    memoryRepository({ remotes: { origin: server } }),
  ];
  const refuse = (text: string) => {
    refusal = text;
  };
  return Promise.resolve({ ours, theirs, at: (ref) => server.resolve(ref), refuse });
}

function writeHook(gitDir: string, name: string, text: string): void {
  const hook = join(gitDir, 'hooks', name);
  writeFileSync(hook, `#!/bin/sh\ncat >/dev/null\nprintf '%s\\n' '${text}' >&2\nexit 1\n`);
  chmodSync(hook, 0o755);
}

describe.each([
  ['on disk', onDisk],
  ['in memory', inMemory],
])('two clones and a server %s', (_, make) => {
  it('pushes a commit that the other then fetches', async () => {
    const { ours, theirs, at } = await make();
    const commit = await commitInto(ours, { a: '1' });
    expect(await ours.push('origin', [{ ref: main, new: commit }])).toEqual({ state: 'ok' });
    expect(await at(main)).toBe(commit);
    expect(await theirs.fetch('origin', REFSPECS)).toEqual({ state: 'ok' });
    expect(await theirs.resolve('refs/remotes/origin/main')).toBe(commit);
    expect((await theirs.readCommit(commit)).oid).toBe(commit);
  });

  it('says ok to a push whose answer was lost the first time', async () => {
    const { ours } = await make();
    const commit = await commitInto(ours, { a: '1' });
    const move = { ref: main, new: commit, old: undefined };
    expect(await ours.push('origin', [move])).toEqual({ state: 'ok' });
    expect(await ours.push('origin', [move])).toEqual({ state: 'ok' });
  });

  it('tells a lost race from a refusal, and moves nothing', async () => {
    const { ours, theirs, at } = await make();
    const first = await commitInto(ours, { a: '1' });
    await ours.push('origin', [{ ref: main, new: first }]);
    const other = await commitInto(theirs, { a: '2' });
    expect(await theirs.push('origin', [{ ref: main, new: other }])).toMatchObject({ state: 'moved' });
    expect(await theirs.push('origin', [{ ref: main, new: other, old: undefined }])).toMatchObject({ state: 'moved' });
    expect(await at(main)).toBe(first);
  });

  it('hands on what the server’s hook said', async () => {
    const { ours, at, refuse } = await make();
    refuse('refused [chain] registry/m');
    const commit = await commitInto(ours, { a: '1' });
    const refused = { state: 'refused', text: 'refused [chain] registry/m' };
    expect(await ours.push('origin', [{ ref: main, new: commit }])).toEqual(refused);
    expect(await ours.push('origin', [{ ref: main, new: commit, old: undefined }])).toEqual(refused);
    expect(await at(main)).toBeUndefined();
  });

  it('pushes all refs or none', async () => {
    const { ours, theirs, at } = await make();
    const first = await commitInto(ours, { a: '1' });
    await ours.push('origin', [{ ref: main, new: first }]);
    const other = await commitInto(theirs, { a: '2' });
    const moves = [
      { ref: main, new: other },
      { ref: request, new: other },
    ];
    expect(await theirs.push('origin', moves)).toMatchObject({ state: 'moved' });
    expect(await at(request)).toBeUndefined();
  });

  it('deletes a request only where it expects it, and fetching prunes it', async () => {
    const { ours, theirs, at } = await make();
    const first = await commitInto(ours, { a: '1' });
    await ours.push('origin', [
      { ref: main, new: first },
      { ref: request, new: first },
    ]);
    await theirs.fetch('origin', REFSPECS);
    const second = await commitInto(ours, { a: '2' });
    await ours.push('origin', [{ ref: request, new: second, old: first }]);
    expect(await theirs.push('origin', [{ ref: request, new: undefined, old: first }])).toMatchObject({
      state: 'moved',
    });
    expect(await at(request)).toBe(second);
    expect(await ours.push('origin', [{ ref: request, new: undefined, old: second }])).toEqual({ state: 'ok' });
    await theirs.fetch('origin', REFSPECS);
    expect(await theirs.refs('refs/remotes/origin/promote/')).toEqual([]);
  });

  it('says that the remote lacks what was asked for', async () => {
    const { ours } = await make();
    expect(await ours.fetch('origin', REFSPECS)).toMatchObject({ state: 'refused' });
  });
});

describe('pushing with git', () => {
  it('lets the user’s own pre-push hook refuse', async () => {
    const { ours, at } = await onDisk();
    writeHook(ours.gitDir, 'pre-push', 'not on a Friday');
    const commit = await commitInto(ours, { a: '1' });
    const result = await ours.push('origin', [{ ref: main, new: commit }]);
    expect(result).toMatchObject({ state: 'refused', text: expect.stringContaining('not on a Friday') as string });
    expect(await at(main)).toBeUndefined();
  });

  it('tells a server that lost the race in its own hook from one that refused', async () => {
    const { ours, theirs, at } = await onDisk();
    const [one, other] = [await commitInto(ours, { a: '1' }), await commitInto(theirs, { a: '2' })];
    const server = git(ours.workTree ?? '', ['remote', 'get-url', 'origin']);
    git(theirs.workTree ?? '', ['push', '-q', 'origin', `${other}:refs/heads/parked`]);
    // While the first push is judged, the second one lands.
    const hook = join(server, 'hooks/pre-receive');
    const script = `#!/bin/sh\nunset GIT_QUARANTINE_PATH\ngit update-ref refs/heads/main ${other}\n`;
    writeFileSync(hook, script);
    chmodSync(hook, 0o755);
    expect(await ours.push('origin', [{ ref: main, new: one }])).toMatchObject({ state: 'moved' });
    expect(await at(main)).toBe(other);
    expectFsckClean(server);
  });

  it('pushes again where git on the server stumbled without a word of its hook', async () => {
    const { ours, at } = await onDisk();
    const server = git(ours.workTree ?? '', ['remote', 'get-url', 'origin']);
    const hook = join(server, 'hooks', 'pre-receive');
    // The first push finds the branch locked, as `git gc` may leave it for a moment.
    const lock = 'if mkdir stumbled 2>/dev/null; then : >refs/heads/main.lock; else rm -f refs/heads/main.lock; fi';
    writeFileSync(hook, `#!/bin/sh\ncat >/dev/null\n${lock}\n`);
    chmodSync(hook, 0o755);
    const commit = await commitInto(ours, { a: '1' });
    expect(await ours.push('origin', [{ ref: main, new: commit }])).toEqual({ state: 'ok' });
    expect(existsSync(join(server, 'stumbled'))).toBe(true);
    expect(await at(main)).toBe(commit);
  });

  it('calls a server that is not there unreachable', async () => {
    const directory = makeRepository();
    git(directory, ['remote', 'add', 'origin', join(temporaryDirectory(), 'gone')]);
    const ours = await openForTest(directory);
    const commit = await commitInto(ours, { a: '1' });
    expect(await ours.push('origin', [{ ref: main, new: commit }])).toMatchObject({ state: 'unreachable' });
    expect(await ours.fetch('origin', REFSPECS)).toMatchObject({ state: 'unreachable' });
    expect(await ours.remotes()).toEqual(['origin']);
  });

  it.each(['--upload-pack=touch pwned', '-x', 'ext::sh -c touch% pwned', 'fd::7', '', 'a\nb'])(
    'never passes %j to git as a remote',
    async (remote) => {
      const directory = makeRepository();
      const ours = await openForTest(directory);
      const commit = await commitInto(ours, { a: '1' });
      await expect(ours.push(remote, [{ ref: main, new: commit }])).rejects.toMatchObject({ code: 'usage' });
      await expect(ours.fetch(remote, REFSPECS)).rejects.toMatchObject({ code: 'usage' });
      expect(existsSync(join(directory, 'pwned'))).toBe(false);
    },
  );

  it('runs no transport helper that a configured remote hides', async () => {
    const directory = makeRepository();
    git(directory, ['config', 'remote.origin.url', `ext::sh -c touch% ${join(directory, 'pwned')}`]);
    git(directory, ['config', 'protocol.ext.allow', 'always']);
    const ours = await openForTest(directory);
    expect(await ours.fetch('origin', REFSPECS)).toMatchObject({ state: 'unreachable' });
    expect(existsSync(join(directory, 'pwned'))).toBe(false);
  });

  it.each(['--force', 'refs/heads/main:x', 'main', 'refs/heads/a b:refs/heads/c'])(
    'never passes %j to git as a refspec',
    async (refspec) => {
      const ours = await openForTest(makeRepository());
      await expect(ours.fetch('origin', [refspec])).rejects.toMatchObject({ code: 'usage' });
    },
  );
});
