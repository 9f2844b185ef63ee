import { expect, it } from 'vitest';
import { makeRegistry } from '../support/registry.ts';

it('keeps the gate types that a floor demands when the number of its approvals is set', async () => {
  const registry = await makeRegistry({
    floors: [
      { to: 'staging', approvals: 1 },
      { to: 'prod', gates: ['artifact'] },
    ],
  });
  const set = await registry.mreg(['trust', 'set', '--floor', 'prod=2', '--no-push']);
  expect(set).toMatchObject({ code: 0 });
  const shown = await registry.mreg(['trust', 'show', '--json']);
  expect((JSON.parse(shown.stdout) as { root: { floors: unknown } }).root.floors).toEqual([
    { to: 'staging', approvals: 1 },
    { to: 'prod', gates: ['artifact'], approvals: 2, requesterMayApprove: false },
  ]);
});
