import { describe, it } from 'vitest';
import { EVERY_FAULT } from './fault.ts';
import { TRIED } from './crowd.tried.ts';

const TIMEOUT_MS = EVERY_FAULT ? 3_600_000 : 300_000;

describe('a crowd', () => {
  it.each(TRIED.map((trial) => [trial.variant, trial] as const))('%s', { timeout: TIMEOUT_MS }, (_, trial) =>
    trial.run(),
  );
});
