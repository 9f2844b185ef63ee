import { describe, expect, it } from 'vitest';
import { git } from '../support/git.ts';
import { makeRegistry, mustSucceed, registerVersion, template, type TestRegistry } from '../support/registry.ts';

const STAGE = 'registry/fraud/stages/dev/stage.yaml';

const guarded = template(async (home) => {
  const registry = await makeRegistry({ server: true, home });
  await registerVersion(registry, 'fraud');
  mustSucceed(await registry.mreg(['hooks', 'install']));
  registry.write('notes.txt', 'notes');
  registry.git('add', 'notes.txt');
  mustSucceed(registry.tryGit(['commit', '-q', '-m', 'Notes'], { as: registry.person('ann') }));
  return registry;
});

function editStage(registry: TestRegistry): void {
  registry.write(STAGE, registry.read(STAGE).replace('strategy: immediate', 'strategy: shadow'));
}

describe('the pre-commit hook', () => {
  it('judges what is staged, not what lies in the worktree', async () => {
    const registry = await guarded();
    editStage(registry);
    registry.write('notes.txt', 'more');
    registry.git('add', 'notes.txt');
    expect(registry.tryGit(['commit', '-m', 'Notes'])).toMatchObject({ code: 0 });
    registry.git('add', STAGE);
    registry.write(STAGE, registry.git('show', `HEAD:${STAGE}`));
    const refused = registry.tryGit(['commit', '-m', 'By hand']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('[ungoverned-shape]');
  });

  it('sees what `git commit -a` adds', async () => {
    const registry = await guarded();
    editStage(registry);
    const head = registry.git('rev-parse', 'HEAD');
    expect(registry.tryGit(['commit', '-a', '-m', 'By hand']).stderr).toContain('mreg: refused, nothing was committed');
    expect(registry.git('rev-parse', 'HEAD')).toBe(head);
  });

  it('sees of a partial commit what is committed, and nothing else that is staged', async () => {
    const registry = await guarded();
    editStage(registry);
    registry.write('notes.txt', 'more');
    registry.git('add', '.');
    expect(registry.tryGit(['commit', '-m', 'Notes alone', '--', 'notes.txt'])).toMatchObject({ code: 0 });
    registry.write('notes.txt', 'again');
    expect(registry.tryGit(['commit', '-m', 'The stage alone', '--', STAGE])).toMatchObject({ code: 1 });
  });

  it('judges a merge as a step from HEAD', async () => {
    const registry = await guarded();
    registry.git('checkout', '-q', '-b', 'side');
    editStage(registry);
    registry.git('commit', '-q', '-a', '--no-verify', '-m', 'By hand');
    registry.git('checkout', '-q', 'main');
    expect(registry.tryGit(['merge', '--no-ff', '--no-edit', 'side']).stderr).toContain('[ungoverned-shape]');
    registry.git('reset', '-q', '--hard');
    expect(registry.git('log', '--merges', '--oneline')).toBe('');
  });

  it('warns on other branches and in a detached HEAD, where nothing lands by itself', async () => {
    const registry = await guarded();
    for (const flags of [
      ['-b', 'mine'],
      ['--detach', 'main'],
    ]) {
      registry.git('checkout', '-q', ...flags);
      editStage(registry);
      const outcome = registry.tryGit(['commit', '-a', '-m', 'By hand']);
      expect(outcome.code).toBe(0);
      expect(outcome.stderr).toContain('mreg: warning, main would not take this change');
    }
  });

  it('is passed by with --no-verify, and the server refuses', async () => {
    const registry = await guarded();
    registry.git('push', '-q', 'origin', 'main');
    editStage(registry);
    mustSucceed(registry.tryGit(['commit', '-a', '--no-verify', '-m', 'By hand'], { as: registry.person('ann') }));
    expect(registry.tryGit(['push', 'origin', 'main']).stderr).toContain('[ungoverned-shape]');
    expect(git(registry.server, ['rev-parse', 'main'])).toBe(registry.git('rev-parse', 'main~1'));
  });

  it('reminds of the signature that the server will ask for', async () => {
    const registry = await guarded();
    mustSucceed(await registry.mreg(['hold', 'fraud@v1', '-m', 'why', '--no-push']));
    registry.git('reset', '-q', '--soft', 'HEAD~1');
    expect(registry.tryGit(['commit', '-m', 'Hold']).stderr).toContain('takes signed commits only');
    registry.git('reset', '-q', '--soft', 'HEAD~1');
    registry.git('config', 'commit.gpgsign', 'true');
    const signed = registry.tryGit(['commit', '-m', 'Hold'], { as: registry.person('ann') });
    expect(signed).toMatchObject({ code: 0 });
    expect(signed.stderr).not.toContain('signed commits only');
  });

  it('says nothing and refuses nothing where there is no registry', async () => {
    const registry = await makeRegistry();
    git(registry.home, ['init', '-q', 'plain'], { env: registry.env });
    const cwd = `${registry.home}/plain`;
    mustSucceed(await registry.mreg(['hooks', 'install'], { cwd }));
    const commit = (message: string) => registry.tryGit(['commit', '--allow-empty', '-m', message], { cwd });
    expect(commit('First')).toMatchObject({ code: 0, stderr: '' });
    expect(commit('Second')).toMatchObject({ code: 0, stderr: '' });
  });

  it('judges the first commit of a registry made by hand', async () => {
    const registry = await makeRegistry();
    git(registry.home, ['init', '-q', 'copied'], { env: registry.env });
    const cwd = `${registry.home}/copied`;
    mustSucceed(await registry.mreg(['hooks', 'install'], { cwd }));
    git(cwd, ['fetch', '-q', registry.directory, 'main'], { env: registry.env });
    git(cwd, ['checkout', '-q', 'FETCH_HEAD', '--', 'mreg.yaml', 'trust/root.yaml'], { env: registry.env });
    const refused = registry.tryGit(['commit', '-m', 'Start'], { cwd });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('[derived-file]');
  });
});
