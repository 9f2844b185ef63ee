import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AuditOutput } from '../../src/report/output-schemas.ts';
import { cloneOf, git } from '../support/git.ts';
import { signingAs, type Person } from '../support/people.ts';
import { ALL_ROLES, makeTeam, mustSucceed, registerVersion, template, type TestRegistry } from '../support/registry.ts';

const STAGING = 'registry/fraud/stages/staging';
const APPROVED = {
  models: ['*'],
  metrics: { auc: { min: 0, max: 1, better: 'higher' as const } },
  transitions: [
    {
      from: 'dev',
      to: 'staging',
      gates: [
        { id: 'auc', type: 'metric' as const, metric: 'auc', evidence: 'offline', min: 0.8 },
        { id: 'people', type: 'approvals' as const, total: 1 },
      ],
    },
  ],
};

/** v1 and v2 of `fraud`, each promoted to staging with an approval of bob, then taken back to v1. */
const lived = template(async (home) => {
  const people = { ann: ALL_ROLES, bob: ['reviewer', 'registrar'] };
  const registry = await makeTeam({ people, policy: APPROVED, server: true, home });
  for (const version of ['v1', 'v2']) {
    await registerVersion(registry, 'fraud');
    await registry.mreg(['promote', `fraud@${version}`, '--to', 'staging']);
    mustSucceed(await registry.mreg(['approve', 'fraud', '--to', 'staging', '--yes'], { as: registry.person('bob') }));
  }
  mustSucceed(await registry.mreg(['rollback', 'fraud', '--stage', 'staging', '-m', 'why']));
  return registry;
});

/** Audits the server's own repository, as a job on it would. */
async function audit(registry: TestRegistry, ...args: string[]): Promise<AuditOutput> {
  return auditIn(registry, registry.server, ...args);
}

async function auditIn(registry: TestRegistry, cwd: string, ...args: string[]): Promise<AuditOutput> {
  const { code, stdout } = await registry.mreg(['audit', '--json', ...args], { cwd });
  const output = JSON.parse(stdout) as AuditOutput;
  expect(code).toBe(output.ok ? 0 : 4);
  return output;
}

function steps(registry: TestRegistry): number {
  return Number(git(registry.server, ['rev-list', '--first-parent', '--count', 'main']));
}

/** Puts a commit straight onto the server's disk, past every hook, as whoever holds the machine could. */
function plant(registry: TestRegistry, as: Person = registry.person('ann')): string {
  registry.git('add', '--all');
  registry.git(...signingAs(as), 'commit', '-q', '--no-verify', '-m', 'Tamper');
  return moveServer(registry, registry.git('rev-parse', 'HEAD'));
}

function moveServer(registry: TestRegistry, commit: string): string {
  git(registry.server, ['fetch', '--quiet', registry.directory, commit]);
  git(registry.server, ['update-ref', 'refs/heads/main', commit]);
  return commit;
}

function rewrite(registry: TestRegistry, path: string, change: (text: string) => string): void {
  const before = registry.read(path);
  expect(change(before)).not.toBe(before);
  registry.write(path, change(before));
}

const memoryIn = (registry: TestRegistry): string => join(registry.server, 'mreg', 'audited.json');

describe('mreg audit of what the doors let in', () => {
  it('judges every step from the pinned root on and tells what it saw', async () => {
    const registry = await lived();
    const found = await audit(registry);
    expect(found).toMatchObject({
      ok: true,
      branch: 'refs/heads/main',
      root: registry.root,
      pin: 'pinned',
      start: null,
      judged: steps(registry),
      remembered: 0,
      unjudged: 0,
      bad: null,
      refusals: [],
    });
    expect(found.seen.deeds).toMatchObject({ init: 1, register: 2, evidence: 2, promote: 2, rollback: 1, hold: 1 });
    expect(found.seen.principals).toEqual(['ann@example.org', 'bob@example.org']);
    expect(found.good).toBe(found.head);
  });

  it('says in words how many of what, by whom, and from when to when', async () => {
    const registry = await lived();
    const { stdout } = await registry.mreg(['audit']);
    expect(stdout).toContain(`audited ${String(steps(registry))} steps of refs/heads/main at `);
    expect(stdout).toContain(`from the pinned first trust root ${registry.root}`);
    expect(stdout).toMatch(/seen +1 start, .*2 registrations, .*2 promotions, 1\s+rollback/s);
    expect(stdout).toMatch(/by +ann@example\.org, bob@example\.org\n/);
    expect(stdout).toMatch(/from +\d{4}-\d\d-\d\d \d\d:\d\d → .*as the commits claim/);
  });

  it('accepts later what was in force then: an expired trust root, an expired request', async () => {
    const registry = await lived();
    const { code } = await registry.mreg(['audit'], { now: () => new Date('2101-01-01T00:00:00Z') });
    expect(code).toBe(0);
  });

  it('judges only new steps the second time, and all of them with --full', async () => {
    const registry = await lived();
    const before = steps(registry);
    await audit(registry);
    await registerVersion(registry, 'churn');
    expect(await audit(registry)).toMatchObject({ ok: true, judged: 1, remembered: before });
    expect(await audit(registry)).toMatchObject({ ok: true, judged: 0, remembered: before + 1 });
    expect(await audit(registry, '--full')).toMatchObject({ ok: true, judged: before + 1, remembered: 0 });
  });

  it('follows the server from a clone, and pins the root that it meets first', async () => {
    const registry = await lived();
    const clone = cloneOf(registry.server);
    expect(await auditIn(registry, clone)).toMatchObject({ ok: true, pin: 'none', root: registry.root });
    await registerVersion(registry, 'churn');
    git(clone, ['fetch', '--quiet']);
    expect(await auditIn(registry, clone)).toMatchObject({ ok: true, pin: 'pinned', judged: 1 });
  });

  it('takes what the caller names as good, and keeps nothing of that', async () => {
    const registry = await lived();
    expect(await audit(registry, '--from', 'main~2')).toMatchObject({ ok: true, judged: 2 });
    expect(await audit(registry, 'main~3..main~1')).toMatchObject({ ok: true, judged: 2 });
    expect(await audit(registry, 'main~1')).toMatchObject({ ok: true, judged: steps(registry) - 1, start: null });
    expect(existsSync(memoryIn(registry))).toBe(false);
  });

  it('with --dry-run keeps nothing', async () => {
    const registry = await lived();
    await audit(registry, '--dry-run');
    expect(existsSync(memoryIn(registry))).toBe(false);
  });
});

