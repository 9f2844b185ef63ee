import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { openRepository } from '../../src/git/open-repository.ts';
import type { Repository } from '../../src/git/port.ts';

/** An environment in which no configuration of the user or the machine takes part. */
export const GIT_ENV: NodeJS.ProcessEnv = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
};

/** Returns a new directory (links resolved) that is removed when the test is over. */
export function temporaryDirectory(name = 'mreg-test'): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)));
  onTestFinished(() => {
    try {
      if (!DAMAGED.has(directory)) repositoriesIn(directory, 3).forEach(expectFsckClean);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
  return directory;
}

const DAMAGED = new Set<string>();

/** Says that a test breaks a repository below this directory on purpose; every other one must be clean at its end. */
export function mayBeDamaged(directory: string): void {
  DAMAGED.add(directory);
}

/** Returns every git repository at or below a directory, bare ones included. */
function repositoriesIn(directory: string, depth: number): readonly string[] {
  const names = readdirSync(directory, { withFileTypes: true });
  const isRepository = ['HEAD', 'objects', 'refs'].every((name) => names.some((entry) => entry.name === name));
  if (isRepository) return [directory];
  if (names.some((entry) => entry.name === '.git' && entry.isDirectory())) return [directory];
  if (depth === 0) return [];
  return names
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => repositoriesIn(join(directory, entry.name), depth - 1));
}

export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string | Uint8Array;
}

/** Runs git in `directory` and returns what it printed, without the last line feed. Throws when git fails. */
export function git(directory: string, args: readonly string[], options: RunOptions = {}): string {
  const output = execFileSync('git', args, {
    cwd: directory,
    env: { ...GIT_ENV, ...options.env },
    input: options.input ?? '',
    stdio: ['pipe', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  });
  return output.toString('utf8').replace(/\n$/, '');
}

/** Makes an empty repository on branch main in a directory of its own and returns the directory. */
export function makeRepository(name?: string): string {
  const directory = temporaryDirectory(name);
  git(directory, ['init', '--quiet', '--initial-branch=main']);
  return directory;
}

/** Makes a bare repository, as a server keeps it. */
export function makeServer(name?: string): string {
  const directory = temporaryDirectory(name);
  git(directory, ['init', '--quiet', '--bare', '--initial-branch=main']);
  return directory;
}

/** Clones `from` into a directory of its own. */
export function cloneOf(from: string, ...flags: string[]): string {
  const directory = join(temporaryDirectory(), 'clone');
  git(dirname(directory), ['clone', '--quiet', ...flags, from, directory]);
  return directory;
}

/** Writes files below `directory` (null removes one). */
export function writeFiles(directory: string, files: Readonly<Record<string, string | null>>): void {
  for (const [path, text] of Object.entries(files)) {
    const target = join(directory, path);
    if (text === null) {
      rmSync(target);
      continue;
    }
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

/** Writes files and commits everything with stock git; returns the commit. */
export function commitFiles(
  directory: string,
  files: Readonly<Record<string, string | null>>,
  message = 'Change files',
): string {
  writeFiles(directory, files);
  git(directory, ['add', '--all']);
  git(directory, ['commit', '--quiet', '--allow-empty', '-m', message]);
  return git(directory, ['rev-parse', 'HEAD']);
}

/** Opens the repository in `directory`; it is closed when the test is over. */
export async function openForTest(directory: string, env: NodeJS.ProcessEnv = {}): Promise<Repository> {
  const repository = await openRepository({ directory, env: { ...GIT_ENV, ...env } });
  onTestFinished(() => repository.close());
  return repository;
}

/** Fails the test when git finds anything wrong with the repository. */
export function expectFsckClean(directory: string): void {
  const output = git(directory, ['fsck', '--strict', '--full', '--no-dangling']);
  expect(output).toBe('');
}
