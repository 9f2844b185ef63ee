import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { git } from '../support/git.ts';
import { makePerson } from '../support/people.ts';
import {
  ALL_ROLES,
  makeRegistry,
  makeTeam,
  mustSucceed,
  registerVersion,
  template,
  type Call,
  type TestRegistry,
} from '../support/registry.ts';

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
      const checks = [...(await examine(registry, call)).values()];
      expect(checks.filter(({ state }) => state === 'warn' || state === 'fail')).toEqual([]);
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

  it.each<[string, string, string, (registry: TestRegistry) => void]>([
    [
      'a private key that others can read',
      'key',
      'warn',
      (registry) => {
        chmodSync(registry.person('ann').keyFile, 0o644);
      },
    ],
    [
      'a key of git that nobody trusts',
      'git key',
      'warn',
      (registry) => {
        registry.git('config', 'gpg.format', 'ssh');
        registry.git('config', 'user.signingKey', '/nowhere');
      },
    ],
    [
      'governed files that are changed and not committed',
      'files',
      'warn',
      (registry) => {
        registry.write('registry/fraud/model.yaml', 'x');
      },
    ],
    [
      'a command that was killed before it had refreshed the files',
      'files',
      'warn',
      (registry) => {
        const tip = registry.git('rev-parse', 'main').trim();
        writeFileSync(join(registry.directory, '.git/mreg-refresh'), `${tip} ${tip}\n`);
      },
    ],
    [
      'commits that are not pushed',
      'branch',
      'warn',
      (registry) => {
        registry.git('commit', '-q', '--allow-empty', '--no-verify', '-m', 'more');
      },
    ],
  ])('finds in a clone %s', async (_, name, state, damage) => {
    const registry = await makeRegistry({ server: true });
    damage(registry);
    expect((await examine(registry)).get(name)).toMatchObject({ state });
  });

  it('says of a shallow clone what it cannot do', async () => {
    const registry = await installed();
    await registerVersion(registry, 'fraud');
    const cwd = join(registry.home, 'shallow');
    git(registry.home, ['clone', '-q', '--depth=1', `file://${registry.server}`, cwd], { env: registry.env });
    const checks = await examine(registry, { cwd });
    expect(checks.get('shape')).toMatchObject({ state: 'warn', hint: 'git fetch --unshallow' });
    expect(checks.get('pin')).toMatchObject({ state: 'skip' });
  });

  it.each([
    ['receive.fsckObjects', 'false'],
    ['receive.denyDeletes', 'true'],
  ])('warns of a server where %s is %s', async (key, value) => {
    const { server, ...registry } = await installed();
    git(server, ['config', key, value]);
    expect((await examine({ server, ...registry }, { cwd: server })).get('config')).toMatchObject({ state: 'warn' });
  });

  it('warns where one lost key would stop every change of trust', async () => {
    const two = { people: { ann: ALL_ROLES, bob: ['root'] }, thresholds: { root: 2, policy: 1 } };
    expect((await examine(await makeTeam(two))).get('quorum')).toMatchObject({ state: 'warn' });
    const three = { ...two, people: { ...two.people, carol: ['root'] } };
    expect((await examine(await makeTeam(three))).get('quorum')).toMatchObject({ state: 'ok' });
  });

  it.each([
    ['lets everything through', 'exit 0', /let an unsigned change of refs\/heads\/main through/],
    ['refuses everything', 'echo no >&2; exit 1', /exits with 1 whatever is pushed: no/],
    ['cannot be started', 'exec /nowhere/node', /exits with 127 whatever is pushed/],
    ['judges no content', 'grep -q refs/replace && exit 1; exit 0', /let an unsigned change/],
  ])('fails on a server whose hook looks well and %s', async (_, script, message) => {
    const registry = await installed();
    const before = git(registry.server, ['count-objects', '-v']);
    writeFileSync(join(registry.server, 'hooks/pre-receive'), `#!/bin/sh\n# installed by mreg\n${script}\n`);
    const checks = await examine(registry, { cwd: registry.server });
    expect(checks.get('probe')).toMatchObject({ state: 'fail', message: expect.stringMatching(message) as string });
    expect(git(registry.server, ['count-objects', '-v'])).toBe(before);
    expect(git(registry.server, ['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main');
  });

  it('runs a hook of somebody else only when it is asked to', async () => {
    const registry = await installed();
    const hook = join(registry.server, 'hooks/pre-receive');
    const ours = readFileSync(hook, 'utf8').replace('# installed by mreg', '# our own, which calls mreg');
    writeFileSync(hook, ours);
    const at = { cwd: registry.server };
    expect((await examine(registry, at)).get('probe')).toMatchObject({ state: 'skip' });
    expect((await examine(registry, at, '--probe')).get('probe')).toMatchObject({ state: 'ok' });
  });

  it('probes the hook of a server that is still empty', async () => {
    const registry = await makeRegistry();
    mustSucceed(await registry.mreg(['init', '--server', registry.server]));
    const checks = await examine(registry, { cwd: registry.server });
    expect(checks.get('probe')).toMatchObject({ state: 'ok' });
  });

  it('asks the server from a clone, with --probe alone, and leaves nothing behind', async () => {
    const registry = await installed();
    expect((await examine(registry)).has('probe')).toBe(false);
    expect((await examine(registry, {}, '--probe')).get('probe')).toMatchObject({ state: 'ok' });
    rmSync(join(registry.server, 'hooks/pre-receive'));
    expect((await examine(registry, {}, '--probe')).get('probe')).toMatchObject({ state: 'fail' });
    expect(git(registry.server, ['for-each-ref', 'refs/replace'])).toBe('');
    writeFileSync(join(registry.server, 'hooks/pre-receive'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    expect((await examine(registry, {}, '--probe')).get('probe')).toMatchObject({ state: 'warn' });
  });

  it('removes locks that nobody can hold any more, and only those', async () => {
    const registry = await installed();
    const lock = join(registry.directory, '.git/refs/heads/main.lock');
    leaveLock(registry, 'refs/heads/main.lock', DAY_MS / 2);
    expect((await examine(registry, {}, '--fix')).get('locks')).toMatchObject({ state: 'fail' });
    leaveLock(registry, 'refs/heads/main.lock', DAY_MS * 2);
    const shown = await examine(registry, {}, '--fix', '--dry-run');
    expect(shown.get('locks')?.message).toContain('--fix would see to it');
    expect(existsSync(lock)).toBe(true);
    expect((await examine(registry, {}, '--fix')).get('locks')).toMatchObject({ state: 'ok' });
    expect(existsSync(lock)).toBe(false);
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

function leaveLock({ directory }: TestRegistry, name: string, ageMs = DAY_MS): void {
  const path = join(directory, '.git', name);
  writeFileSync(path, '');
  const longAgo = new Date(Date.now() - ageMs);
  utimesSync(path, longAgo, longAgo);
}
