import { describe, expect, it } from 'vitest';
import { git } from '../support/git.ts';
import {
  makeRegistry,
  registerVersion,
  template,
  type Call,
  type Outcome,
  type TestRegistry,
} from '../support/registry.ts';
import type { Variant } from '../support/threat-index.ts';
import { THREATS, type FaultRow } from './threats.ts';

/** Something that breaks: `run` breaks it in a registry of its own, with `fraud@v1` in dev, and expects what must be seen. */
export interface FaultTrial extends Variant<FaultRow> {
  run(registry: TestRegistry): Promise<void> | void;
}

/** What most trials do while something is broken. */
export const PROMOTE: readonly string[] = ['promote', 'fraud@v1', '--to', 'staging'];
/** What it writes. */
export const STAGING = 'registry/fraud/stages/staging/stage.yaml';

/** Makes one test of each trial, under what it belongs to. */
export function tryFaults(tried: readonly FaultTrial[]): void {
  const makeCopy = template(async (home) => {
    const registry = await makeRegistry({ server: true, home });
    await registerVersion(registry, 'fraud', { content: 'weights' });
    return registry;
  });
  for (const { id, threat } of THREATS) {
    const faults = tried.filter(({ row }) => row === id);
    if (faults.length === 0) continue;
    describe(threat, () => {
      it.each(faults.map((fault) => [fault.variant, fault] as const))('%s', async (_, fault) => {
        await fault.run(await makeCopy());
      });
    });
  }
}

/** Promotes and expects that it is done: on the server, here, and in the files. */
export async function expectPromoted(registry: TestRegistry, call: Call = {}): Promise<Outcome> {
  const outcome = await registry.mreg(PROMOTE, call);
  expect(outcome.code, `${outcome.stdout}${outcome.stderr}`).toBe(0);
  expectThere(registry, call.cwd ?? registry.directory);
  return outcome;
}

/** Expects the promotion on the server and in a clone, with its files. */
export function expectThere(registry: TestRegistry, clone: string): void {
  const there = git(registry.server, ['rev-parse', 'main']);
  expect(git(clone, ['rev-parse', 'refs/heads/main'])).toBe(there);
  expect(git(clone, ['show', `main:${STAGING}`])).toContain('version: v1');
  expect(git(clone, ['status', '--porcelain'])).toBe('');
}

/** Promotes and expects this error code, in JSON as in words, and that the server's branch has not moved. */
export async function expectStopped(registry: TestRegistry, code: string, call: Call = {}): Promise<ToldError> {
  const before = git(registry.server, ['for-each-ref']);
  const outcome = await registry.mreg([...PROMOTE, '--json'], call);
  expect(outcome.code, outcome.stdout).not.toBe(0);
  expect(git(registry.server, ['for-each-ref'])).toBe(before);
  const { error } = JSON.parse(outcome.stdout) as { readonly error: ToldError };
  expect(error).toMatchObject({ code });
  return error;
}

/** What a command says in JSON when it fails. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}
