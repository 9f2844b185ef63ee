import { derivePublicKey, signEd25519 } from './ed25519.ts';
import { publicKeyOf } from './public-key.ts';
import type { Signer } from './signer.ts';

/** Returns a signer that holds the private key (its 32-byte seed) in memory. */
export function signerFromSeed(seed: Uint8Array, origin: string): Signer {
  const key = publicKeyOf(derivePublicKey(seed));
  return { key, origin, sign: (data) => Promise.resolve(signEd25519(seed, data)) };
}
