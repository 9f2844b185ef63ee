import { spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { expect } from 'vitest';
import { makeRegistry, type BenchRegistry } from '../../bench/registry.ts';
import { expectFsckClean, git } from '../support/git.ts';
import { BUNDLE } from '../support/outside.ts';
import type { Outcome } from '../support/registry.ts';
import type { Variant } from '../support/threat-index.ts';
import type { FaultRow } from './threats.ts';

/** Many writers at once: `run` lets them loose and expects what must be seen. */
export interface CrowdTrial extends Variant<FaultRow> {
  run(): Promise<void>;
}

/** A registry with a server and many models, of which each has a version in dev. */
export interface Meeting {
  readonly registry: BenchRegistry;
  readonly home: string;
  readonly server: string;
  /** Commits on the server's branch before anybody came. */
  readonly before: number;
}

/** What one writer has to do, command after command, and where. */
export interface Writer {
  readonly cwd: string;
  readonly commands: readonly (readonly string[])[];
}

/** Many clones on a busy disk take a while to remove. */
const CLEARING_MS = 300_000;

/** Makes a registry of so many models, and its server; both go with the test. */
export async function meet(models: number): Promise<Meeting> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'mreg-crowd-')));
  onTestFinished(() => {
    rmSync(home, { recursive: true, force: true });
  }, CLEARING_MS);
  const registry = await makeRegistry(home, { name: 'crowd', models, versionsEach: 1 });
  const server = join(home, 'server.git');
  const { env, directory } = registry;
  const made = await mreg({ registry }, directory, ['init', '--server', server]);
  if (made.code !== 0) throw new Error(made.stderr);
  git(directory, ['remote', 'add', 'origin', server], { env });
  git(directory, ['push', '--quiet', '-u', 'origin', 'main'], { env });
  return { registry, home, server, before: subjectsOf(server).length };
}

/** Clones the server for one writer and returns where. */
export function cloneFor({ registry, home, server }: Meeting, name: string): string {
  const clone = join(home, name);
  git(home, ['clone', '--quiet', server, clone], { env: registry.env });
  return clone;
}

/** Lets all writers work at once, each command a process of its own, and returns how each command ended. */
export async function letLoose(meeting: Meeting, writers: readonly Writer[]): Promise<readonly Outcome[]> {
  const outcomes = await Promise.all(
    writers.map(async ({ cwd, commands }) => {
      const ended: Outcome[] = [];
      for (const words of commands) ended.push(await mreg(meeting, cwd, words));
      return ended;
    }),
  );
  return outcomes.flat();
}

function mreg({ registry }: Pick<Meeting, 'registry'>, cwd: string, words: readonly string[]): Promise<Outcome> {
  return start({ words, cwd, env: { ...registry.env, MREG_KEY: registry.author.keyFile } });
}

/** A command line of mreg and where it runs. */
export interface Started {
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Starts all of them at once and returns how they ended. */
export function startAll(started: readonly Started[]): Promise<readonly Outcome[]> {
  return Promise.all(started.map(start));
}

function start({ words, cwd, env }: Started): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BUNDLE, ...words], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (said.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said.stderr += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code: code ?? -1, ...said });
    });
  });
}

/** The first lines of the commits on the server's branch, oldest first. */
export function subjectsOf(server: string): readonly string[] {
  return git(server, ['log', '--first-parent', '--reverse', '--format=%s', 'main']).split('\n');
}

/** Expects that everything of these subjects happened exactly once, that nothing else did, and that the whole is sound. */
export async function expectAllDone(meeting: Meeting, subjects: readonly string[]): Promise<void> {
  const { server, before } = meeting;
  expect(subjectsOf(server).slice(before).toSorted()).toEqual(subjects.toSorted());
  await expectSoundHistory(meeting);
}

/** Expects of a fresh clone that every document verifies and every step of its history is judged good again. */
export async function expectSoundHistory(meeting: Meeting): Promise<void> {
  expectFsckClean(meeting.server);
  const witness = cloneFor(meeting, 'witness');
  for (const words of [['verify'], ['audit']]) {
    const outcome = await mreg(meeting, witness, words);
    expect(outcome.code, `${outcome.stdout}${outcome.stderr}`).toBe(0);
  }
}

/** Expects that a clone is sound and its files are those of its branch. */
export function expectSettled(clone: string): void {
  expectFsckClean(clone);
  expect(git(clone, ['status', '--porcelain'])).toBe('');
}

/** Returns what failed, to be told by a test that expects none. */
export function failuresIn(outcomes: readonly Outcome[]): readonly string[] {
  return outcomes
    .filter(({ code }) => code !== 0)
    .map(({ code, stdout, stderr }) => `${String(code)}: ${stdout}${stderr}`);
}
