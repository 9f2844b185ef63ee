import { describe, it } from 'vitest';
import type { TestRegistry } from '../support/registry.ts';
import { flights, LOOKING } from './flights.ts';
import { expectTranscript } from './transcript.ts';

const TRANSCRIPTS = ['status', 'show', 'log', 'past', 'diff', 'explain', 'schema', 'freeze'] as const;

describe('looking at a registry', () => {
  it('tells what the transcripts say', { timeout: 240_000 }, async () => {
    const registry: TestRegistry = await flights();
    for (const name of TRANSCRIPTS) {
      await expectTranscript(registry, name, () => ({ now: LOOKING, as: registry.person('ann') }));
    }
  });
});
