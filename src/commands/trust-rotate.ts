import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { readPublicKey } from '../keys/key-files.ts';
import { timeText } from '../registry/draft.ts';
import { formatPublicKey } from '../signing/public-key.ts';
import { withRotatedKey } from '../trust/edit-root.ts';
import { changeTrust, type TrustEdit } from './change-trust.ts';
import { commonFlags, type Host } from './declare.ts';
import type { CommonFlags } from './flags.ts';
import type { Session } from './session.ts';
import type { Author } from './signing.ts';
import { ownedKey, requirePrincipal } from './trust-keys.ts';

/** Returns `mreg trust rotate`. */
export function rotateCommand(host: Host): CommandUnknownOpts {
  return new Command('rotate')
    .summary('replace a key, or renew the root')
    .description(
      'Replaces a key of a principal by a new one; without --public-key, publishes the root again with a later date of expiry. Replacing your own key of the role root needs the new key too: --new-key.',
    )
    .argument('[principal]', 'who (default: you)')
    .option('--old-key <key>', 'which key goes (default: the only one)')
    .option('--public-key <key>', 'the new public key: a line or a file')
    .option('--new-key <file>', 'the new private key, which signs the new root as well')
    .option('--expires <date>', 'the new date of expiry, such as 2027-12-31 (default: in a year)')
    .addHelpText(
      'after',
      '\nExamples:\n  mreg trust rotate --new-key ~/.ssh/id_new\n  mreg trust rotate --expires 2027-12-31',
    )
    .action(async (principal, options, command) => {
      const flags = { ...commonFlags(command), ...options };
      host.code = await changeTrust(host.outside, flags, (session, author) =>
        rotation(session, { author, principal, flags }),
      );
    });
}

interface RotateFlags extends CommonFlags {
  readonly oldKey?: string | undefined;
  readonly publicKey?: string | undefined;
  readonly newKey?: string | undefined;
  readonly expires?: string | undefined;
}

async function rotation(
  session: Session,
  asked: { readonly author: Author; readonly principal: string | undefined; readonly flags: RotateFlags },
): Promise<TrustEdit> {
  const { outside, view } = session;
  const { flags } = asked;
  const id = asked.principal ?? asked.author.principal;
  const known = requirePrincipal(view.root.body.spec, id);
  const expires = flags.expires === undefined ? inAYear(outside.now()) : dateOf(flags.expires);
  const replacement = flags.publicKey ?? flags.newKey;
  if (replacement === undefined)
    return { edit: (spec) => ({ ...spec, expires }), why: `renew until ${expires.slice(0, 10)}` };
  const fresh = formatPublicKey(await readPublicKey(replacement, outside));
  const old = await ownedKey(outside, known.keys, flags.oldKey);
  const signer =
    flags.newKey === undefined
      ? undefined
      : await outside.findSigner({ key: flags.newKey, gitConfig: () => Promise.resolve(undefined) });
  return {
    edit: (spec) => withRotatedKey(flags.expires === undefined ? spec : { ...spec, expires }, { id, old, new: fresh }),
    why: `rotate a key of ${id}`,
    second: signer === undefined ? undefined : { signer, principal: id },
  };
}

function inAYear(now: Date): string {
  return timeText(new Date(now.getTime() + 365 * 24 * 60 * 60 * 1000));
}

function dateOf(text: string): string {
  const date = new Date(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (!Number.isNaN(date.getTime())) return timeText(date);
  throw new MregError('usage', `--expires "${text}" is no date`, { hint: '--expires 2027-12-31' });
}
