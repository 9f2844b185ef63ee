import { createHash } from 'node:crypto';
import { signEd25519 } from '../../src/signing/ed25519.ts';
import { wireString, wireUint32 } from '../../src/signing/wire.ts';
import { signerOf } from '../support/world.ts';

/** The fields of a signature; a test replaces one, and everything else is as it should be. */
export interface OddSignature {
  readonly by: string;
  readonly namespace: string;
  readonly message: string;
  readonly magic?: string;
  readonly version?: number;
  readonly key?: Uint8Array;
  readonly reserved?: string;
  readonly hash?: string;
  /** What becomes of the 64 bytes of the signature proper. */
  readonly change?: (raw: Uint8Array) => Uint8Array;
  readonly type?: string;
  readonly after?: string;
  readonly columns?: number;
}

/** Signs truly, over exactly the fields that the signature says: only strictness can refuse it. */
export function oddSignature(odd: OddSignature): string {
  const { by, namespace, reserved = '', hash = 'sha512' } = odd;
  const digest = createHash(hash === 'sha256' ? 'sha256' : 'sha512')
    .update(odd.message)
    .digest();
  const fields = [wireString(namespace), wireString(reserved), wireString(hash)];
  const seed = createHash('sha256').update(by).digest();
  const raw = signEd25519(seed, Buffer.concat([Buffer.from('SSHSIG'), ...fields, wireString(digest)]));
  const signature = [wireString(odd.type ?? 'ssh-ed25519'), wireString((odd.change ?? ((same) => same))(raw))];
  const blob = Buffer.concat([
    Buffer.from(odd.magic ?? 'SSHSIG'),
    wireUint32(odd.version ?? 1),
    wireString(odd.key ?? signerOf(by).key.blob),
    ...fields,
    wireString(Buffer.concat(signature)),
    Buffer.from(odd.after ?? ''),
  ]);
  return armoured(blob, odd.columns ?? 70);
}

function armoured(blob: Buffer, columns: number): string {
  const lines = blob.toString('base64').match(new RegExp(`.{1,${String(columns)}}`, 'g')) ?? [];
  return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----', ''].join('\n');
}

/** Returns the line of a trust root for any 32 bytes. */
export function keyLineFor(raw: Uint8Array): string {
  return `ssh-ed25519 ${Buffer.concat([wireString('ssh-ed25519'), wireString(raw)]).toString('base64')}`;
}
