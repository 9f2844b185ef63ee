import { expect } from 'vitest';
import { makeRegistry, mustSucceed, registerVersion } from '../support/registry.ts';
import { crashVariants } from './crash.ts';

/** A rollback with its hold, where going back once more would be possible too, struck everywhere. */
export const TRIED = crashVariants({
  name: 'rollback',
  words: ['rollback', 'fraud', '--stage', 'staging', '-m', 'p95 doubled'],
  by: 'ann',
  prepare: async (home) => {
    const registry = await makeRegistry({ server: true, home });
    for (const version of ['v1', 'v2', 'v3']) {
      await registerVersion(registry, 'fraud');
      mustSucceed(await registry.mreg(['promote', `fraud@${version}`, '--to', 'staging']));
    }
    return registry;
  },
  expectDone: (registry) => {
    expect(registry.read('registry/fraud/stages/staging/stage.yaml')).toMatch(/^ {2}version: v2$/m);
    expect(registry.git('ls-files', 'registry/*/holds/*.yaml')).toBe('registry/fraud/versions/v3/holds/1.yaml');
  },
});
