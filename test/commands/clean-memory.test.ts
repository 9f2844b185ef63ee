import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { VerifyOutput } from '../../src/report/output-schemas.ts';
import { signingAs } from '../support/people.ts';
import { ALL_ROLES, makeTeam, mustSucceed, registerVersion, template, type TestRegistry } from '../support/registry.ts';

const VERSION = 'registry/fraud/versions/v1/version.yaml';

/** `fraud` and `risk/churn`, registered by bob. */
const registered = template(async (home) => {
  const registry = await makeTeam({ people: { ann: ALL_ROLES, bob: ['registrar'] }, home });
  for (const model of ['fraud', 'risk/churn']) {
    await registerVersion(registry, model, { call: { as: registry.person('bob') } });
  }
  return registry;
});

async function verify(registry: TestRegistry, ...args: string[]): Promise<VerifyOutput> {
  return JSON.parse((await registry.mreg(['verify', '--json', ...args])).stdout) as VerifyOutput;
}

function filesOf(registry: TestRegistry, path: string): number {
  return registry.git('ls-files', path).split('\n').length;
}

/** Commits whatever is in the worktree, past the hook, as somebody who holds the disk could. */
function commitAll(registry: TestRegistry): void {
  registry.git('add', '--all');
  registry.git(...signingAs(registry.person('ann')), 'commit', '-q', '--no-verify', '-m', 'Tamper');
}

function codes({ refusals }: VerifyOutput): readonly (readonly [string, string])[] {
  return refusals.map(({ code, path }) => [code, path]);
}

const memoryIn = (registry: TestRegistry): string => join(registry.directory, '.git', 'mreg', 'verified.json');

describe('what mreg verify found clean', () => {
  it('is not read again, and counted all the same', async () => {
    const registry = await registered();
    const first = await verify(registry);
    expect(first).toMatchObject({ ok: true, remembered: 0 });
    const again = { ok: true, checked: first.checked, remembered: filesOf(registry, 'registry') };
    expect(await verify(registry)).toMatchObject(again);
    expect((await registry.mreg(['verify'])).stdout).toContain(`(${String(again.remembered)} as they were when last`);
    expect(await verify(registry, '--full')).toMatchObject({ ok: true, remembered: 0 });
    expect(await verify(registry)).toMatchObject(again);
  });

  it('is read again where it changed, and only there', async () => {
    const registry = await registered();
    await verify(registry);
    await registerVersion(registry, 'fraud');
    expect(await verify(registry)).toMatchObject({ ok: true, remembered: filesOf(registry, 'registry/risk') });
    expect(await verify(registry)).toMatchObject({ ok: true, remembered: filesOf(registry, 'registry') });
  });

  it('does not hide one changed byte, neither the first time nor later', async () => {
    const registry = await registered();
    await verify(registry);
    registry.write(VERSION, `${registry.read(VERSION)}#\n`);
    commitAll(registry);
    for (let run = 0; run < 3; run += 1) {
      const found = await verify(registry);
      expect(codes(found)).toContainEqual(['bad-signature', VERSION]);
      expect(found.remembered).toBe(filesOf(registry, 'registry/risk'));
    }
  });

  it('is read again under another trust root', async () => {
    const registry = await registered();
    await verify(registry);
    mustSucceed(await registry.mreg(['trust', 'set', '--floor', 'prod=1', '--yes']));
    expect(await verify(registry)).toMatchObject({ ok: true, remembered: 0 });
    expect(await verify(registry)).toMatchObject({ ok: true, remembered: filesOf(registry, 'registry') });
  });

  it('does not stand under a trust root that no longer knows who signed it', async () => {
    const registry = await registered();
    const tip = registry.git('rev-parse', 'main');
    await verify(registry);
    registry.git('reset', '-q', '--hard', 'main~2');
    mustSucceed(await registry.mreg(['trust', 'remove', 'bob@example.org', '--yes']));
    registry.git('checkout', '-q', tip, '--', 'registry/fraud');
    commitAll(registry);
    expect(codes(await verify(registry))).toContainEqual(['unknown-key', VERSION]);
  });

  it('does not stand on a history without the commits that its pointers name', async () => {
    const registry = await registered();
    await verify(registry);
    registry.git('checkout', '-q', '--orphan', 'fresh', 'main');
    registry.git('rm', '-rq', '--cached', 'registry');
    mustSucceed(registry.tryGit(['commit', '-q', '--no-verify', '-m', 'Start anew']));
    commitAll(registry);
    registry.git('checkout', '-q', '-B', 'main');
    expect(codes(await verify(registry))).toContainEqual(['chain', 'registry/fraud/stages/dev/stage.yaml']);
  });

  it.each<[string, (memory: Readonly<Record<string, unknown>>) => unknown]>([
    ['by another release', (memory) => ({ ...memory, rules: '0.0.0-older' })],
    ['on other ground', (memory) => ({ ...memory, ground: `sha256:${'0'.repeat(64)}` })],
    ['of another tree', (memory) => ({ ...memory, models: { fraud: ['0'.repeat(40), 3, []], 'risk/churn': 7 } })],
    ['in a list', () => []],
    ['without models', (memory) => ({ ...memory, models: null })],
  ])('is not believed when it was kept %s', async (_, change) => {
    const registry = await registered();
    await verify(registry);
    const memory = JSON.parse(readFileSync(memoryIn(registry), 'utf8')) as Readonly<Record<string, unknown>>;
    writeFileSync(memoryIn(registry), JSON.stringify(change(memory)));
    expect(await verify(registry)).toMatchObject({ ok: true, remembered: 0 });
  });

  it('is not asked for or kept when one model or commit is verified, or nothing is to be changed', async () => {
    const registry = await registered();
    await verify(registry, 'fraud');
    await verify(registry, 'main~1');
    await verify(registry, '--dry-run');
    expect(existsSync(memoryIn(registry))).toBe(false);
  });
});
