import { openSigningKey } from './ed25519.ts';
import { publicKeyOf } from './public-key.ts';
import type { Signer } from './signer.ts';

/** Returns a signer that holds the private key (its 32-byte seed) in memory. */
export function signerFromSeed(seed: Uint8Array, origin: string): Signer {
  const { raw, sign } = openSigningKey(seed);
  return { key: publicKeyOf(raw), origin, sign: (data) => Promise.resolve(sign(data)) };
}
