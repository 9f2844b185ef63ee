import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { git, mayBeDamaged } from '../support/git.ts';
import { mustSucceed, registerVersion, type TestRegistry } from '../support/registry.ts';
import { expectPromoted, expectStopped, PROMOTE, STAGING, type FaultTrial } from './trial.ts';

function staleLock(name: string): FaultTrial {
  return {
    row: 'damaged-repository',
    variant: `a stale ${name} in a clone: done on the server, told here with its path, mended by the same command`,
    code: 'locked',
    run: async (registry) => {
      const lock = join(registry.directory, '.git', name);
      writeFileSync(lock, '');
      const { code, stderr } = await registry.mreg(PROMOTE);
      expect(code).toBe(3);
      expect(stderr.replaceAll(/\s+/g, ' ')).toContain('[locked]: it is done');
      expect(stderr).toContain(name);
      rmSync(lock);
      await expectPromoted(registry);
    },
  };
}

function looseFile(directory: string, revision: string): string {
  const oid = git(directory, ['rev-parse', revision]);
  return join(directory, '.git/objects', oid.slice(0, 2), oid.slice(2));
}

/** Packs everything and overwrites a stretch in the middle of the pack. */
function breakPack(directory: string): void {
  git(directory, ['gc', '--quiet']);
  const folder = join(directory, '.git/objects/pack');
  const pack = join(folder, readdirSync(folder).find((name) => name.endsWith('.pack')) ?? '');
  const bytes = readFileSync(pack);
  bytes.fill(0, 40, bytes.length - 40);
  chmodSync(pack, 0o644);
  writeFileSync(pack, bytes);
}

function damaged(variant: string, damage: (registry: TestRegistry) => void): FaultTrial {
  return {
    row: 'damaged-repository',
    variant,
    code: 'integrity',
    run: async (registry) => {
      mayBeDamaged(registry.home);
      damage(registry);
      const { hint } = await expectStopped(registry, 'integrity');
      expect(hint).toContain('git fsck');
    },
  };
}

const DAMAGE: readonly FaultTrial[] = [
  staleLock('index.lock'),
  staleLock('refs/heads/main.lock'),
  {
    row: 'damaged-repository',
    variant: 'a stale lock of the branch on the server: the push is refused with its path',
    code: 'refused',
    run: async (registry) => {
      const lock = join(registry.server, 'refs/heads/main.lock');
      writeFileSync(lock, '');
      const { message } = await expectStopped(registry, 'refused');
      expect(message).toContain('main.lock');
      rmSync(lock);
      await expectPromoted(registry);
    },
  },
  damaged('a document cut short among the loose objects of a clone', ({ directory }) => {
    const file = looseFile(directory, 'main:registry/fraud/versions/v1/version.yaml');
    chmodSync(file, 0o644);
    truncateSync(file, 20);
  }),
  damaged('an empty file where a document was, as a power cut leaves it', ({ directory }) => {
    const file = looseFile(directory, 'main:trust/root.yaml');
    chmodSync(file, 0o644);
    truncateSync(file, 0);
  }),
  damaged('a commit that is gone', ({ directory }) => {
    rmSync(looseFile(directory, 'main'));
  }),
  damaged('a pack overwritten in its middle', ({ directory }) => {
    breakPack(directory);
  }),
  {
    row: 'damaged-repository',
    variant: 'git repacks clone and server without pause meanwhile',
    code: 'done',
    run: async (registry) => {
      const loops = [registry.directory, registry.server].map((cwd) =>
        spawn('sh', ['-c', 'while git repack -a -d -q && git pack-refs --all; do :; done'], { cwd, env: registry.env }),
      );
      try {
        await expectPromoted(registry);
        await registerVersion(registry, 'fraud');
        mustSucceed(await registry.mreg(['promote', 'fraud@v2', '--to', 'staging']));
      } finally {
        for (const loop of loops) loop.kill();
        await Promise.all(loops.map((loop) => new Promise((ended) => loop.once('close', ended))));
      }
    },
  },
];

const DAY_MS = 24 * 60 * 60 * 1000;

const CLOCK: readonly FaultTrial[] = [
  {
    row: 'clock',
    variant: 'the client is a day behind: order is that of the commits',
    code: 'done',
    run: async (registry) => {
      await expectPromoted(registry, { now: () => new Date(Date.now() - DAY_MS) });
      mustSucceed(await registry.mreg(['rollback', 'fraud', '--stage', 'dev', '-m', 'none']).then(asDone));
      expect(registry.git('log', '-1', '--format=%s')).toBe('Promote fraud@v1 to staging');
    },
  },
  {
    row: 'clock',
    variant: 'the server is a hundred years ahead: the root has expired there, and the pusher is told by which clock',
    code: 'expired',
    run: async (registry) => {
      const preload = resolve('test/faults/break-hook.cjs');
      const env = { NODE_OPTIONS: `--require ${JSON.stringify(preload)}`, MREG_BREAK: String(100 * 365 * DAY_MS) };
      const { message } = await expectStopped(registry, 'refused', { env });
      expect(message).toContain('clock');
      await expectPromoted(registry);
    },
  },
];

