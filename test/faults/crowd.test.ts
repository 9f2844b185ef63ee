import { describe, it } from 'vitest';
import { EVERYBODY } from './crowd.ts';
import { TRIED } from './crowd.tried.ts';

const TIMEOUT_MS = EVERYBODY ? 3_600_000 : 300_000;

describe('a crowd', () => {
  it.each(TRIED.map((trial) => [trial.variant, trial] as const))('%s', { timeout: TIMEOUT_MS }, (_, trial) =>
    trial.run(),
  );
});
