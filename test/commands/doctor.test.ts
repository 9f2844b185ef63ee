import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { git } from '../support/git.ts';
import { makePerson } from '../support/people.ts';
import { makeRegistry, mustSucceed, template, type Call, type TestRegistry } from '../support/registry.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const installed = template(async (home) => {
  const registry = await makeRegistry({ server: true, home });
  mustSucceed(await registry.mreg(['hooks', 'install']));
  return registry;
});

interface Check {
  readonly name: string;
  readonly state: string;
  readonly message: string;
  readonly hint: string | null;
}

async function examine(registry: TestRegistry, call: Call = {}, ...flags: string[]): Promise<Map<string, Check>> {
  const { code, stdout } = await registry.mreg(['doctor', '--json', ...flags], call);
  const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: Check[] };
  expect(code).toBe(ok ? 0 : 3);
  expect(ok).toBe(checks.every(({ state }) => state !== 'fail'));
  // Whatever is wrong comes with what to do about it.
  expect(checks.filter(({ state, hint }) => state !== 'ok' && state !== 'skip' && hint === null)).toEqual([]);
  return new Map(checks.map((check) => [check.name, check]));
}

describe('mreg doctor', () => {
  it('finds nothing wrong with a fresh clone and its server', async () => {
    const registry = await installed();
    for (const call of [{}, { cwd: registry.server }]) {
      const states = [...(await examine(registry, call)).values()].map(({ state }) => state);
      expect(new Set(states)).toEqual(new Set(['ok']));
    }
    expect((await registry.mreg(['doctor', '--offline'])).stdout).toMatch(/^✔ node {7}Node .*\n✔ git/);
  });

  it.each<[string, string, string, (registry: TestRegistry) => void]>([
    [
      'a hook that is missing',
      'hooks',
      'warn',
      ({ directory }) => {
        rmSync(join(directory, '.git/hooks/pre-commit'));
      },
    ],
    [
      'a hook that is not executable',
      'hooks',
      'warn',
      ({ directory }) => {
        chmodSync(join(directory, '.git/hooks/pre-commit'), 0o644);
      },
    ],
    [
      'a hook of somebody else',
      'hooks',
      'warn',
      ({ directory }) => {
        writeFileSync(join(directory, '.git/hooks/pre-commit'), '#!/bin/sh\n');
      },
    ],
    [
      'a hook whose program is gone',
      'hooks',
      'warn',
      (registry) => {
        editHook(join(registry.directory, '.git/hooks/pre-commit'));
      },
    ],
    [
      'a root that is not pinned',
      'pin',
      'warn',
      (registry) => {
        registry.git('config', '--unset', 'mreg.root');
      },
    ],
    [
      'another root than the pinned one',
      'pin',
      'fail',
      (registry) => {
        registry.git('config', 'mreg.root', `sha256:${'0'.repeat(64)}`);
      },
    ],
    [
      'signers that git does not know',
      'signatures',
      'warn',
      (registry) => {
        registry.git('config', '--unset', 'gpg.ssh.allowedSignersFile');
      },
    ],
    [
      'a lock that a crash left behind',
      'locks',
      'fail',
      (registry) => {
        leaveLock(registry, 'refs/heads/main.lock');
      },
    ],
    [
      'a lock of the index',
      'locks',
      'fail',
      (registry) => {
        leaveLock(registry, 'index.lock');
      },
    ],
    [
      'replaced objects',
      'history',
      'warn',
      (registry) => {
        registry.git('update-ref', `refs/replace/${'1'.repeat(40)}`, 'main');
      },
    ],
    [
      'grafts',
      'history',
      'warn',
      ({ directory }) => {
        mkdirSync(join(directory, '.git/info'), { recursive: true });
        writeFileSync(join(directory, '.git/info/grafts'), '');
      },
    ],
    [
      'a detached HEAD',
      'head',
      'warn',
      (registry) => {
        registry.git('checkout', '-q', '--detach');
      },
    ],
    [
      'a server that is gone',
      'remote',
      'fail',
      (registry) => {
        rmSync(registry.server, { recursive: true });
      },
    ],
  ])('finds %s', async (_, name, state, damage) => {
    const registry = await installed();
    damage(registry);
    expect((await examine(registry)).get(name)).toMatchObject({ state });
  });

  it.each<[string, string, (registry: TestRegistry) => void]>([
    [
      'a missing hook',
      'hooks',
      ({ server }) => {
        rmSync(join(server, 'hooks/pre-receive'));
      },
    ],
    [
      'a hook that git would skip, as it is not executable',
      'hooks',
      ({ server }) => {
        chmodSync(join(server, 'hooks/pre-receive'), 0o644);
      },
    ],
    [
      'a hook whose program is gone',
      'hooks',
      ({ server }) => {
        editHook(join(server, 'hooks/pre-receive'));
      },
    ],
    [
      'a HEAD that names another branch',
      'head',
      ({ server }) => {
        git(server, ['update-ref', 'refs/heads/other', 'main']);
        git(server, ['symbolic-ref', 'HEAD', 'refs/heads/other']);
      },
    ],
  ])('fails on a server with %s', async (_, name, damage) => {
    const registry = await installed();
    damage(registry);
    expect((await examine(registry, { cwd: registry.server })).get(name)).toMatchObject({ state: 'fail' });
  });

  it('puts right what is safe to put right', async () => {
    const registry = await installed();
    rmSync(join(registry.server, 'hooks/pre-receive'));
    git(registry.server, ['config', '--unset', 'mreg.root']);
    const fixed = await examine(registry, { cwd: registry.server }, '--fix');
    expect(fixed.get('hooks')).toMatchObject({ state: 'ok' });
    expect(git(registry.server, ['config', 'mreg.root'])).toBe(registry.root);
    expect(statSync(join(registry.server, 'hooks/pre-receive')).mode & 0o111).toBe(0o111);
    registry.git('config', '--unset', 'gpg.ssh.allowedSignersFile');
    writeFileSync(join(registry.directory, '.git/hooks/pre-commit'), '#!/bin/sh\n');
    const partly = await examine(registry, {}, '--fix');
    expect(partly.get('signatures')).toMatchObject({ state: 'ok' });
    // A hook of somebody else is theirs to move.
    expect(partly.get('hooks')).toMatchObject({
      state: 'warn',
      message: expect.stringContaining('--fix could not') as string,
    });
  });

  it('warns of a wrong clock, and of a trust root before it expires; fails when it has', async () => {
    const registry = await makeRegistry({
      expires: new Date(Date.now() + 10 * DAY_MS).toISOString().replace(/\.\d+/, ''),
    });
    const at = (days: number) => ({ now: () => new Date(Date.now() + days * DAY_MS) });
    expect((await examine(registry, at(-1))).get('clock')).toMatchObject({ state: 'warn' });
    expect((await examine(registry)).get('trust')).toMatchObject({ state: 'warn', hint: 'mreg trust rotate' });
    expect((await examine(registry, at(11))).get('trust')).toMatchObject({ state: 'fail' });
  });

  it('only warns of a key that is not trusted, or not there: reading needs none', async () => {
    const registry = await installed();
    const stranger = await makePerson(registry.home, 'stranger@example.org');
    expect((await examine(registry, { as: stranger })).get('key')).toMatchObject({ state: 'warn' });
    expect((await examine(registry, { env: { MREG_KEY: '/nowhere' } })).get('key')).toMatchObject({ state: 'warn' });
  });

  it('does not ask the server with --offline', async () => {
    const registry = await installed();
    rmSync(registry.server, { recursive: true });
    expect((await examine(registry, {}, '--offline')).get('remote')).toMatchObject({ state: 'skip' });
  });

  it('says what is missing where there is no registry, and that an empty server waits for one', async () => {
    const registry = await makeRegistry();
    git(registry.home, ['init', '-q', 'plain'], { env: registry.env });
    const call = { cwd: join(registry.home, 'plain') };
    expect((await examine(registry, call)).get('registry')).toMatchObject({ state: 'fail' });
    expect((await examine(registry, { cwd: registry.home })).get('registry')).toMatchObject({ state: 'fail' });
    mustSucceed(await registry.mreg(['init', '--server', registry.server]));
    expect((await examine(registry, { cwd: registry.server })).get('registry')).toMatchObject({ state: 'warn' });
  });

  it('fails without git', async () => {
    const registry = await makeRegistry();
    expect((await examine(registry, { env: { PATH: '/nowhere' } })).get('git')).toMatchObject({ state: 'fail' });
  });
});

function editHook(path: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll('mreg.mjs', 'gone.mjs'));
}

function leaveLock({ directory }: TestRegistry, name: string): void {
  const path = join(directory, '.git', name);
  writeFileSync(path, '');
  const longAgo = new Date(Date.now() - DAY_MS);
  utimesSync(path, longAgo, longAgo);
}
