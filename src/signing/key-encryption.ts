import { createCipheriv, createDecipheriv } from 'node:crypto';
import { assert } from '../documents/error.ts';

const GCM = 'aes-256-gcm';
const GCM_TAG_BYTES = 16;

/** A cipher of an OpenSSH private key file; lengths in bytes. */
export interface KeyCipher {
  /** As ssh names it, inside the file and after `ssh-keygen -Z`. */
  readonly name: string;
  readonly algorithm: 'aes-128-ctr' | 'aes-192-ctr' | 'aes-256-ctr' | 'aes-256-cbc' | typeof GCM;
  readonly keyBytes: number;
  readonly ivBytes: number;
  /** Length of the tag that follows the ciphertext; 0 when the cipher does not authenticate. */
  readonly tagBytes: number;
}

/** Block size of AES: the plaintext is padded to a multiple of it. */
export const CIPHER_BLOCK_BYTES = 16;

/** What ssh-keygen itself uses unless told otherwise. */
export const DEFAULT_CIPHER: KeyCipher = {
  name: 'aes256-ctr',
  algorithm: 'aes-256-ctr',
  keyBytes: 32,
  ivBytes: 16,
  tagBytes: 0,
};

const CIPHERS: readonly KeyCipher[] = [
  DEFAULT_CIPHER,
  { name: 'aes192-ctr', algorithm: 'aes-192-ctr', keyBytes: 24, ivBytes: 16, tagBytes: 0 },
  { name: 'aes128-ctr', algorithm: 'aes-128-ctr', keyBytes: 16, ivBytes: 16, tagBytes: 0 },
  { name: 'aes256-cbc', algorithm: 'aes-256-cbc', keyBytes: 32, ivBytes: 16, tagBytes: 0 },
  { name: 'aes256-gcm@openssh.com', algorithm: GCM, keyBytes: 32, ivBytes: 12, tagBytes: GCM_TAG_BYTES },
];

/** Returns the cipher that ssh calls `name`, or undefined when it is not supported here. */
export function findCipher(name: string): KeyCipher | undefined {
  return CIPHERS.find((cipher) => cipher.name === name);
}

/** Secret bytes for one cipher, stretched from a passphrase. */
export interface CipherKey {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/** What stretches a passphrase; both are written in the key file. */
export interface Stretching {
  readonly salt: Uint8Array;
  readonly rounds: number;
}

/** Stretches a non-empty passphrase with bcrypt, as OpenSSH does. Slow on purpose: about 20 ms a round. */
export async function deriveCipherKey(
  cipher: KeyCipher,
  passphrase: string,
  { salt, rounds }: Stretching,
): Promise<CipherKey> {
  // Loaded here because most keys need no passphrase, and every hook run would pay for its tables.
  const { default: bcrypt } = await import('bcrypt-pbkdf');
  const secret = Buffer.from(passphrase, 'utf8');
  const out = new Uint8Array(cipher.keyBytes + cipher.ivBytes);
  const state = bcrypt.pbkdf(secret, secret.length, salt, salt.length, out, out.length, rounds);
  assert(state === 0, 'a passphrase, a salt and at least one round stretch to a key');
  return { key: out.subarray(0, cipher.keyBytes), iv: out.subarray(cipher.keyBytes) };
}

/** Returns the ciphertext of `plain`, whose length is a multiple of the block size; with its tag behind it, if any. */
export function encryptKey(cipher: KeyCipher, { key, iv }: CipherKey, plain: Uint8Array): Uint8Array {
  if (cipher.algorithm === GCM) {
    const machine = createCipheriv(GCM, key, iv);
    return Buffer.concat([machine.update(plain), machine.final(), machine.getAuthTag()]);
  }
  const machine = createCipheriv(cipher.algorithm, key, iv).setAutoPadding(false);
  return Buffer.concat([machine.update(plain), machine.final()]);
}

/** Returns the plaintext of `sealed` (ciphertext and tag), or undefined when its tag says that the key is wrong. */
export function decryptKey(cipher: KeyCipher, { key, iv }: CipherKey, sealed: Uint8Array): Uint8Array | undefined {
  if (cipher.algorithm === GCM) return decryptAuthenticated({ key, iv }, sealed);
  const machine = createDecipheriv(cipher.algorithm, key, iv).setAutoPadding(false);
  return Buffer.concat([machine.update(sealed), machine.final()]);
}

function decryptAuthenticated({ key, iv }: CipherKey, sealed: Uint8Array): Uint8Array | undefined {
  const machine = createDecipheriv(GCM, key, iv);
  machine.setAuthTag(sealed.subarray(-GCM_TAG_BYTES));
  const plain = machine.update(sealed.subarray(0, -GCM_TAG_BYTES));
  try {
    return Buffer.concat([plain, machine.final()]);
  } catch {
    // Node's only reason to throw here is a tag that does not match; its error has no code to tell by.
    return undefined;
  }
}
