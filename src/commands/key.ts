import { Command, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { resolve } from 'node:path';
import { MregError } from '../documents/error.ts';
import { generateKeyFile, listKeys, readPublicKey } from '../keys/key-files.ts';
import { defaultKeyPath } from '../keys/key-places.ts';
import { shown } from '../report/escape.ts';
import { renderTable } from '../report/table.ts';
import { fingerprintOf, formatPublicKey } from '../signing/public-key.ts';
import { commonFlags, type Host } from './declare.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Outside } from './outside.ts';

export function keyCommand(host: Host): CommandUnknownOpts {
  const generate = new Command('generate')
    .summary('make an Ed25519 key pair')
    .description(
      'Makes an OpenSSH Ed25519 key pair; never overwrites one. A passphrase is asked for on a terminal, or taken from MREG_PASSPHRASE.',
    )
    .option('--out <file>', 'where to put it (default: mreg’s own key)')
    .option('--comment <text>', 'a comment in the public half')
    .option('--no-passphrase', 'leave the private half unprotected')
    .action(async (options, command) => {
      host.code = await generateKey(host.outside, { ...commonFlags(command), ...options });
    });
  const list = new Command('list')
    .summary('list the keys that mreg can use')
    .description('Lists your Ed25519 keys: mreg’s own, those of ~/.ssh and those of ssh-agent.')
    .action(async (_options, command) => {
      host.code = await listAll(host.outside, commonFlags(command));
    });
  const show = new Command('show')
    .summary('print the public half of a key')
    .description('Prints the public half of a key, ready for mreg trust add.')
    .argument('[key]', 'a key file, or a public key line (default: mreg’s own key)')
    .action(async (key, _options, command) => {
      host.code = await showKey(host.outside, commonFlags(command), key);
    });
  return new Command('key')
    .summary('make and list keys')
    .description('Your signing keys.')
    .addCommand(generate)
    .addCommand(list)
    .addCommand(show);
}

interface GenerateFlags extends CommonFlags {
  readonly out?: string | undefined;
  readonly comment?: string | undefined;
  readonly passphrase?: boolean | undefined;
}

async function generateKey(outside: Outside, flags: GenerateFlags): Promise<number> {
  const path = flags.out === undefined ? defaultKeyPath(outside) : resolve(outside.cwd, flags.out);
  if (flags.dryRun === true) {
    print(outside, flags, { json: { path, dryRun: true }, text: () => `dry run: would make a key at ${path}` });
    return 0;
  }
  const passphrase = flags.passphrase === false ? undefined : await choosePassphrase(outside);
  const made = await generateKeyFile({ path, comment: flags.comment ?? '', passphrase });
  const publicKey = formatPublicKey(made.key);
  print(outside, flags, {
    json: {
      path: made.path,
      publicPath: made.publicPath,
      publicKey,
      fingerprint: made.fingerprint,
      protected: passphrase !== undefined,
    },
    text: (_view, paint) =>
      [
        `${paint.green('made')} ${made.path}`,
        `  public half   ${made.publicPath}`,
        `  fingerprint   ${made.fingerprint}`,
        `  passphrase    ${passphrase === undefined ? 'none (add one: ssh-keygen -p -f <file>)' : 'set'}`,
        '',
        'next:',
        '  mreg init <dir>                        start a registry with it',
        `  mreg trust add <you> --public-key …    have it trusted in one that exists`,
      ].join('\n'),
  });
  return 0;
}

async function choosePassphrase({ env, ask }: Outside): Promise<string | undefined> {
  const given = env['MREG_PASSPHRASE'];
  if (given !== undefined && given !== '') return given;
  if (ask === undefined) return undefined;
  const first = await ask({ text: 'Passphrase (empty for none): ', hidden: true });
  if (first === undefined || first === '') return undefined;
  const second = await ask({ text: 'Once more: ', hidden: true });
  if (first === second) return first;
  throw new MregError('usage', 'the two passphrases differ', { hint: 'run mreg key generate again' });
}

async function listAll(outside: Outside, flags: CommonFlags): Promise<number> {
  const keys = await listKeys(outside);
  print(outside, flags, {
    json: {
      keys: keys.map(({ key, fingerprint, comment, origins }) => ({
        publicKey: formatPublicKey(key),
        fingerprint,
        comment,
        origins,
      })),
    },
    text: (view) => {
      if (keys.length === 0) return 'no Ed25519 key was found; make one: mreg key generate';
      const rows = keys.map(({ fingerprint, comment, origins }) => [
        fingerprint,
        shown(comment, view),
        shown(origins.join(', '), view),
      ]);
      return renderTable(
        { columns: [{ title: 'fingerprint' }, { title: 'comment', expendable: true }, { title: 'where' }], rows },
        view,
      ).join('\n');
    },
  });
  return 0;
}

async function showKey(outside: Outside, flags: CommonFlags, named: string | undefined): Promise<number> {
  const key = await readPublicKey(named ?? flags.key ?? defaultKeyPath(outside), outside);
  const publicKey = formatPublicKey(key);
  print(outside, flags, { json: { publicKey, fingerprint: fingerprintOf(key) }, text: () => publicKey });
  return 0;
}
