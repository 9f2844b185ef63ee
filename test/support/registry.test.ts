import { describe, expect, it } from 'vitest';
import { expectFsckClean } from './git.ts';
import { makeRegistry, makeTeam, mustSucceed, registerVersion } from './registry.ts';

describe('a registry made for a test', () => {
  it('takes a version through its stages', async () => {
    const registry = await makeRegistry();
    expect(await registerVersion(registry, 'fraud')).toBe('fraud@v1');
    mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']));
    expect(registry.read('registry/fraud/stages/staging/stage.yaml')).toContain('version: v1');
    expect(registry.git('status', '--porcelain')).toBe('');
    expectFsckClean(registry.directory);
  });

  it('of several people demands the signatures of its thresholds, and has them', async () => {
    const registry = await makeTeam({
      people: { ann: ['root', 'policy', 'registrar'], bob: ['root', 'policy', 'reviewer'] },
      thresholds: { root: 2, policy: 2 },
    });
    expect(registry.read('trust/root.yaml')).toContain('bob@example.org');
    expect(await registerVersion(registry, 'fraud')).toBe('fraud@v1');
  });
});
