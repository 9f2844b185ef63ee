import { appendFileSync, chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { git } from '../support/git.ts';
import { mustSucceed, registerVersion, type TestRegistry } from '../support/registry.ts';
import { expectPromoted, expectStopped, expectThere, PROMOTE, type FaultTrial } from './trial.ts';

/** Environment of a push whose hook breaks like this. */
function breaking(how: string): NodeJS.ProcessEnv {
  return { NODE_OPTIONS: `--require ${JSON.stringify(resolve('test/faults/break-hook.cjs'))}`, MREG_BREAK: how };
}

function brokenHook(how: string, variant: string): FaultTrial {
  return {
    row: 'hook',
    variant,
    code: 'refused',
    run: async (registry) => {
      git(registry.server, ['config', 'mreg.hookTimeout', '1s']);
      await expectStopped(registry, 'refused', { env: breaking(how) });
      git(registry.server, ['config', '--unset', 'mreg.hookTimeout']);
      await expectPromoted(registry);
    },
  };
}

const HOOK: readonly FaultTrial[] = [
  brokenHook('crashes', 'it aborts in the middle'),
  brokenHook('throws', 'it throws where nobody catches'),
  brokenHook('never settles', 'it waits for something that never comes'),
  brokenHook('hangs', 'it loops without end, so that no timer fires'),
  {
    row: 'hook',
    variant: 'it is not executable, which git takes for no hook: mreg doctor says so',
    code: 'done',
    run: async (registry) => {
      chmodSync(join(registry.server, 'hooks/pre-receive'), 0o644);
      const { code, stdout } = await registry.mreg(['doctor', '--offline'], { cwd: registry.server });
      expect(code).toBe(3);
      expect(stdout).toContain('hooks/pre-receive');
      mustSucceed(await registry.mreg(['doctor', '--offline', '--fix'], { cwd: registry.server }));
    },
  },
  {
    row: 'hook',
    variant: 'no node on the PATH of the server: the hook knows where it is',
    code: 'done',
    run: async (registry) => {
      const gitOnly = git(registry.home, ['--exec-path']);
      mustSucceed(await registry.mreg([...PROMOTE, '--no-push']));
      mustSucceed(registry.tryGit(['push', 'origin', 'main'], { env: { PATH: `${gitOnly}:/usr/bin:/bin` } }));
      expectThere(registry, registry.directory);
    },
  },
  {
    row: 'hook',
    variant: '10,000 refs in one push',
    code: 'too-large',
    run: (registry) => {
      const tip = registry.git('rev-parse', 'main');
      const lines = Array.from({ length: 10_000 }, (_, index) => `${tip} refs/heads/many/${String(index)}\n`).sort();
      appendFileSync(join(registry.directory, '.git/packed-refs'), lines.join(''));
      const before = git(registry.server, ['for-each-ref']);
      const { code, stderr } = registry.tryGit(['push', '--quiet', 'origin', 'refs/heads/many/*:refs/heads/many/*']);
      expect(code).not.toBe(0);
      expect(stderr).toContain('[too-large]');
      expect(git(registry.server, ['for-each-ref'])).toBe(before);
    },
  },
];

/** Has the receiving git killed once, in the phase of its transaction that is named. */
function killReceiver(registry: TestRegistry, phase: 'prepared' | 'committed'): void {
  const [hook, once] = [join(registry.server, 'hooks/reference-transaction'), join(registry.server, 'once')];
  writeFileSync(once, '');
  const script = `#!/bin/sh\n[ "$1" = ${phase} ] && [ -e '${once}' ] || exit 0\nrm '${once}'\nkill -9 $PPID\n`;
  writeFileSync(hook, script, { mode: 0o755 });
}

const REPLY: readonly FaultTrial[] = [
  {
    row: 'lost-reply',
    variant: 'the receiving git is killed after the branch has moved',
    code: 'done',
    run: async (registry) => {
      killReceiver(registry, 'committed');
      await expectPromoted(registry);
      expect(git(registry.server, ['rev-list', '--count', '--first-parent', 'main'])).toBe('3');
    },
  },
  {
    row: 'lost-reply',
    variant: 'the receiving git is killed before the branch moves: nothing happened, and its lock is told',
    code: ['network', 'refused'],
    run: async (registry) => {
      killReceiver(registry, 'prepared');
      await expectStopped(registry, 'network');
      const { message } = await expectStopped(registry, 'refused');
      expect(message).toContain('.lock');
      for (const name of ['HEAD.lock', 'refs/heads/main.lock']) rmSync(join(registry.server, name), { force: true });
      await expectPromoted(registry);
    },
  },
  {
    row: 'lost-reply',
    variant: 'the connection ends before anything is sent',
    code: 'network',
    run: async (registry) => {
      registry.git('config', 'remote.origin.receivepack', 'false');
      await expectStopped(registry, 'network');
      registry.git('config', '--unset', 'remote.origin.receivepack');
      await expectPromoted(registry);
    },
  },
];

/** Lets another clone finish a command first, just when this one has connected for its push. */
async function letOtherFirst(registry: TestRegistry, words: readonly string[]): Promise<void> {
  const other = join(registry.home, 'other');
  git(registry.home, ['clone', '--quiet', registry.server, other], { env: registry.env });
  mustSucceed(await registry.mreg([...words, '--no-push'], { cwd: other }));
  const once = join(registry.home, 'once');
  writeFileSync(once, '');
  const script = `#!/bin/sh\n[ -e '${once}' ] || exit 0\nrm '${once}'\nunset GIT_DIR\ncd '${other}' && git push --quiet origin main\n`;
  writeFileSync(join(registry.directory, '.git/hooks/pre-push'), script, { mode: 0o755 });
}

const MOVED: readonly FaultTrial[] = [
  {
    row: 'moved-meanwhile',
    variant: 'another model was registered: decided again on top of it',
    code: 'done',
    run: async (registry) => {
      writeFileSync(join(registry.home, 'other.onnx'), 'other');
      await letOtherFirst(registry, ['register', 'churn', join(registry.home, 'other.onnx')]);
      await expectPromoted(registry);
      expect(registry.git('log', '--format=%s', '-2')).toBe('Promote fraud@v1 to staging\nRegister churn@v1');
    },
  },
  {
    row: 'moved-meanwhile',
    variant: 'the same was promoted: told, and not done twice',
    code: 'done',
    run: async (registry) => {
      // In other words: in the same second, with the same key, the same words would be the same commit.
      await letOtherFirst(registry, [...PROMOTE, '-m', 'theirs']);
      const { stdout } = await expectPromoted(registry);
      expect(stdout).toContain('already');
      expect(registry.git('rev-list', '--count', 'main')).toBe('3');
    },
  },
  {
    row: 'moved-meanwhile',
    variant: 'the version was put on hold: not promoted any more',
    code: 'refused',
    run: async (registry) => {
      await letOtherFirst(registry, ['hold', 'fraud@v1', '-m', 'bad']);
      const { code, stderr } = await registry.mreg(PROMOTE);
      expect(code).toBe(1);
      expect(stderr).toContain('the registry changed meanwhile');
    },
  },
  {
    row: 'moved-meanwhile',
    variant: 'the pointer was rolled back by somebody else: not once more',
    code: 'refused',
    run: async (registry) => {
      for (const version of ['v1', 'v2', 'v3']) {
        if (version !== 'v1') await registerVersion(registry, 'fraud');
        mustSucceed(await registry.mreg(['promote', `fraud@${version}`, '--to', 'staging']));
      }
      await letOtherFirst(registry, ['rollback', 'fraud', '--stage', 'staging', '-m', 'theirs']);
      const { code, stderr } = await registry.mreg(['rollback', 'fraud', '--stage', 'staging', '-m', 'ours']);
      expect(code).toBe(1);
      expect(stderr).toContain('moved by somebody else meanwhile');
      expect(git(registry.server, ['log', '-1', '--format=%s', 'main'])).toBe('Roll back fraud in staging to v2');
    },
  },
];

/** What breaks on the server, or between it and a clone. */
export const TRIED: readonly FaultTrial[] = [...HOOK, ...REPLY, ...MOVED];
