import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import type { TrustRootDocument } from '../documents/kinds/trust-root.ts';
import { checkPrincipal } from '../documents/names.ts';
import { readPublicKey } from '../keys/key-files.ts';
import { formatPublicKey } from '../signing/public-key.ts';
import { withoutPrincipal, withPrincipal } from '../trust/edit-root.ts';
import { changeTrust } from './change-trust.ts';
import { collect, commonFlags, type Host } from './declare.ts';
import { ownedKey, requirePrincipal } from './trust-keys.ts';

type Spec = TrustRootDocument['spec'];

/** Returns `mreg trust add`. */
export function addCommand(host: Host): CommandUnknownOpts {
  return new Command('add')
    .summary('trust a principal, or give one a key or roles')
    .description('Adds a principal; for one that exists, adds a key, roles or an owner.')
    .argument('<principal>', 'who: an id, usually an e-mail address')
    .option('--public-key <key>', 'a public key line, or a file that holds one')
    .option(
      '--role <role>',
      'registrar, evaluator, promoter, owner, reviewer, oncall, controller, policy, root, forge …; repeat it',
      collect,
    )
    .option('--models <glob>', 'the models that the roles are for (default: *); repeat it', collect)
    .option('--owner <principal>', 'the person behind a bot: approvals of the bot count as theirs')
    .option('--forge <name=login>', 'what they are called on a forge, such as github=bob; repeat it', collect)
    .addHelpText(
      'after',
      '\nExample:\n  mreg trust add bob@acme.example --public-key bob.pub --role reviewer --models "risk/*"',
    )
    .action(async (principal, options, command) => {
      const flags = { ...commonFlags(command), ...options };
      host.code = await changeTrust(host.outside, flags, async () => {
        const key =
          flags.publicKey === undefined
            ? undefined
            : formatPublicKey(await readPublicKey(flags.publicKey, host.outside));
        requireId(principal);
        const addition = {
          id: principal,
          key,
          owner: flags.owner,
          roles: flags.role ?? [],
          models: flags.models ?? ['*'],
          forges: flags.forge === undefined ? undefined : Object.fromEntries(flags.forge.map(parseForge)),
        };
        return { edit: (spec) => withPrincipal(spec, addition), why: `add ${principal}` };
      });
    });
}

function requireId(id: string): void {
  const refused = checkPrincipal(id);
  if (refused !== undefined)
    throw new MregError('usage', `"${id}" cannot name a principal`, { refusals: [refused], hint: refused.hint });
}

function parseForge(text: string): readonly [name: string, login: string] {
  const [, name, login] = /^([a-z0-9][a-z0-9.-]{0,60})=([^\s=]{1,100})$/.exec(text) ?? [];
  if (name !== undefined && login !== undefined) return [name, login];
  throw new MregError('usage', `--forge "${text}" is no name=login`, { hint: '--forge github=bob' });
}

/** Returns `mreg trust remove`. */
export function removeCommand(host: Host): CommandUnknownOpts {
  return new Command('remove')
    .summary('stop trusting a principal, a key or a role')
    .description(
      'Removes a principal with all its roles; or, with --public-key or --role, only that. What it signed before stays valid; from the next commit on it can sign nothing.',
    )
    .argument('<principal>', 'who')
    .option('--public-key <key>', 'only this key: a line, a file, or a fingerprint SHA256:…')
    .option('--role <role>', 'only this role; repeat it', collect)
    .option('--models <glob>', 'with --role: only where it was granted for this glob; repeat it', collect)
    .addHelpText('after', '\nExample:\n  mreg trust remove mallory@acme.example -m "left the company"')
    .action(async (principal, options, command) => {
      const flags = { ...commonFlags(command), ...options };
      host.code = await changeTrust(host.outside, flags, async ({ view }) => {
        const known = requirePrincipal(view.root.body.spec, principal);
        // Read as "everything for these models", it would take the principal out altogether.
        if (flags.models !== undefined && flags.role === undefined)
          throw new MregError('usage', '--models says where a role was granted', {
            hint: '--role <role> --models <glob>',
          });
        const key =
          flags.publicKey === undefined ? undefined : await ownedKey(host.outside, known.keys, flags.publicKey);
        if (key === undefined && flags.role === undefined) requireNoBots(view.root.body.spec, principal);
        return {
          edit: (spec) => withoutPrincipal(spec, { id: principal, key, roles: flags.role, models: flags.models }),
          why: removalText(principal, key, flags.role),
        };
      });
    });
}

/** A bot counts as its owner; whose approvals those of a bot without one would be, nobody could say. */
function requireNoBots(spec: Spec, id: string): void {
  const bots = spec.principals.filter(({ owner }) => owner === id).map((one) => one.id);
  const [first] = bots;
  if (first === undefined) return;
  throw new MregError('refused', `${id} is the owner of ${bots.join(', ')}`, {
    hint: `mreg trust remove ${first}, or give it another owner: mreg trust add ${first} --owner <principal>`,
  });
}

function removalText(id: string, key: string | undefined, roles: readonly string[] | undefined): string {
  if (key !== undefined) return `remove a key of ${id}`;
  return roles === undefined ? `remove ${id}` : `take ${roles.join(', ')} from ${id}`;
}
