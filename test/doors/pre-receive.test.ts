import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectFsckClean, git } from '../support/git.ts';
import { BUNDLE } from '../support/outside.ts';
import { makePerson } from '../support/people.ts';
import {
  makeRegistry,
  mustSucceed,
  registerVersion,
  template,
  type Outcome,
  type TestRegistry,
} from '../support/registry.ts';

const STAGING = 'registry/fraud/stages/staging/stage.yaml';

/** Pushes with stock git and expects the server to refuse it for this reason, its branch unmoved and its objects sound. */
function expectRefused(registry: TestRegistry, code: string, ...refspecs: string[]): Outcome {
  const before = git(registry.server, ['for-each-ref']);
  const outcome = registry.tryGit(['push', '--force', 'origin', ...(refspecs.length === 0 ? ['main'] : refspecs)]);
  expect(outcome.code).not.toBe(0);
  expect(outcome.stderr).toContain(`[${code}]`);
  expect(git(registry.server, ['for-each-ref'])).toBe(before);
  expectFsckClean(registry.server);
  return outcome;
}

function expectAccepted(registry: TestRegistry, ...refspecs: string[]): Outcome {
  const outcome = registry.tryGit(['push', 'origin', ...(refspecs.length === 0 ? ['main'] : refspecs)]);
  expect(outcome).toMatchObject({ code: 0 });
  expectFsckClean(registry.server);
  return outcome;
}

/** Commits what is staged with stock git, signed, past any hook. */
function commit(registry: TestRegistry, message: string, who = 'ann'): string {
  mustSucceed(registry.tryGit(['commit', '--no-verify', '-m', message], { as: registry.person(who) }));
  return registry.git('rev-parse', 'HEAD');
}

function commitFile(registry: TestRegistry, path: string, text: string, message = `Change ${path}`): string {
  registry.write(path, text);
  registry.git('add', path);
  return commit(registry, message);
}

const withPromotion = template((home) => promoted(home, 'signed'));
const withUnsignedPromotion = template((home) => promoted(home, 'any'));
const withServer = template((home) => makeRegistry({ server: true, home }));

async function promoted(home: string, commits: 'signed' | 'any'): Promise<TestRegistry> {
  const registry = await makeRegistry({ server: true, commits, home });
  await registerVersion(registry, 'fraud');
  mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']));
  return registry;
}

describe('a server with the hook', () => {
  it('takes a registry and its changes, says so in one line each, and lets other branches and files through', async () => {
    const registry = await withPromotion();
    expect(git(registry.server, ['rev-parse', 'main'])).toBe(registry.git('rev-parse', 'main'));
    registry.git('branch', 'mine');
    commitFile(registry, 'notes.txt', 'mine');
    expect(expectAccepted(registry, 'main', 'mine', 'HEAD:refs/tags/v1').stderr).not.toContain('mreg:');
  });

  it('pins the root that came first, and takes no other registry and nothing else afterwards', async () => {
    const [registry, other] = [await makeRegistry(), await makeRegistry()];
    mustSucceed(await registry.mreg(['init', '--server', registry.server], { cwd: registry.home }));
    registry.git('remote', 'add', 'origin', registry.server);
    expect(expectAccepted(registry).stderr).toMatch(/ok [0-9a-f]{10} starts registry acme[^]*pinned sha256:/);
    expect(git(registry.server, ['config', 'mreg.root'])).toBe(registry.root);
    git(registry.server, ['update-ref', '-d', 'refs/heads/main']);
    other.git('remote', 'add', 'origin', registry.server);
    expectRefused({ ...other, server: registry.server }, 'root-not-pinned');
    other.git('checkout', '-q', '--orphan', 'fresh');
    other.git('rm', '-rfq', '.');
    commitFile(other, 'notes.txt', 'nothing governed');
    expectRefused({ ...other, server: registry.server }, 'root-not-pinned', 'fresh:main');
  });

  it('refuses a registry whose branch is not the one that HEAD names', async () => {
    const registry = await makeRegistry({ branch: 'trunk' });
    mustSucceed(await registry.mreg(['init', '--server', registry.server]));
    registry.git('remote', 'add', 'origin', registry.server);
    expectRefused(registry, 'protected-ref', 'trunk');
  });
});

