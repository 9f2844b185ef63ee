import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/commands/run.ts';
import { git } from '../support/git.ts';
import { testOutside } from '../support/outside.ts';
import { makePerson } from '../support/people.ts';
import { makeRegistry, mustSucceed, registerVersion } from '../support/registry.ts';

describe('-C', () => {
  it('holds for every file that the command line names, the key included', async () => {
    const registry = await makeRegistry();
    await makePerson(registry.home, 'dan@example.org');
    for (const name of ['metrics.json', 'lock.json']) writeFileSync(join(registry.home, name), '{"auc": 0.9}');
    writeFileSync(join(registry.home, 'model.bin'), 'weights');
    const call = { cwd: '/', env: { MREG_KEY: '' } };
    const from = ['-C', registry.directory, '--key', '../ann-example-org.key'];
    mustSucceed(
      await registry.mreg(
        ['register', 'fraud', '../model.bin', '--metrics', '../metrics.json', '--lockfile', '../lock.json', ...from],
        call,
      ),
    );
    mustSucceed(
      await registry.mreg(['evidence', 'add', 'fraud', '../metrics.json', '--kind', 'online', ...from], call),
    );
    mustSucceed(await registry.mreg(['artifact', 'pull', 'fraud', '-o', '../out', ...from], call));
    expect(readdirSync(join(registry.home, 'out'))).toEqual(['model.bin']);
    const key = ['--public-key', '../dan-example-org.key.pub', '--role', 'reviewer'];
    mustSucceed(await registry.mreg(['trust', 'add', 'dan@example.org', ...key, ...from], call));
    mustSucceed(await registry.mreg(['key', 'show', '../dan-example-org.key.pub', ...from], call));
  });

  it('may come before the command and after it', async () => {
    const registry = await makeRegistry();
    for (const words of [
      ['-C', registry.directory, 'status'],
      ['status', '-C', registry.directory],
    ]) {
      mustSucceed(await registry.mreg(words, { cwd: '/' }));
    }
  });
});

describe('a key with a passphrase', () => {
  it('is opened once, even when the command is overtaken and decides again', async () => {
    const registry = await makeRegistry({ server: true });
    await registerVersion(registry, 'fraud');
    const other = join(registry.home, 'other');
    registry.git('clone', '--quiet', registry.server, other);
    const { outside } = testOutside({
      cwd: registry.directory,
      home: registry.home,
      env: { ...registry.env, MREG_KEY: registry.person('ann').keyFile },
    });
    const opened: unknown[] = [];
    let overtake = true;
    const world = {
      ...outside,
      findSigner: (wish: Parameters<typeof outside.findSigner>[0]) => {
        opened.push(wish);
        return outside.findSigner(wish);
      },
      openRepository: async (directory: string) => {
        const repository = await outside.openRepository(directory);
        const push: typeof repository.push = async (remote, moves) => {
          // Somebody else is faster, once.
          if (overtake) await registerVersion(registry, 'fraud', { call: { cwd: other } });
          overtake = false;
          return repository.push(remote, moves);
        };
        return { ...repository, push };
      },
    };
    expect(await run(world, ['hold', 'fraud@v1', '-m', 'late'])).toBe(0);
    expect(opened).toHaveLength(1);
    expect(git(registry.directory, ['log', '--format=%s', 'main']).split('\n')).toHaveLength(4);
  });
});

describe('mreg init that fails', () => {
  it('leaves nothing behind, and no file of the user’s goes', async () => {
    const registry = await makeRegistry();
    const call = { cwd: registry.home, env: { MREG_KEY: join(registry.home, 'nothing') } };
    expect((await registry.mreg(['init', 'fresh'], call)).code).toBe(3);
    expect(existsSync(join(registry.home, 'fresh'))).toBe(false);

    git(registry.home, ['init', '--quiet', '--initial-branch=main', 'mine']);
    writeFileSync(join(registry.home, 'mine', 'notes'), 'mine');
    expect((await registry.mreg(['init', 'mine'], call)).code).toBe(3);
    expect(readdirSync(join(registry.home, 'mine')).toSorted()).toEqual(['.git', 'notes']);

    writeFileSync(join(registry.home, 'mine', 'notes'), 'mine');
    mustSucceed(await registry.mreg(['init', 'mine'], { cwd: registry.home }));
    expect(readFileSync(join(registry.home, 'mine', 'notes'), 'utf8')).toBe('mine');
  });

  it('in a folder without a repository takes only the repository away again', async () => {
    const registry = await makeRegistry();
    const folder = join(registry.home, 'folder');
    registry.write('../folder/notes', 'mine');
    const call = { cwd: registry.home, env: { MREG_KEY: join(registry.home, 'nothing') } };
    expect((await registry.mreg(['init', 'folder'], call)).code).toBe(3);
    expect(readdirSync(folder)).toEqual(['notes']);
  });
});

describe('mreg register with a key that nobody trusts', () => {
  it('stores nothing', async () => {
    const registry = await makeRegistry();
    const stranger = await makePerson(registry.home, 'mallory@example.org');
    writeFileSync(join(registry.home, 'model.bin'), 'weights');
    const { code } = await registry.mreg(['register', 'fraud', '../model.bin'], { as: stranger });
    expect(code).toBe(1);
    expect(existsSync(join(registry.home, 'store'))).toBe(false);
  });
});
