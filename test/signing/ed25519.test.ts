import { createPrivateKey, sign } from 'node:crypto';
import fc from 'fast-check';
import nacl from 'tweetnacl';
import { describe, expect, it } from 'vitest';
import { derivePublicKey, signEd25519, verifyEd25519, weaknessOf } from '../../src/signing/ed25519.ts';
import { addOrder, IDENTITY, NON_CANONICAL, TORSION_ENCODINGS } from './weak-points.ts';

const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const messages = fc.uint8Array({ maxLength: 300 });

describe('tweetnacl and the platform', () => {
  it('sign alike, byte for byte, and accept each other', () => {
    fc.assert(
      fc.property(seeds, messages, (seed, message) => {
        const ours = signEd25519(seed, message);
        const der = Buffer.concat([PKCS8_PREFIX, seed]);
        const platform = sign(null, message, createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
        expect(Buffer.compare(ours, platform)).toBe(0);
        expect(derivePublicKey(seed)).toEqual(nacl.sign.keyPair.fromSeed(seed).publicKey);
        expect(verifyEd25519(derivePublicKey(seed), message, ours)).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it('agree on every signature with a flipped bit', () => {
    const seed = Buffer.alloc(32, 3);
    const raw = derivePublicKey(seed);
    const message = Buffer.from('message');
    const signature = signEd25519(seed, message);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 511 }), (bit) => {
        const flipped = Uint8Array.from(signature);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(verifyEd25519(raw, message, flipped)).toBe(false);
        expect(nacl.sign.detached.verify(message, flipped, raw)).toBe(false);
      }),
      { numRuns: 10 },
    );
  });

  it('differ on S+L, which is refused here', () => {
    const seed = Buffer.alloc(32, 3);
    const message = Buffer.from('message');
    const malleated = addOrder(signEd25519(seed, message));
    expect(nacl.sign.detached.verify(message, malleated, derivePublicKey(seed))).toBe(true);
    expect(verifyEd25519(derivePublicKey(seed), message, malleated)).toBe(false);
  });
});

describe('weaknessOf', () => {
  it.each(TORSION_ENCODINGS)('refuses a key of small order: %s', (_, raw) => {
    expect(weaknessOf(raw)).toBeDefined();
  });

  it('refuses every second spelling of a coordinate', () => {
    for (const raw of NON_CANONICAL) expect(weaknessOf(raw)).toBe('non-canonical');
  });

  it('matters: for such keys tweetnacl verifies messages that nobody signed', () => {
    const forged = Buffer.concat([IDENTITY, Buffer.alloc(32)]);
    const holds = (raw: Uint8Array, index: number) =>
      nacl.sign.detached.verify(Buffer.from(`message ${index}`), forged, raw);
    for (const [, raw] of TORSION_ENCODINGS) {
      const attempts = Array.from({ length: 60 }, (_, index) => index);
      // One key in eight messages at worst: h times a point of order 8 is neutral when 8 divides h.
      expect(attempts.some((index) => holds(raw, index))).toBe(true);
    }
  });

  it('accepts keys that are made at random', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(weaknessOf(derivePublicKey(seed))).toBeUndefined();
      }),
      { numRuns: 10 },
    );
  });
});

describe('verifyEd25519', () => {
  it('remembers of what held every byte of the question, and nothing of what did not', () => {
    const [seed, message] = [Buffer.alloc(32, 4), Buffer.from('message')];
    const parts = [derivePublicKey(seed), message, signEd25519(seed, message)] as const;
    const ask = ([raw, text, signature]: readonly Uint8Array[]): boolean =>
      verifyEd25519(raw ?? message, text ?? message, signature ?? message);
    expect([ask(parts), ask(parts)]).toEqual([true, true]);
    for (const [index, part] of parts.entries()) {
      for (let at = 0; at < part.length; at += 1) {
        const other = Uint8Array.from(part, (byte, place) => (place === at ? byte ^ 1 : byte));
        expect(ask(parts.with(index, other))).toBe(false);
        expect(ask(parts.with(index, other))).toBe(false);
      }
    }
    // Bytes moved from the end of one part to the next are another question, too.
    expect(verifyEd25519(parts[0], Buffer.concat([parts[2].subarray(63), message]), parts[2])).toBe(false);
    expect(ask(parts)).toBe(true);
  });

  it.each([
    ['a key of 31 bytes', 31, 64],
    ['a key of 33 bytes', 33, 64],
    ['no key', 0, 64],
    ['a signature of 63 bytes', 32, 63],
    ['a signature of 65 bytes', 32, 65],
    ['no signature', 32, 0],
  ])('says no to %s instead of throwing', (_, keyBytes, signatureBytes) => {
    expect(verifyEd25519(new Uint8Array(keyBytes), Buffer.from('m'), new Uint8Array(signatureBytes))).toBe(false);
  });

  it('keeps verifying after more keys than it remembers', () => {
    const message = Buffer.from('m');
    const seed = Buffer.alloc(32, 9);
    const [raw, signature] = [derivePublicKey(seed), signEd25519(seed, message)];
    for (let index = 0; index < 600; index += 1) {
      const other = Buffer.alloc(32, 1);
      other.writeUInt32BE(index);
      expect(verifyEd25519(other, message, signature)).toBe(false);
    }
    expect(verifyEd25519(raw, message, signature)).toBe(true);
  });
});
