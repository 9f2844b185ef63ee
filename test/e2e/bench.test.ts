import { expect, it } from 'vitest';
import { makeRegistry } from '../../bench/registry.ts';
import { runCommand } from '../../bench/timing.ts';
import { BUNDLE } from '../support/outside.ts';
import { temporaryDirectory } from '../support/git.ts';

it('measures a registry in which every document verifies and a version may be promoted', async () => {
  const size = { name: 'tiny', models: 3, versionsEach: 2 };
  const { directory, env, author } = await makeRegistry(temporaryDirectory('mreg-bench'), size);
  const mreg = (...words: readonly string[]): string =>
    runCommand({ words: [process.execPath, BUNDLE, ...words, '--key', author.keyFile], cwd: directory, env });
  expect(mreg('verify')).toContain('verified');
  expect(mreg('promote', 'model_00002@v2', '--to', 'staging')).toContain('promoted');
});
