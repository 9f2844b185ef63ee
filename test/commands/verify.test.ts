import { chmodSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cloneOf, git } from '../support/git.ts';
import { signingAs, type Person } from '../support/people.ts';
import { ALL_ROLES, makeTeam, mustSucceed, registerVersion, template, type TestRegistry } from '../support/registry.ts';

const FRAUD = 'registry/fraud';
const STAGING = `${FRAUD}/stages/staging`;

/** v1 and then v2 of `fraud` in staging; ann may everything, bob registers. */
const registered = template(async (home) => {
  const people = { ann: ALL_ROLES, bob: ['registrar', 'promoter'], eve: ['reviewer'] };
  const registry = await makeTeam({ people, server: true, home });
  for (const version of ['v1', 'v2']) {
    await registerVersion(registry, 'fraud', { call: { as: registry.person(version === 'v1' ? 'ann' : 'bob') } });
    mustSucceed(await registry.mreg(['promote', `fraud@${version}`, '--to', 'staging']));
  }
  return registry;
});

interface Verified {
  readonly ok: boolean;
  readonly head: string;
  readonly checked: number;
  readonly refusals: readonly { readonly code: string; readonly path: string }[];
}

async function verify(registry: TestRegistry, ...args: string[]): Promise<Verified> {
  const { code, stdout } = await registry.mreg(['verify', '--json', ...args]);
  const verified = JSON.parse(stdout) as Verified;
  expect(code).toBe(verified.ok ? 0 : 4);
  return verified;
}

/** Commits whatever is in the worktree, as somebody who holds the server's disk could. */
function commitAll(registry: TestRegistry, as: Person = registry.person('ann')): void {
  registry.git('add', '--all');
  registry.git(...signingAs(as), 'commit', '-q', '-m', 'Tamper');
}

function rewrite(registry: TestRegistry, path: string, change: (text: string) => string): void {
  const before = registry.read(path);
  const after = change(before);
  expect(after).not.toBe(before);
  registry.write(path, after);
}

