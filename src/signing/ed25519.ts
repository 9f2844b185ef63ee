import { createPrivateKey, createPublicKey, type KeyObject, verify } from 'node:crypto';
import nacl from 'tweetnacl';
import { assert } from '../documents/error.ts';

/** Lengths in bytes, fixed by RFC 8032. */
export const SEED_BYTES = 32;
/** Length of a public key as RFC 8032 writes it. */
export const RAW_KEY_BYTES = 32;
/** Length of a signature: R and S. */
export const SIGNATURE_BYTES = 64;

/** The order of the base point, `L` in RFC 8032. */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** y of the points whose order divides 8, without the sign bit, little-endian: 0, 1, p-1 and the two of order 8. */
const SMALL_ORDER_Y = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
]);

/** A private key, ready to sign: the public half is derived once and cannot be exchanged for another. */
export interface SigningKey {
  readonly raw: Uint8Array;
  /** Returns the 64 bytes of the signature over `message`. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** Returns the signing key with this 32-byte seed. */
export function openSigningKey(seed: Uint8Array): SigningKey {
  const raw = derivePublicKey(seed);
  // tweetnacl's secret key is the seed and the public key, in that order.
  const secretKey = Buffer.concat([seed, raw]);
  return { raw, sign: (message) => nacl.sign.detached(message, secretKey) };
}

/** Returns the 64 bytes of the signature over `message` by the key with this 32-byte seed. */
export function signEd25519(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return openSigningKey(seed).sign(message);
}

/** PrivateKeyInfo of an Ed25519 key up to the seed itself (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Returns the 32 bytes of the public key that belongs to a 32-byte seed; the platform is faster at it than tweetnacl. */
export function derivePublicKey(seed: Uint8Array): Uint8Array {
  assert(seed.length === SEED_BYTES, 'a seed has 32 bytes');
  const pkcs8 = Buffer.concat([PKCS8_PREFIX, seed]);
  const spki = createPublicKey(createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }));
  return new Uint8Array(spki.export({ format: 'der', type: 'spki' }).subarray(-RAW_KEY_BYTES));
}

/**
 * Tells whether `signature` by the 32-byte key `raw` over `message` holds. Does not judge the key: see `weaknessOf`.
 * The platform refuses a scalar of L or more by itself, unlike tweetnacl.
 */
export function verifyEd25519(raw: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (raw.length !== RAW_KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  if (message.length > MAX_REMEMBERED_BYTES) return verify(null, message, keyObjectOf(raw), signature);
  const asked = Buffer.concat([raw, signature, message]).toString('latin1');
  if (good.has(asked)) return true;
  const isGood = verify(null, message, keyObjectOf(raw), signature);
  if (isGood) remember(asked);
  return isGood;
}

/** What an SSH signature signs is a digest with its purpose: far shorter. */
const MAX_REMEMBERED_BYTES = 512;
/** A document is verified when it comes and again by each step that rests on it; this many are a few hundred steps. */
const MAX_REMEMBERED = 4096;
/** Key, signature and message of what held, byte for byte: the same question has the same answer. */
const good = new Set<string>();

function remember(asked: string): void {
  if (good.size >= MAX_REMEMBERED) good.clear();
  good.add(asked);
}

/** Tells whether the second half of a signature, the scalar S, is below the group order. */
export function hasCanonicalScalar(signature: Uint8Array): boolean {
  return littleEndian(signature.subarray(32)) < ORDER;
}

/**
 * Returns why nobody may be trusted by this 32-byte key, or undefined for a sound one. A point of small order lets
 * anyone make a signature that verifies for any message in tweetnacl, OpenSSL and ssh-keygen; a coordinate of p or
 * more is a second spelling of another key, and would be counted as a second key.
 */
export function weaknessOf(raw: Uint8Array): 'non-canonical' | 'small-order' | undefined {
  const y = Buffer.from(raw);
  y.writeUInt8(y.readUInt8(31) & 0x7f, 31);
  if (littleEndian(y) >= 2n ** 255n - 19n) return 'non-canonical';
  return SMALL_ORDER_Y.has(y.toString('hex')) ? 'small-order' : undefined;
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

/** SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410, section 4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Returns a raw public key in the form that other software reads (DER). */
export function subjectPublicKeyInfo(raw: Uint8Array): Uint8Array {
  return Buffer.concat([SPKI_PREFIX, raw]);
}

/** More than the keys of a large trust root; a registry has thousands of documents by a few dozen keys. */
const CACHED_KEYS = 512;
const keyObjects = new Map<string, KeyObject>();

function keyObjectOf(raw: Uint8Array): KeyObject {
  const id = Buffer.from(raw).toString('latin1');
  const known = keyObjects.get(id);
  if (known !== undefined) return known;
  const made = createPublicKey({ key: Buffer.from(subjectPublicKeyInfo(raw)), format: 'der', type: 'spki' });
  // Starting again is simpler than evicting, and keys from hostile documents cannot make the map grow.
  if (keyObjects.size >= CACHED_KEYS) keyObjects.clear();
  keyObjects.set(id, made);
  return made;
}