describe('mreg audit of what came past the doors', () => {
  const attacks: readonly [string, (registry: TestRegistry) => void, string][] = [
    [
      'a pointer edited by hand',
      (registry) => {
        rewrite(registry, `${STAGING}/stage.yaml`, (text) => text.replaceAll('version: v1', 'version: v2'));
      },
      'bad-signature',
    ],
    [
      'an approval removed',
      (registry) => {
        rmSync(join(registry.directory, STAGING, 'approvals'), { recursive: true });
      },
      'ungoverned-shape',
    ],
    [
      'a version removed',
      (registry) => {
        rmSync(join(registry.directory, 'registry/fraud/versions/v2'), { recursive: true });
      },
      'immutable',
    ],
    [
      'evidence changed',
      (registry) => {
        rewrite(registry, 'registry/fraud/versions/v2/evidence/offline-1.yaml', (text) => text.replace('0.9', '0.99'));
      },
      'immutable',
    ],
    [
      'a weakened policy',
      (registry) => {
        rewrite(registry, 'policies/default.yaml', (text) => text.replace('min: 0.8', 'min: 0.1'));
      },
      'bad-signature',
    ],
    [
      'the trust root removed',
      (registry) => {
        rmSync(join(registry.directory, 'trust'), { recursive: true });
      },
      'immutable',
    ],
    [
      'settings that cannot be read any more',
      (registry) => {
        registry.write('mreg.yaml', '{');
      },
      'yaml-syntax',
    ],
  ];

  it.each(attacks)('finds %s', async (_, tamper, code) => {
    const registry = await lived();
    const good = registry.git('rev-parse', 'main');
    tamper(registry);
    const bad = plant(registry);
    const found = await audit(registry);
    expect(found).toMatchObject({ ok: false, good, bad: { commit: bad, signer: 'ann@example.org' }, unjudged: 0 });
    expect(found.bad?.refusals.map((refusal) => refusal.code)).toContain(code);
  });
});

