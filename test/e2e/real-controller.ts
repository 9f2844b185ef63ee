import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutTickOutput } from '../../src/report/output-schemas.ts';
import { BUNDLE } from '../support/outside.ts';
import type { Prometheus } from '../support/prometheus.ts';
import type { TestRegistry } from '../support/registry.ts';

/** A controller: the real program, in a clone that is nobody else's, with a key of its own. */
export interface Controller {
  /** Looks once, and tells what it saw of the rollout and did about it. */
  look(...flags: readonly string[]): Promise<RolloutTickOutput['rollouts'][number] | undefined>;
  /** Looks once and is killed at its push of this number, before anything of it is sent or after all of it is done. */
  lookAndDie(when: 'before' | 'after', push: number): Promise<void>;
}

interface Surroundings {
  readonly registry: TestRegistry;
  readonly env: NodeJS.ProcessEnv;
  readonly prometheus: Prometheus;
}

/** Makes a clone that is nobody else's, below the registry's home. */
export function cloneFor({ home, server, git }: TestRegistry, name: string): string {
  const clone = join(home, name);
  git('clone', '--quiet', server, clone);
  return clone;
}

/** Makes a controller with the key of a person. */
export function controllerOf({ registry, env, prometheus }: Surroundings, person: string): Controller {
  const cwd = cloneFor(registry, person);
  const words = [BUNDLE, 'rollout', 'run', '--once', '--json', '--source', `prom=${prometheus.url}`];
  const own = { ...env, MREG_KEY: registry.person(person).keyFile };
  const start = (more: readonly string[], changes: NodeJS.ProcessEnv): Promise<Ended> =>
    ended([...words, ...more], { cwd, env: { ...own, ...changes } });
  return {
    look: async (...flags) => {
      const { signal, stdout, stderr } = await start(flags, {});
      if (signal !== null || stdout === '') throw new Error(`the controller ended (${String(signal)}): ${stderr}`);
      return (JSON.parse(stdout) as RolloutTickOutput).rollouts[0];
    },
    lookAndDie: async (when, push) => {
      const { signal, stderr } = await start([], deadlyGit(registry, { when, push }));
      if (signal !== 'SIGKILL') throw new Error(`the controller was not killed: ${stderr}`);
    },
  };
}

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function ended(
  words: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<Ended> {
  return new Promise((done) => {
    const child = execFile(process.execPath, words, { ...options, encoding: 'utf8' }, (_, stdout, stderr) => {
      done({ signal: child.signalCode, stdout, stderr });
    });
  });
}

/** Returns an environment with a git that kills whoever calls it to push for the n-th time. */
function deadlyGit(
  { home }: TestRegistry,
  { when, push }: { readonly when: 'before' | 'after'; readonly push: number },
): NodeJS.ProcessEnv {
  const folder = join(home, `deadly-${when}-${String(push)}-${String(Math.random()).slice(2)}`);
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  const lines = [
    '#!/bin/sh',
    'for word in "$@"; do',
    '  [ "$word" = push ] || continue',
    `  echo >>'${folder}/pushes'`,
    `  [ "$(wc -l <'${folder}/pushes')" -eq ${String(push)} ] || continue`,
    ...(when === 'after' ? [`  '${real}' "$@" >/dev/null 2>&1`] : []),
    '  kill -9 "$PPID"',
    '  exit 1',
    'done',
    `exec '${real}' "$@"`,
  ];
  mkdirSync(folder);
  writeFileSync(join(folder, 'git'), `${lines.join('\n')}\n`);
  chmodSync(join(folder, 'git'), 0o755);
  return { PATH: `${folder}:${process.env['PATH'] ?? ''}` };
}
