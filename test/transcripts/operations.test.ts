import { spawnSync } from 'node:child_process';
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BUNDLE } from '../support/outside.ts';
import { makeRegistry, mustSucceed, type TestRegistry } from '../support/registry.ts';

const [OWN_HOOK = '', CHANGE_SETTINGS = ''] = [
  ...readFileSync('docs/operations.md', 'utf8').matchAll(/^```sh\n(.*?)^```$/gms),
].map(([, block]) => block ?? '');

it('shows how to change mreg.yaml by hand, and how a hook of one’s own calls mreg', { timeout: 120_000 }, async () => {
  const registry = await makeRegistry({ server: true });
  useOwnHook(registry);
  useKeyByHand(registry);
  const ran = spawnSync('bash', ['-euc', CHANGE_SETTINGS], {
    cwd: registry.directory,
    env: registry.env,
    encoding: 'utf8',
  });
  expect(ran).toMatchObject({ status: 0 });
  expect(ran.stderr).toContain('mreg: ok');
  expect(registry.read('mreg.yaml')).toContain('version: 2');
  mustSucceed(await registry.mreg(['verify']));

  registry.write('mreg.yaml', registry.read('mreg.yaml').replace('version: 2', 'version: 3'));
  registry.git('commit', '--quiet', '-S', '-am', 'Without a signature of the document');
  const refused = registry.tryGit(['push']);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain('[bad-signature]');
});

/** The hook of the page, with the paths of this machine; its other half does nothing. */
function useOwnHook({ server }: TestRegistry): void {
  const text = OWN_HOOK.replace('/opt/mreg/bin/mreg.mjs', BUNDLE).replace('/opt/acme/our-own-hook', 'cat >/dev/null');
  expect(text).toContain(BUNDLE);
  writeFileSync(join(server, 'hooks', 'pre-receive'), text, { mode: 0o755 });
}

/** Sets plain git up as the page says, with the key where `mreg key generate` puts it. */
function useKeyByHand(registry: TestRegistry): void {
  const folder = join(registry.home, '.config', 'mreg');
  mkdirSync(folder, { recursive: true });
  copyFileSync(registry.person('ann').keyFile, join(folder, 'id_ed25519'));
  appendFileSync(
    join(registry.home, 'gitconfig'),
    `[gpg]\n\tformat = ssh\n[user]\n\tsigningkey = ${folder}/id_ed25519\n`,
  );
}