function asDone<T extends { readonly code: number }>(outcome: T): T {
  return { ...outcome, code: 0 };
}

/** Makes a clone of the server in some way and promotes there. */
function promotesIn(variant: string, make: (registry: TestRegistry) => string): FaultTrial {
  return {
    row: 'odd-repository',
    variant,
    code: 'done',
    run: async (registry) => {
      await expectPromoted(registry, { cwd: make(registry) });
    },
  };
}

/** Changes the registry's own clone with git and promotes there. */
function promotesAfter(variant: string, ...args: readonly string[]): FaultTrial {
  return promotesIn(variant, (registry) => {
    registry.git(...args);
    return registry.directory;
  });
}

function cloned({ home, server, env }: TestRegistry, ...flags: readonly string[]): string {
  const clone = join(home, 'clone');
  git(home, ['clone', '--quiet', ...flags, `file://${server}`, clone], { env });
  return clone;
}

const ODD: readonly FaultTrial[] = [
  promotesIn('a linked worktree', (registry) => {
    const linked = join(registry.home, 'linked');
    registry.git('switch', '--quiet', '-c', 'elsewhere');
    registry.git('worktree', 'add', '--quiet', linked, 'main');
    return linked;
  }),
  promotesIn('a partial clone, which fetches what it needs', (registry) => {
    git(registry.server, ['config', 'uploadpack.allowFilter', 'true']);
    return cloned(registry, '--filter=blob:none');
  }),
  promotesIn('a clone with its git folder elsewhere', (registry) =>
    cloned(registry, `--separate-git-dir=${join(registry.home, 'elsewhere.git')}`),
  ),
  promotesIn('a clone that converts line ends', (registry) => cloned(registry, '-c', 'core.autocrlf=true')),
  promotesAfter('an index of version 4', 'update-index', '--index-version', '4'),
  promotesAfter('a split index', 'update-index', '--split-index'),
  promotesAfter('an index that keeps untracked files', 'update-index', '--force-untracked-cache'),
  promotesAfter('all refs and objects packed', 'gc', '--quiet', '--prune=now'),
  {
    row: 'odd-repository',
    variant: 'a shallow clone: it promotes, and says what is missing where the past is asked for',
    code: ['done', 'git-failed'],
    run: async (registry) => {
      const cwd = cloned(registry, '--depth=1');
      await expectPromoted(registry, { cwd });
      const { code, stderr } = await registry.mreg(['log'], { cwd });
      expect(code).toBe(3);
      expect(stderr).toContain('--unshallow');
    },
  },
  {
    row: 'odd-repository',
    variant: 'a repository with sha256',
    code: 'git-failed',
    run: async (registry) => {
      const other = join(registry.home, 'sha256');
      git(registry.home, ['init', '--quiet', '--object-format=sha256', other]);
      const { message } = await expectStopped(registry, 'git-failed', { cwd: other });
      expect(message).toContain('sha256');
    },
  },
  {
    row: 'odd-repository',
    variant: 'a sparse checkout without the model: promoted, and the files that were left out stay away',
    code: 'done',
    run: async (registry) => {
      const cwd = cloned(registry, '--sparse');
      git(cwd, ['sparse-checkout', 'set', '--cone', 'trust', 'policies']);
      await expectPromoted(registry, { cwd });
      expect(existsSync(join(cwd, 'registry/fraud/versions'))).toBe(false);
    },
  },
  {
    row: 'odd-repository',
    variant: 'a folder of a larger repository, from where the command runs; its code stays as it is',
    code: 'done',
    run: async (registry) => {
      const folder = join(registry.directory, 'services/fraud');
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'main.py'), 'print()\n');
      registry.git('add', '.');
      mustSucceed(registry.tryGit(['commit', '--quiet', '-m', 'Code'], { as: registry.person('ann') }));
      registry.git('push', '--quiet');
      writeFileSync(join(folder, 'main.py'), 'print(1)\n');
      expect((await registry.mreg(PROMOTE, { cwd: folder })).code).toBe(0);
      expect(registry.git('status', '--porcelain')).toBe(' M services/fraud/main.py');
      expect(registry.read(STAGING)).toContain('version: v1');
    },
  },
];

/** What is odd or broken about a clone, or its clock. */
export const TRIED: readonly FaultTrial[] = [...DAMAGE, ...CLOCK, ...ODD];
