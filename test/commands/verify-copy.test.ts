import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { git } from '../support/git.ts';
import { makeRegistry, type TestRegistry } from '../support/registry.ts';

async function registryWithVersion(): Promise<TestRegistry> {
  const registry = await makeRegistry();
  writeFileSync(join(registry.home, 'model.bin'), 'weights');
  await registry.mreg(['register', 'ranker', join(registry.home, 'model.bin')]);
  return registry;
}

/** Starts another repository with the files of this one, in as many commits as there are lists of names. */
function copyInto(registry: TestRegistry, ...commits: readonly (readonly string[])[]): string {
  const copy = join(registry.home, 'copy');
  const run = (...args: readonly string[]): string => git(copy, args, { env: registry.env });
  git(registry.home, ['init', '--quiet', '--initial-branch=main', copy], { env: registry.env });
  for (const names of commits) {
    for (const name of names) cpSync(join(registry.directory, name), join(copy, name), { recursive: true });
    run('add', '--all');
    run('commit', '--quiet', '--message', `Copy ${names.join(', ')}`);
  }
  return copy;
}

const GOVERNANCE = ['mreg.yaml', 'mreg.yaml.sig', 'trust', 'policies'];

describe('a registry whose history is elsewhere', () => {
  it('verifies when it arrived as a copy, models and all', async () => {
    const registry = await registryWithVersion();
    const copy = copyInto(registry, [...GOVERNANCE, 'registry']);
    expect(await registry.mreg(['verify'], { cwd: copy })).toMatchObject({ code: 0 });
  });

  it('is refused when it was started here and its pointers name commits that are gone', async () => {
    const registry = await registryWithVersion();
    const copy = copyInto(registry, GOVERNANCE, ['registry']);
    const verified = await registry.mreg(['verify', '--json'], { cwd: copy });
    expect(verified.code).toBe(4);
    expect(verified.stdout).toContain('base: a commit of this history');
  });

  it('verifies after it was removed and another was started in its place, unless the first one is pinned', async () => {
    const registry = await registryWithVersion();
    const other = await registryWithVersion();
    const copy = copyInto(registry, [...GOVERNANCE, 'registry']);
    const run = (...args: readonly string[]): string => git(copy, args, { env: registry.env });
    for (const name of [...GOVERNANCE, 'registry']) rmSync(join(copy, name), { recursive: true });
    run('commit', '--quiet', '--all', '--message', 'Remove it');
    for (const name of [...GOVERNANCE, 'registry'])
      cpSync(join(other.directory, name), join(copy, name), { recursive: true });
    run('add', '--all');
    run('commit', '--quiet', '--message', 'Start another');
    expect(await other.mreg(['verify'], { cwd: copy })).toMatchObject({ code: 0 });
    run('config', 'mreg.root', registry.root);
    const pinned = await other.mreg(['verify', '--json'], { cwd: copy });
    expect(pinned.code).toBe(4);
    expect(pinned.stdout).toContain('root-not-pinned');
  });
});
