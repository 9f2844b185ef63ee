import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { git } from '../support/git.ts';
import { makeRegistry, mustSucceed, registerVersion, template, type TestRegistry } from '../support/registry.ts';

const ROOT_OF_OTHERS = `sha256:${'0'.repeat(64)}`;

/** A clone that has seen the server after one version was registered, and a second clone. */
const watched = template(async (home) => {
  const registry = await makeRegistry({ server: true, home });
  await registerVersion(registry, 'fraud');
  return registry;
});

let registry: TestRegistry;
let clone: string;

beforeEach(async () => {
  registry = await watched();
  clone = join(registry.home, 'clone');
  git(registry.home, ['clone', '-q', registry.server, clone], { env: registry.env });
});

/** Sets the server back by one commit on its own disk, and puts something else on top. */
async function rewrite(): Promise<void> {
  git(registry.server, ['update-ref', 'refs/heads/main', 'main~1']);
  git(clone, ['reset', '-q', '--hard', 'main~1'], { env: registry.env });
  git(clone, ['fetch', '-q', 'origin', '+main:refs/remotes/origin/main'], { env: registry.env });
  git(clone, ['update-ref', '-d', 'refs/mreg/seen/main'], { env: registry.env });
  await registerVersion(registry, 'other', { call: { cwd: clone } });
}

function refusalOf({ code, stdout }: { code: number; stdout: string }): unknown {
  return { code, ...(JSON.parse(stdout) as { error: object }).error };
}

describe('a history that was rewritten on the disk of the server', () => {
  it.each<[string, () => Promise<void>]>([
    ['set back', () => Promise.resolve(void git(registry.server, ['update-ref', 'refs/heads/main', 'main~1']))],
    ['written anew', rewrite],
  ])('is not built on where it was %s', async (_how, damage) => {
    await damage();
    for (const words of [
      ['hold', 'fraud@v1', '-m', 'odd'],
      ['promote', 'fraud@v1', '--to', 'staging'],
      ['rollback', 'fraud', '--stage', 'dev', '-m', 'odd'],
    ]) {
      expect(refusalOf(await registry.mreg([...words, '--json']))).toMatchObject({
        code: 'integrity',
        hint: expect.stringContaining('mreg trust accept-history') as string,
        details: [{ code: 'history-shape', path: 'refs/remotes/origin/main' }],
      });
    }
  });

  it('is told by status, verify and doctor', async () => {
    await rewrite();
    registry.git('fetch', '-q', 'origin', '+main:refs/remotes/origin/main');
    const { stderr } = await registry.mreg(['status']);
    expect(stderr).toContain('history was rewritten');
    expect(stderr).not.toContain('git pull');
    expect((await registry.mreg(['verify'])).code).toBe(4);
    expect((await registry.mreg(['doctor', '--offline'])).stdout).toContain('✘ memory');
  });

  it('is accepted by whoever says that it is right, and by nobody else', async () => {
    await rewrite();
    const seen = registry.git('rev-parse', 'main').trim();
    const accept = (...flags: string[]) => registry.mreg(['trust', 'accept-history', ...flags]);
    const looked = await accept('--dry-run');
    expect(looked).toMatchObject({ code: 0, stdout: expect.stringContaining('dry run') as string });
    expect(looked.stderr).toContain(`- ${seen.slice(0, 12)} Register fraud@v1`);
    expect((await accept()).code).toBe(1);
    const no = await registry.mreg(['trust', 'accept-history'], { answers: ['n'] });
    expect(no.code).toBe(1);
    expect(registry.git('rev-parse', 'refs/mreg/seen/main').trim()).toBe(seen);
    mustSucceed(await accept('--yes'));
    registry.git('reset', '-q', '--hard', 'origin/main');
    mustSucceed(await registry.mreg(['hold', 'other@v1', '-m', 'odd']));
    expect((await accept()).stdout).toContain('nothing to accept');
  });

  it('is restored by whoever still has it, where the server was set back', async () => {
    git(registry.server, ['update-ref', 'refs/heads/main', 'main~1']);
    const { stderr } = await registry.mreg(['trust', 'accept-history', '--dry-run']);
    const [, refspec = ''] = /git push origin (\S+)/.exec(stderr) ?? [];
    registry.git('push', '-q', 'origin', refspec);
    mustSucceed(await registry.mreg(['hold', 'fraud@v1', '-m', 'odd']));
  });
});

describe('the first look at a server', () => {
  it('pins the first trust root, says so, and remembers the tip', async () => {
    const first = await registry.mreg(['hold', 'fraud@v1', '-m', 'odd'], { cwd: clone });
    expect(first.stderr).toContain(`pinned the first trust root ${registry.root}`);
    expect(git(clone, ['config', 'mreg.root'])).toBe(registry.root);
    expect(git(clone, ['rev-parse', 'refs/mreg/seen/main'])).toBe(git(clone, ['rev-parse', 'main']));
  });

  it('refuses another registry than the one that was pinned when it was cloned', async () => {
    rmSync(clone, { recursive: true });
    git(registry.home, ['clone', '-q', '-c', `mreg.root=${ROOT_OF_OTHERS}`, registry.server, clone], {
      env: registry.env,
    });
    const refused = await registry.mreg(['hold', 'fraud@v1', '-m', 'odd'], { cwd: clone });
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining(ROOT_OF_OTHERS) as string });
    const accepted = await registry.mreg(['trust', 'accept-history', '--yes'], { cwd: clone });
    expect(accepted.code).toBe(4);
  });

  it('changes nothing in a dry run', async () => {
    mustSucceed(await registry.mreg(['hold', 'fraud@v1', '-m', 'odd', '--dry-run'], { cwd: clone }));
    expect(() => git(clone, ['config', 'mreg.root'])).toThrow();
    expect(() => git(clone, ['rev-parse', '--verify', '-q', 'refs/mreg/seen/main'])).toThrow();
  });
});
