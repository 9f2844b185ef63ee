import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option } from '@commander-js/extra-typings';
import { MregError } from '../documents/error.ts';
import { STATEMENT_TYPE, type Statement } from '../documents/in-toto.ts';
import { shown } from '../report/escape.ts';
import { type Bundle, bundleOf, signEnvelope } from '../signing/dsse.ts';
import { pemOfKey } from '../signing/public-key.ts';
import { print, tell, type CommonFlags } from './flags.ts';
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

/** What is attested, and where the signed attestation is kept besides; that returns where, in words, for people. */
export interface Attested {
  readonly statement: Statement;
  readonly keep?: ((bundle: Bundle) => Promise<string>) | undefined;
}

/** Signs a statement and writes it where it was asked for. Standard output holds the attestation and nothing else. */
export async function giveAttestation(
  session: Session,
  flags: AttestationFlags,
  { statement, keep }: Attested,
): Promise<number> {
  const { outside } = session;
  const { out, form = 'bundle', dryRun = false } = flags;
  const bundle = form === 'statement' ? undefined : await signedBundle(session, statement, flags);
  const attestation = form === 'dsse' ? bundle?.dsseEnvelope : bundle;
  const text = `${JSON.stringify(attestation ?? statement, null, 2)}\n`;
  if (out === undefined || dryRun) outside.stdout(text);
  else await write(resolve(outside.cwd, out), text);
  const attached = bundle === undefined || dryRun ? undefined : await keep?.(bundle);
  if (out === undefined || dryRun) {
    if (attached !== undefined) tell(outside, session.flags, `attached to ${shown(attached, outside)}`);
    return 0;
  }
  const path = resolve(outside.cwd, out);
  const { predicateType } = statement;
  print(outside, session.flags, {
    json: { action: 'attest', ok: true, file: path, predicateType, attached: attached ?? null },
    text: (view, paint) =>
      [
        `${paint.green('wrote')} ${shown(path, view)}  (${predicateType})`,
        ...(attached === undefined ? [] : [`${paint.green('attached')} to ${shown(attached, view)}`]),
      ].join('\n'),
  });
  return 0;
}

async function signedBundle(session: Session, statement: Statement, { publicKey }: AttestationFlags): Promise<Bundle> {
  const { signer } = await authorOf(session);
  if (publicKey !== undefined) await write(resolve(session.outside.cwd, publicKey), pemOfKey(signer.key));
  const payload = Buffer.from(JSON.stringify(statement));
  return bundleOf(await signEnvelope(signer, { payloadType: STATEMENT_TYPE, payload }), signer.key);
}

async function write(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new MregError('disk', `${path} cannot be written`, { cause, hint: 'name another file' });
  }
}
