import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeRegistry, mustSucceed, registerVersion } from '../support/registry.ts';

it('takes a note that cannot be read for no proof that there is none', async () => {
  const registry = await makeRegistry();
  await registerVersion(registry, 'fraud');
  const note = join(registry.directory, '.git/mreg-refresh');
  mkdirSync(note);
  const { code, stderr } = await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']);
  expect(code).toBe(3);
  expect(stderr).toContain('[disk]');
  expect(registry.git('log', '-1', '--format=%s')).toBe('Register fraud@v1');
  rmdirSync(note);
  mustSucceed(await registry.mreg(['promote', 'fraud@v1', '--to', 'staging']));
});
