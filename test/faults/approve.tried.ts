import { expect } from 'vitest';
import { ALL_ROLES, makeTeam, registerVersion } from '../support/registry.ts';
import { crashVariants } from './crash.ts';

/** The approval that a request waits for, and its landing, struck everywhere. */
export const TRIED = crashVariants({
  name: 'approve',
  words: ['approve', 'fraud', '--to', 'staging'],
  by: 'olga',
  prepare: async (home) => {
    const registry = await makeTeam({
      home,
      server: true,
      people: { ann: ALL_ROLES, olga: ['owner'] },
      policy: {
        models: ['*'],
        transitions: [
          { from: 'dev', to: 'staging', gates: [{ id: 'approval', type: 'approvals', total: 1, roles: { owner: 1 } }] },
        ],
      },
    });
    await registerVersion(registry, 'fraud');
    const asked = await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']);
    if (asked.code !== 5) throw new Error(`not filed: ${asked.stdout}${asked.stderr}`);
    return registry;
  },
  expectDone: (registry) => {
    expect(registry.read('registry/fraud/stages/staging/stage.yaml')).toContain('version: v1');
    expect(registry.git('ls-remote', 'origin', 'refs/heads/promote/*')).toBe('');
  },
});
