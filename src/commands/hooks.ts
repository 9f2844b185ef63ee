import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import type { Repository } from '../git/port.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import { CLIENT_HOOKS, installClientHooks, installServerHook, removeHooks, SERVER_HOOKS } from './hook-files.ts';
import type { Outside } from './outside.ts';
import { withRepository } from './session.ts';

interface HooksFlags extends CommonFlags {
  readonly server?: boolean | undefined;
  readonly chain?: boolean | undefined;
  readonly uninstall?: boolean | undefined;
}

export function hooksCommand(host: Host): CommandUnknownOpts {
  const hooks = new Command('hooks').summary('put the gates into git').description('Installs or removes git hooks.');
  hooks
    .command('install')
    .description(
      'In a checkout: judges every git commit that touches governed files, and lets git show who signed. In a bare repository (or with --server): judges every push.',
    )
    .option('--server', 'install the hook that judges pushes')
    .option('--chain', 'keep a hook that stands there, and run it first')
    .option('--uninstall', 'remove what was installed')
    .addHelpText('after', '\nExamples:\n  mreg hooks install\n  mreg -C /srv/git/registry.git hooks install --server')
    .action(async (options, command) => {
      host.code = await hooksInstall(host.outside, { ...commonFlags(command), ...options });
    });
  return hooks;
}

async function hooksInstall(outside: Outside, flags: HooksFlags): Promise<number> {
  return withRepository(outside, flags, async (repository) => {
    const isServer = flags.server ?? repository.workTree === undefined;
    if (isServer && flags.chain === true) throw chainedServer();
    const paths = await changeHooks(outside, repository, { ...flags, isServer });
    const verb = flags.uninstall === true ? 'removed' : 'installed';
    const dryRun = flags.dryRun === true;
    print(outside, flags, {
      json: { action: flags.uninstall === true ? 'uninstall' : 'install', server: isServer, hooks: paths, dryRun },
      text: (_view, paint) =>
        [
          ...(dryRun ? ['dry run: nothing was changed'] : []),
          ...paths.map((path) => `${paint.green(verb)} ${path}`),
          ...(paths.length === 0 && !dryRun ? ['there was no hook of mreg'] : []),
        ].join('\n'),
    });
    return 0;
  });
}

async function changeHooks(
  outside: Outside,
  repository: Repository,
  wish: HooksFlags & { readonly isServer: boolean },
): Promise<readonly string[]> {
  if (wish.dryRun === true) return [];
  if (wish.uninstall === true) return removeHooks(repository, wish.isServer ? SERVER_HOOKS : CLIENT_HOOKS);
  if (wish.isServer) return [await installServerHook(outside, repository)];
  const paths = await installClientHooks(outside, repository, { isChained: wish.chain === true });
  await configureSignatures(repository);
  return paths;
}

/** Lets `git log --show-signature` and `git verify-commit` know the registry's keys; what is set already stays. */
export async function configureSignatures(repository: Repository): Promise<void> {
  const wanted = { 'gpg.format': 'ssh', 'gpg.ssh.allowedSignersFile': 'trust/allowed_signers' };
  for (const [key, value] of Object.entries(wanted)) {
    if ((await repository.readConfig(key)) === undefined) await repository.writeConfig(key, value);
  }
}

function chainedServer(): MregError {
  return new MregError('usage', 'a server’s hook reads the push from its input, which two programs cannot share', {
    hint: 'call "mreg hook pre-receive" from your own hook, and pass its exit code on',
  });
}
