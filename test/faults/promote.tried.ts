import { expect } from 'vitest';
import { makeRegistry, registerVersion } from '../support/registry.ts';
import { crashVariants, type CrashTrial } from './crash.ts';

/** A promotion to a server with the hook. */
export const PROMOTION: CrashTrial = {
  name: 'promote',
  words: ['promote', 'fraud@v1', '--to', 'staging'],
  by: 'ann',
  prepare: async (home) => {
    const registry = await makeRegistry({ server: true, home });
    await registerVersion(registry, 'fraud');
    return registry;
  },
  expectDone: (registry) => {
    expect(registry.read('registry/fraud/stages/staging/stage.yaml')).toContain('version: v1');
  },
};

/** It is struck everywhere. */
export const TRIED = crashVariants(PROMOTION);
