import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { STATEMENT_TYPE, type Statement } from '../documents/in-toto.ts';
import { shown } from '../report/escape.ts';
import { bundleOf, signEnvelope } from '../signing/dsse.ts';
import { pemOfKey } from '../signing/public-key.ts';
import { print, type CommonFlags } from './flags.ts';
import type { Session } from './session.ts';
import { authorOf } from './signing.ts';

/** What every command that makes an attestation takes. */
export interface AttestationFlags extends CommonFlags {
  readonly out?: string | undefined;
  readonly form?: Form | undefined;
  readonly publicKey?: string | undefined;
}

const FORMS = ['bundle', 'dsse', 'statement'] as const;
type Form = (typeof FORMS)[number];

/** Returns the options of `AttestationFlags`, for commands to declare. */
export function attestationFlags(): readonly Option[] {
  return [
    new Option('-o, --out <file>', 'write it to a file (default: to stdout)'),
    new Option('--form <form>', 'a Sigstore bundle, the DSSE envelope in it, or the unsigned statement')
      .choices(FORMS)
      .default('bundle'),
    new Option('--public-key <file>', 'also write the public key that verifies it, in PEM'),
  ];
}

/** Signs a statement and writes it where it was asked for. Standard output holds the attestation and nothing else. */
export async function giveAttestation(
  session: Session,
  { out, form = 'bundle', publicKey }: AttestationFlags,
  statement: Statement,
): Promise<number> {
  const { outside, flags } = session;
  const text = `${JSON.stringify(await signed(session, statement, { form, publicKey }), null, 2)}\n`;
  if (out === undefined || flags.dryRun === true) {
    outside.stdout(text);
    return 0;
  }
  const path = resolve(outside.cwd, out);
  await write(path, text);
  print(outside, flags, {
    json: { action: 'attest', ok: true, file: path, predicateType: statement.predicateType },
    text: (view, paint) => `${paint.green('wrote')} ${shown(path, view)}  (${statement.predicateType})`,
  });
  return 0;
}

async function signed(
  session: Session,
  statement: Statement,
  { form, publicKey }: { readonly form: Form; readonly publicKey: string | undefined },
): Promise<object> {
  if (form === 'statement') return statement;
  const { signer } = await authorOf(session);
  if (publicKey !== undefined) await write(resolve(session.outside.cwd, publicKey), pemOfKey(signer.key));
  const payload = Buffer.from(JSON.stringify(statement));
  const envelope = await signEnvelope(signer, { payloadType: STATEMENT_TYPE, payload });
  return form === 'dsse' ? envelope : bundleOf(envelope, signer.key);
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new MregError('disk', `${path} cannot be written`, { cause, hint: 'name another file' });
  }
}