describe('the protected branch', () => {
  it('is neither deleted nor moved back nor replaced', async () => {
    const registry = await withPromotion();
    expectRefused(registry, 'protected-ref', ':main');
    expectRefused(registry, 'history-shape', 'main~1:main');
    registry.git('checkout', '-q', '-b', 'rewritten', 'main~1');
    commitFile(registry, 'notes.txt', 'instead');
    expect(expectRefused(registry, 'history-shape', 'rewritten:main').stderr).toContain('never by a force push');
  });

  it('takes a merge that keeps it first parent, and no foxtrot and no octopus', async () => {
    const registry = await withPromotion();
    const tip = registry.git('rev-parse', 'main');
    for (const name of ['a', 'b']) {
      registry.git('checkout', '-q', '-b', name, 'main~1');
      commitFile(registry, `${name}.txt`, name);
    }
    mustSucceed(registry.tryGit(['merge', '--no-edit', tip], { as: registry.person('ann') }));
    expect(expectRefused(registry, 'history-shape', 'b:main').stderr).toContain('another parent');
    registry.git('checkout', '-q', '-B', 'octopus', tip);
    mustSucceed(registry.tryGit(['merge', '--no-edit', 'a', 'b~1'], { as: registry.person('ann') }));
    expect(expectRefused(registry, 'history-shape', 'octopus:main').stderr).toContain('3 parents');
    registry.git('checkout', '-q', '-B', 'good', tip);
    mustSucceed(registry.tryGit(['merge', '--no-edit', '--no-ff', 'a'], { as: registry.person('ann') }));
    expectAccepted(registry, 'good:main');
  });

  it('is judged as what a merge makes of it: an evil merge is refused', async () => {
    const registry = await withPromotion();
    registry.git('checkout', '-q', '-b', 'side', 'main~1');
    commitFile(registry, 'side.txt', 'side');
    registry.git('checkout', '-q', 'main');
    mustSucceed(registry.tryGit(['merge', '--no-commit', '--no-ff', 'side']));
    registry.write(STAGING, registry.read(STAGING).replace('weight: 100', 'weight: 99'));
    registry.git('add', STAGING);
    commit(registry, 'Merge side');
    expectRefused(registry, 'ungoverned-shape');
  });

  it('cannot be shadowed by another ref, nor its objects be replaced, nor tags be moved', async () => {
    const registry = await withPromotion();
    for (const ref of ['refs/heads/MAIN', 'refs/tags/main', 'refs/main']) {
      expectRefused(registry, 'protected-ref', `main:${ref}`);
    }
    expectRefused(registry, 'protected-ref', `main:refs/replace/${registry.git('rev-parse', 'main~1')}`);
    expectAccepted(registry, 'main:refs/tags/v1');
    expectRefused(registry, 'protected-ref', 'main~1:refs/tags/v1');
    expectRefused(registry, 'protected-ref', ':refs/tags/v1');
  });
});

describe('a push of governed changes', () => {
  it('made by hand is refused, with the reason, and nothing moves', async () => {
    const registry = await withPromotion();
    commitFile(registry, STAGING, registry.read(STAGING).replace('version: v1', 'version: v9'));
    expect(expectRefused(registry, 'ungoverned-shape').stderr).toContain('stage.yaml changed on its own');
  });

  it('is refused at its first bad step; what rests on it is counted, not judged', async () => {
    const registry = await withPromotion();
    commitFile(registry, 'registry/fraud/notes.txt', 'mine');
    commitFile(registry, 'a.txt', '1');
    commitFile(registry, 'a.txt', '2');
    expect(expectRefused(registry, 'ungoverned-shape').stderr).toContain('2 later commits not judged');
  });

  it('in unsigned commits is refused where commits are signed, and taken where they need not be', async () => {
    const [strict, loose] = [await withPromotion(), await withUnsignedPromotion()];
    for (const registry of [strict, loose]) {
      mustSucceed(await registry.mreg(['hold', 'fraud@v1', '-m', 'why', '--no-push']));
      registry.git('commit', '-q', '--amend', '--no-edit', '--no-gpg-sign');
    }
    expectRefused(strict, 'unsigned-commit');
    expectAccepted(loose);
  });

  it('in commits signed by a key that nobody trusts is refused', async () => {
    const registry = await withPromotion();
    const stranger = await makePerson(registry.home, 'stranger@example.org');
    mustSucceed(await registry.mreg(['hold', 'fraud@v1', '-m', 'why', '--no-push']));
    mustSucceed(registry.tryGit(['commit', '-q', '--amend', '--no-edit'], { as: stranger }));
    expectRefused(registry, 'unsigned-commit');
  });

  it('that changes or removes a version, or leaves a gap, is refused', async () => {
    const registry = await withPromotion();
    const version = 'registry/fraud/versions/v1/version.yaml';
    const tip = registry.git('rev-parse', 'main');
    commitFile(registry, version, registry.read(version).replace('registeredBy', 'registeredby'));
    expectRefused(registry, 'immutable');
    registry.git('reset', '-q', '--hard', tip);
    registry.git('rm', '-rq', 'registry/fraud/versions/v1');
    commit(registry, 'Remove v1');
    expectRefused(registry, 'immutable');
    registry.git('reset', '-q', '--hard', tip);
    registry.git('mv', 'registry/fraud/versions/v1', 'registry/fraud/versions/v2');
    commit(registry, 'Renumber v1');
    expectRefused(registry, 'immutable');
    registry.git('reset', '-q', '--hard', tip);
    const offline = 'registry/fraud/versions/v1/evidence/offline-1.yaml';
    for (const end of ['', '.sig']) registry.write(offline.replace('-1', '-3') + end, registry.read(offline + end));
    registry.git('add', '.');
    commit(registry, 'Leave a gap');
    expectRefused(registry, 'sequence');
  });

  it('that weakens a policy by hand is refused, before, after and together with the promotion', async () => {
    const registry = await withServer();
    await registerVersion(registry, 'fraud');
    const policy = 'policies/solo.yaml';
    const weakened = registry.read(policy).replace('whenFirst: pass', 'whenFirst: fail');
    mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging', '--no-push']));
    const promoted = registry.git('rev-parse', 'main');
    commitFile(registry, policy, weakened);
    expectRefused(registry, 'chain');
    registry.git('reset', '-q', '--soft', `${promoted}~1`);
    commit(registry, 'Both at once');
    expectRefused(registry, 'mixed-change');
    registry.git('reset', '-q', '--hard', `${promoted}~1`);
    commitFile(registry, policy, weakened);
    mustSucceed(registry.tryGit(['cherry-pick', promoted], { as: registry.person('ann') }));
    expectRefused(registry, 'chain');
  });
});