describe('mreg verify', () => {
  it('finds nothing in what the doors let in, also after a rollback and from a fresh clone', async () => {
    const registry = await registered();
    expect(await verify(registry)).toMatchObject({ ok: true, head: registry.git('rev-parse', 'main'), refusals: [] });
    mustSucceed(await registry.mreg(['rollback', 'fraud', '--stage', 'staging', '-m', 'why']));
    const { checked } = await verify(registry, '--artifacts', '--all');
    expect(checked).toBe(registry.git('ls-files', 'mreg.yaml*', 'trust', 'policies', 'registry').split('\n').length);
    const outcome = await registry.mreg(['verify'], { cwd: cloneOf(registry.server) });
    expect(outcome).toMatchObject({
      code: 0,
      stderr: `pinned the first trust root ${registry.root}: compare it with what its owners say\n`,
    });
    expect(outcome.stdout).toMatch(/^verified \d+ files of acme-/);
  });

  const text = (path: string, change: (before: string) => string) => (registry: TestRegistry) => {
    rewrite(registry, path, change);
  };
  const remove = (path: string) => (registry: TestRegistry) => {
    rmSync(join(registry.directory, path), { recursive: true });
  };

  it.each<[string, (registry: TestRegistry) => void, string, string]>([
    [
      'a changed version',
      text(`${FRAUD}/versions/v1/version.yaml`, (body) => `${body}# more\n`),
      'bad-signature',
      'v1/version.yaml',
    ],
    [
      'a version without signature',
      remove(`${FRAUD}/versions/v1/version.yaml.sig`),
      'missing-signature',
      'v1/version.yaml',
    ],
    ['a version removed', remove(`${FRAUD}/versions/v1`), 'sequence', 'v1/version.yaml'],
    ['a version removed that stands in a slot', remove(`${FRAUD}/versions/v1`), 'subject', 'stage.yaml:spec.slots'],
    [
      'a version removed, its evidence left',
      remove(`${FRAUD}/versions/v1/version.yaml`),
      'missing-file',
      'v1/version.yaml',
    ],
    ['a model without its document', remove(`${FRAUD}/model.yaml`), 'missing-file', 'fraud/model.yaml'],
    [
      'a changed pointer',
      text(`${STAGING}/stage.yaml`, (body) => body.replace('strategy: immediate', 'strategy: shadow')),
      'bad-signature',
      'stage.yaml',
    ],
    [
      'an unreadable pointer',
      text(`${STAGING}/stage.yaml`, (body) => `${body}more: yes\n`),
      'ambiguous-scalar',
      'stage.yaml',
    ],
    [
      'a changed kustomization',
      text(`${STAGING}/kustomization.yaml`, (body) => `${body}# more\n`),
      'derived-file',
      'kustomization.yaml',
    ],
    [
      'a changed list of signers',
      text('trust/allowed_signers', (body) => `${body}# more\n`),
      'derived-file',
      'allowed_signers',
    ],
    [
      'a changed policy',
      text('policies/solo.yaml', (body) => `${body}# more\n`),
      'bad-signature',
      'policies/solo.yaml',
    ],
    [
      'changed settings',
      text('mreg.yaml', (body) => body.replace('commits: signed', 'commits: any')),
      'bad-signature',
      'mreg.yaml',
    ],
    ['a changed trust root', text('trust/root.yaml', (body) => `${body}# more\n`), 'bad-signature', 'trust/root.yaml'],
    [
      'a file of no place',
      (registry) => {
        registry.write(`${FRAUD}/notes.txt`, 'mine');
      },
      'ungoverned-shape',
      'notes.txt',
    ],
    [
      'a file beside the models',
      (registry) => {
        registry.write('registry/notes.txt', 'mine');
      },
      'ungoverned-shape',
      'notes.txt',
    ],
    [
      'an executable',
      (registry) => {
        chmodSync(join(registry.directory, 'mreg.yaml'), 0o755);
      },
      'ungoverned-shape',
      'mreg.yaml',
    ],
    [
      'a link',
      (registry) => {
        symlinkSync('x', join(registry.directory, FRAUD, 'x.yaml'));
      },
      'ungoverned-shape',
      'x.yaml',
    ],
    [
      'a model of a colliding name',
      (registry) => {
        registry.write('registry/FRAUD/model.yaml', 'x');
      },
      'name-collision',
      'registry/',
    ],
  ])('finds %s', async (_, tamper, code, path) => {
    const registry = await registered();
    tamper(registry);
    commitAll(registry);
    const { refusals } = await verify(registry);
    expect(refusals).toContainEqual(expect.objectContaining({ code, path: expect.stringContaining(path) as string }));
  });

  it('finds evidence that was removed, by the gap that it leaves', async () => {
    const registry = await registered();
    const metrics = join(registry.home, 'm.json');
    writeFileSync(metrics, '{"auc": 0.8}');
    mustSucceed(await registry.mreg(['evidence', 'add', 'fraud@v1', metrics, '--kind', 'offline']));
    for (const end of ['', '.sig']) remove(`${FRAUD}/versions/v1/evidence/offline-1.yaml${end}`)(registry);
    commitAll(registry);
    const { refusals } = await verify(registry);
    expect(refusals).toMatchObject([{ code: 'sequence', path: `${FRAUD}/versions/v1/evidence/offline-1.yaml` }]);
  });

  it('finds a promotion that belongs to another state of its pointer', async () => {
    const registry = await registered();
    const earlier = registry.git('log', '--format=%H', '--reverse', '--', `${STAGING}/stage.yaml`).split('\n')[0] ?? '';
    registry.git('checkout', '-q', earlier, '--', `${STAGING}/promotion.yaml`, `${STAGING}/promotion.yaml.sig`);
    commitAll(registry);
    expect((await verify(registry)).refusals).toMatchObject([{ code: 'chain', path: `${STAGING}/stage.yaml` }]);
  });

  it('finds a pointer whose history is not this one', async () => {
    const registry = await registered();
    registry.git('checkout', '-q', '--orphan', 'fresh', 'main~1');
    registry.git('rm', '-rq', '--cached', 'registry');
    mustSucceed(registry.tryGit(['commit', '-q', '-m', 'Start anew']));
    commitAll(registry);
    const { refusals } = await verify(registry, 'fresh');
    expect(refusals.map(({ code }) => code)).toContain('chain');
  });

  it('finds documents by people without the role for them', async () => {
    const registry = await registered();
    const path = `${FRAUD}/versions/v2/version.yaml`;
    rmSync(join(registry.directory, `${path}.sig`));
    const { sshSignature } = await import('../support/people.ts');
    registry.write(`${path}.sig`, sshSignature(registry.person('eve'), 'mreg.model-version.v1', registry.read(path)));
    commitAll(registry);
    expect((await verify(registry)).refusals).toContainEqual(expect.objectContaining({ code: 'not-authorised', path }));
  });

  it('verifies where nothing can be kept, and says so', async () => {
    const registry = await registered();
    const clone = cloneOf(registry.server);
    // What a disk that can only be read does to whoever writes, and to root as well.
    writeFileSync(join(clone, '.git', 'config.lock'), '');
    writeFileSync(join(clone, '.git', 'refs', 'mreg'), '');
    const { code, stdout, stderr } = await registry.mreg(['verify'], { cwd: clone });
    rmSync(join(clone, '.git', 'refs', 'mreg'));
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('verified') as unknown });
    expect(stderr).toContain(`note: the first trust root ${registry.root} cannot be pinned here`);
    expect(stderr).toContain('note: the tip that was seen cannot be kept');
  });

  it('finds a hold by somebody who may bar nothing, and takes a release for what its door judged', async () => {
    const registry = await registered();
    mustSucceed(await registry.mreg(['hold', 'fraud@v2', '-m', 'leaks', '--no-push']));
    mustSucceed(await registry.mreg(['release', 'fraud@v2', '-m', 'leaks no more', '--no-push']));
    expect(await verify(registry)).toMatchObject({ ok: true });
    const path = `${FRAUD}/versions/v2/holds/1.yaml`;
    const { sshSignature } = await import('../support/people.ts');
    registry.write(`${path}.sig`, sshSignature(registry.person('eve'), 'mreg.hold.v1', registry.read(path)));
    commitAll(registry);
    expect((await verify(registry)).refusals).toEqual([expect.objectContaining({ code: 'not-authorised', path })]);
  });

  it('believes a removed key what it signed before, and nothing after', async () => {
    const registry = await registered();
    const before = registry.git('rev-parse', 'main');
    mustSucceed(
      await registry.mreg(
        ['register', 'fraud', join(registry.home, newest(registry.home)), '--param', 'seed=2', '--no-push'],
        { as: registry.person('bob') },
      ),
    );
    const forged = registry.git('rev-parse', 'main');
    registry.git('reset', '-q', '--hard', before);
    mustSucceed(await registry.mreg(['trust', 'remove', 'bob@example.org', '--yes']));
    expect(await verify(registry)).toMatchObject({ ok: true });
    registry.git('checkout', '-q', forged, '--', `${FRAUD}/versions/v3`);
    commitAll(registry);
    expect((await verify(registry)).refusals).toContainEqual(
      expect.objectContaining({ code: 'unknown-key', path: `${FRAUD}/versions/v3/version.yaml` }),
    );
  });

  it('finds another registry in the place of the one that was pinned', async () => {
    const registry = await registered();
    registry.git('config', 'mreg.root', `sha256:${'0'.repeat(64)}`);
    expect((await verify(registry)).refusals).toMatchObject([{ code: 'root-not-pinned' }]);
  });

  it('finds history that was rewritten on the server after it had been verified here', async () => {
    const registry = await registered();
    expect(await verify(registry)).toMatchObject({ ok: true });
    git(registry.server, ['update-ref', 'refs/heads/main', 'main~1']);
    registry.git('fetch', '-q', 'origin', '+main:refs/remotes/origin/main');
    registry.git('reset', '-q', '--hard', 'origin/main');
    expect((await verify(registry)).refusals).toMatchObject([
      { code: 'history-shape', path: 'refs/remotes/origin/main' },
    ]);
  });

  it('reads stored bytes again where that is asked', async () => {
    const registry = await registered();
    const { uri } = /uri: "?file:\/\/(?<uri>[^@]*)@/.exec(registry.read(`${STAGING}/stage.yaml`))?.groups ?? {};
    rmSync(join(uri ?? '', 'v1/blobs'), { recursive: true });
    expect(await verify(registry)).toMatchObject({ ok: true });
    const { refusals } = await verify(registry, 'fraud@staging', '--artifacts');
    expect(new Set(refusals.map(({ code }) => code))).toEqual(new Set(['artifact']));
  });

  it('verifies one model alone, a commit, and says what it cannot make sense of', async () => {
    const registry = await registered();
    registry.write('registry/other/notes.txt', 'x');
    commitAll(registry);
    expect(await verify(registry, 'fraud')).toMatchObject({ ok: true });
    expect(await verify(registry, 'main~1')).toMatchObject({ ok: true });
    expect(await registry.mreg(['verify', 'nothing'])).toMatchObject({ code: 2 });
  });
});

function newest(home: string): string {
  return readdirSync(home).find((name) => name.endsWith('.onnx')) ?? '';
}
