import { describe, expect, it } from 'vitest';
import { expectFsckClean, git } from '../support/git.ts';
import { makeRegistry, mustSucceed, registerVersion } from '../support/registry.ts';

describe('a server with the hook', () => {
  it('takes a registry and its changes, and pins the root that came first', async () => {
    const registry = await makeRegistry({ server: true });
    await registerVersion(registry, 'fraud');
    mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']));
    expect(git(registry.server, ['rev-parse', 'main'])).toBe(registry.git('rev-parse', 'main'));
    expect(git(registry.server, ['config', 'mreg.root'])).toBe(registry.root);
    expectFsckClean(registry.server);
  });
});