describe('the hook itself', () => {
  it.each([
    ['nothing that is a push', 'garbage\n', 'history-shape'],
    ['a line cut short', `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/main`, 'history-shape'],
    ['one ref twice', `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/x\n`.repeat(2), 'history-shape'],
    ['an oversized line', `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/${'x'.repeat(70_000)}\n`, 'history-shape'],
    ['too many refs', refLines(1001), 'too-large'],
  ])('refuses %s on its input', async (_, stdin, code) => {
    const registry = await withServer();
    const outcome = await registry.mreg(['hook', 'pre-receive'], { cwd: registry.server, stdin });
    expect(outcome).toMatchObject({ code: 1, stdout: '' });
    expect(outcome.stderr).toContain(`[${code}]`);
  });

  it('stops reading an endless input', async () => {
    const registry = await withServer();
    const hook = spawnSync('sh', ['-c', `yes x | '${process.execPath}' '${BUNDLE}' hook pre-receive`], {
      cwd: registry.server,
      env: registry.env,
      encoding: 'utf8',
    });
    expect(hook.stderr).toContain('[too-large]');
    expect(hook.status).toBe(1);
  });

  it('refuses when it is not done by its deadline', async () => {
    const registry = await withServer();
    git(registry.server, ['config', 'mreg.hookTimeout', '1s']);
    // The input stays open: the hook waits for the rest of the push.
    const hook = spawn(process.execPath, [BUNDLE, 'hook', 'pre-receive'], { cwd: registry.server, env: registry.env });
    const said: Buffer[] = [];
    hook.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    const code = await new Promise((resolve) => hook.once('close', resolve));
    expect(Buffer.concat(said).toString()).toContain('not judged within 1s');
    expect(code).toBe(1);
  });

  it('refuses when its deadline cannot be read', async () => {
    const registry = await withServer();
    git(registry.server, ['config', 'mreg.hookTimeout', 'soon']);
    commitFile(registry, 'a.txt', 'a');
    expect(registry.tryGit(['push', 'origin', 'main'])).toMatchObject({ code: 1 });
  });

  it('refuses when nobody can hear its verdict', async () => {
    const registry = await withPromotion();
    const [old, next] = ['main~1', 'main'].map((name) => registry.git('rev-parse', name));
    const line = `${String(old)} ${String(next)} refs/heads/main`;
    const script = `trap '' PIPE; { echo '${line}' | '${process.execPath}' '${BUNDLE}' hook pre-receive; echo $? >&3; } 2>&1 3>code | true`;
    spawnSync('bash', ['-c', script], { cwd: registry.server, env: registry.env });
    expect(readFileSync(join(registry.server, 'code'), 'utf8').trim()).not.toBe('0');
  });

  it.each([
    ['the program is gone', (text: string) => text.replaceAll('mreg.mjs', 'gone.mjs'), 'doctor --fix'],
    ['Node is gone', (text: string) => text.replaceAll(process.execPath, '/nowhere/node'), 'doctor --fix'],
    ['it crashes', (text: string) => text.replaceAll(BUNDLE, '/dev/null/x'), ''],
  ])('refuses every push when %s', async (_, damage, said) => {
    const registry = await withServer();
    const path = join(registry.server, 'hooks/pre-receive');
    writeFileSync(path, damage(readFileSync(path, 'utf8')));
    chmodSync(path, 0o755);
    commitFile(registry, 'a.txt', 'a');
    const outcome = registry.tryGit(['push', 'origin', 'main']);
    expect(outcome.code).toBe(1);
    expect(outcome.stderr).toContain(said);
    expect(git(registry.server, ['rev-parse', 'main'])).toBe(registry.git('rev-parse', 'main~1'));
  });
});

function refLines(count: number): string {
  const line = (index: number): string => `${'0'.repeat(40)} ${'1'.repeat(40)} refs/heads/b${String(index)}\n`;
  return Array.from({ length: count }, (_, index) => line(index)).join('');
}