describe('mreg audit of history as a whole', () => {
  it('stops at the first bad step, says who made it and whom to ask, and goes on finding it', async () => {
    const registry = await lived();
    const good = registry.git('rev-parse', 'main');
    rewrite(registry, 'policies/default.yaml', (text) => text.replace('min: 0.8', 'min: 0.1'));
    const bad = plant(registry, registry.person('bob'));
    registry.git('revert', '--no-edit', 'HEAD');
    const tip = moveServer(registry, registry.git('rev-parse', 'HEAD'));
    expect(await audit(registry)).toMatchObject({ ok: false, good, unjudged: 1, bad: { commit: bad } });
    expect(await audit(registry)).toMatchObject({ ok: false, good, judged: 1, bad: { commit: bad } });
    const { stdout, code } = await registry.mreg(['audit'], { cwd: registry.server });
    expect(code).toBe(4);
    expect(stdout).toContain(`signed by  bob@example.org`);
    expect(stdout).toContain(`Up to ${good.slice(0, 12)} everything is good.`);
    expect(stdout).toContain('tell ann@example.org.');
    expect(stdout).toContain(`git update-ref refs/heads/main ${good} ${tip}`);
  });

  it('finds a policy weakened in one push and put back in the next, which leaves nothing in the tree', async () => {
    const registry = await lived();
    const policy = registry.read('policies/default.yaml');
    registry.write('policies/default.yaml', policy.replace('total: 1', 'total: 0'));
    plant(registry);
    registry.write('policies/default.yaml', policy);
    plant(registry);
    registry.git('fetch', '--quiet');
    expect(await verifyIn(registry)).toMatchObject({ ok: true });
    expect(await audit(registry)).toMatchObject({ ok: false, unjudged: 1 });
  });

  it('finds a step taken out of the middle', async () => {
    const registry = await lived();
    registry.git('rebase', '--quiet', '--onto', 'main~2', 'main~1', 'main');
    moveServer(registry, registry.git('rev-parse', 'main'));
    expect((await audit(registry)).ok).toBe(false);
  });

  it('tells a history that no longer holds what was audited, again and again, though it is sound in itself', async () => {
    const registry = await lived();
    const { head } = await audit(registry);
    const older = git(registry.server, ['rev-parse', 'main~1']);
    git(registry.server, ['update-ref', 'refs/heads/main', older]);
    for (const flags of [[], ['--full'], []]) {
      const found = await audit(registry, ...flags);
      expect(found).toMatchObject({
        ok: false,
        bad: null,
        refusals: [{ code: 'history-shape', path: 'refs/heads/main' }],
      });
      expect(found.refusals[0]?.expected).toContain(head);
    }
  });

  it('does not take local commits that were never pushed, and are dropped again, for a rewritten history', async () => {
    const registry = await lived();
    await registry.mreg(['hold', 'fraud@v1', '-m', 'why', '--no-push']);
    expect(await auditIn(registry, registry.directory)).toMatchObject({ ok: true, branch: 'refs/heads/main' });
    registry.git('reset', '--quiet', '--hard', 'origin/main');
    expect(await auditIn(registry, registry.directory)).toMatchObject({ ok: true });
  });

  it('refuses a history that begins with another trust root than the pinned one', async () => {
    const [registry, other] = [await lived(), await lived()];
    git(registry.server, ['config', 'mreg.root', other.root.replace(/.$/, (last) => (last === '0' ? '1' : '0'))]);
    const found = await audit(registry);
    expect(found.bad?.refusals.map(({ code }) => code)).toEqual(['root-not-pinned']);
  });

  it('refuses a history without a registry where one is pinned, and where none is says so', async () => {
    const registry = await lived();
    const empty = join(registry.home, 'empty');
    git(registry.home, ['init', '--quiet', '-b', 'main', empty]);
    git(empty, ['-c', 'user.name=x', '-c', 'user.email=x@x', 'commit', '-q', '--allow-empty', '-m', 'x']);
    expect(JSON.parse((await registry.mreg(['audit', '--json'], { cwd: empty })).stdout)).toMatchObject({
      error: { code: 'not-a-registry' },
    });
    git(empty, ['config', 'mreg.root', registry.root]);
    const found = await auditIn(registry, empty);
    expect(found).toMatchObject({ ok: false, good: expect.any(String), refusals: [{ code: 'root-not-pinned' }] });
  });
});

describe('what an audit remembers', () => {
  it.each<[string, (memory: Readonly<Record<string, unknown>>) => string]>([
    ['of another registry', (memory) => JSON.stringify({ ...memory, root: `sha256:${'0'.repeat(64)}` })],
    ['by another release', (memory) => JSON.stringify({ ...memory, rules: '0.0.0-older' })],
    ['that is no commit', (memory) => JSON.stringify({ ...memory, commit: 'main' })],
    ['with no time', (memory) => JSON.stringify({ ...memory, notBefore: 'soon' })],
    ['that is cut off', (memory) => JSON.stringify(memory).slice(0, -9)],
    ['that is nothing', () => 'null'],
  ])('is not believed: %s', async (_, change) => {
    const registry = await lived();
    await audit(registry);
    const memory = JSON.parse(readFileSync(memoryIn(registry), 'utf8')) as Readonly<Record<string, unknown>>;
    writeFileSync(memoryIn(registry), change(memory));
    expect(await audit(registry)).toMatchObject({ ok: true, judged: steps(registry), remembered: 0 });
  });

  it('is not in the worktree, and where it cannot be kept the answer stands', async () => {
    const registry = await lived();
    await auditIn(registry, registry.directory);
    expect(registry.git('status', '--porcelain')).toBe('');
    const other = await lived();
    writeFileSync(join(other.server, 'mreg'), 'in the way');
    expect(await audit(other)).toMatchObject({ ok: true, remembered: 0 });
    expect((await other.mreg(['audit'], { cwd: other.server })).stderr).toContain('cannot be kept');
  });
});

async function verifyIn(registry: TestRegistry): Promise<{ readonly ok: boolean }> {
  return JSON.parse((await registry.mreg(['verify', '--json', '--full'])).stdout) as { readonly ok: boolean };
}
