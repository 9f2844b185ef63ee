import { createPrivateKey, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatPrivateKey, KEY_FILE_RANDOM_BYTES } from '../src/signing/openssh-key.ts';
import { derivePublicKey, SEED_BYTES } from '../src/signing/ed25519.ts';
import { publicKeyOf } from '../src/signing/public-key.ts';
import type { Signer } from '../src/signing/signer.ts';

/** The one person of a registry that is measured. */
export interface Author {
  readonly id: string;
  readonly keyFile: string;
  /** Signs what is made in this process. */
  readonly signer: Signer;
}

/** An Ed25519 key as PKCS #8, up to the seed itself (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Makes somebody with a fresh key in `directory`. */
export async function makeAuthor(directory: string): Promise<Author> {
  const seed = randomBytes(SEED_BYTES);
  const id = 'bench@example.org';
  const keyFile = join(directory, 'key');
  const text = await formatPrivateKey(seed, id, { randomness: randomBytes(KEY_FILE_RANDOM_BYTES) });
  writeFileSync(keyFile, text, { mode: 0o600 });
  return { id, keyFile, signer: fastSigner(seed, keyFile) };
}

/** Signs with the platform: a hundred thousand signatures by tweetnacl would take ten minutes. */
function fastSigner(seed: Uint8Array, origin: string): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return { key: publicKeyOf(derivePublicKey(seed)), origin, sign: (data) => Promise.resolve(sign(null, data, key)) };
}
