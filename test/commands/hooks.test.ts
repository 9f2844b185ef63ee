import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { git } from '../support/git.ts';
import { makeRegistry, mustSucceed, template, type TestRegistry } from '../support/registry.ts';

const fresh = template((home) => makeRegistry({ home }));

function hookOf(registry: TestRegistry, name = 'pre-commit'): string {
  return join(registry.directory, '.git/hooks', name);
}

function writeForeign(registry: TestRegistry, text: string): void {
  writeFileSync(hookOf(registry), `#!/bin/sh\n${text}\n`);
  chmodSync(hookOf(registry), 0o755);
}

describe('mreg hooks install', () => {
  it('installs what judges commits, merges that git commits by itself included, and takes it away again', async () => {
    const registry = await fresh();
    const { stdout } = mustSucceed(await registry.mreg(['hooks', 'install', '--json']));
    const { hooks } = JSON.parse(stdout) as { hooks: string[] };
    expect(hooks).toEqual([hookOf(registry), hookOf(registry, 'pre-merge-commit')]);
    mustSucceed(await registry.mreg(['hooks', 'install']));
    mustSucceed(await registry.mreg(['hooks', 'install', '--uninstall']));
    expect(hooks.filter((path) => existsSync(path))).toEqual([]);
    expect(await registry.mreg(['hooks', 'install', '--uninstall'])).toMatchObject({ code: 0 });
  });

  it('lets git show who signed, and keeps what is configured already', async () => {
    const registry = await fresh();
    mustSucceed(await registry.mreg(['hooks', 'install']));
    expect(registry.git('log', '--format=%G? %GS', '-1')).toBe('G ann@example.org');
    registry.git('config', 'gpg.ssh.allowedSignersFile', 'mine');
    mustSucceed(await registry.mreg(['hooks', 'install']));
    expect(registry.git('config', 'gpg.ssh.allowedSignersFile')).toBe('mine');
  });

  it('leaves a hook of somebody else alone, or chains it', async () => {
    const registry = await fresh();
    writeForeign(registry, 'echo mine >&2');
    const refused = await registry.mreg(['hooks', 'install']);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toContain('--chain');
    expect(readFileSync(hookOf(registry), 'utf8')).toContain('mine');
    mustSucceed(await registry.mreg(['hooks', 'install', '--chain']));
    mustSucceed(await registry.mreg(['hooks', 'install', '--chain']));
    expect(registry.tryGit(['commit', '--allow-empty', '-m', 'Nothing'])).toMatchObject({ code: 0, stderr: 'mine\n' });
    mustSucceed(await registry.mreg(['hooks', 'install', '--uninstall']));
    expect(readFileSync(hookOf(registry), 'utf8')).toContain('echo mine');
  });

  it('lets a chained hook refuse', async () => {
    const registry = await fresh();
    writeForeign(registry, 'exit 7');
    mustSucceed(await registry.mreg(['hooks', 'install', '--chain']));
    expect(registry.tryGit(['commit', '--allow-empty', '-m', 'Nothing'])).toMatchObject({ code: 1 });
  });

  it('does not write where core.hooksPath points, and says what to add there', async () => {
    const registry = await fresh();
    registry.git('config', 'core.hooksPath', '.husky/_');
    const refused = await registry.mreg(['hooks', 'install']);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/\.husky\/_[^]*hook pre-commit/);
    expect(existsSync(join(registry.directory, '.husky'))).toBe(false);
  });

  it('makes a server of a bare repository, and chains nothing there', async () => {
    const registry = await fresh();
    git(registry.home, ['init', '-q', '--bare', 'server.git'], { env: registry.env });
    const call = { cwd: registry.server };
    expect(await registry.mreg(['hooks', 'install', '--server', '--chain'], call)).toMatchObject({ code: 2 });
    mustSucceed(await registry.mreg(['hooks', 'install'], call));
    expect(readFileSync(join(registry.server, 'hooks/pre-receive'), 'utf8')).toContain('hook pre-receive');
    expect(git(registry.server, ['config', 'receive.fsckObjects'])).toBe('true');
  });

  it('changes nothing in a dry run', async () => {
    const registry = await fresh();
    mustSucceed(await registry.mreg(['hooks', 'install', '--dry-run']));
    expect(existsSync(hookOf(registry))).toBe(false);
  });

  it('calls programs whose path holds spaces and quotes', async () => {
    const registry = await fresh();
    const { installClientHooks, programsIn } = await import('../../src/commands/hook-files.ts');
    const { openForTest } = await import('../support/git.ts');
    const { testOutside } = await import('../support/outside.ts');
    const { outside } = testOutside({ cwd: registry.directory, home: registry.home, env: registry.env });
    const program = join(registry.home, `it's a program.sh`);
    writeFileSync(program, '#!/bin/sh\necho "called $@" >&2\n');
    chmodSync(program, 0o755);
    const repository = await openForTest(registry.directory);
    await installClientHooks({ ...outside, selfCommand: [program] }, repository, { isChained: false });
    expect(programsIn(readFileSync(hookOf(registry), 'utf8'))).toEqual([program]);
    const outcome = registry.tryGit(['commit', '--allow-empty', '-m', 'Nothing']);
    expect(outcome).toMatchObject({ code: 0, stderr: 'called hook pre-commit\n' });
  });
});
