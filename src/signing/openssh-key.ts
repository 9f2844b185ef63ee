import { assert } from '../documents/error.ts';
import { derivePublicKey, SEED_BYTES } from './ed25519.ts';
import {
  CIPHER_BLOCK_BYTES,
  DEFAULT_CIPHER,
  decryptKey,
  deriveCipherKey,
  encryptKey,
  findCipher,
  type KeyCipher,
  type Stretching,
} from './key-encryption.ts';
import {
  formatKeyContainer,
  type KeyContainer,
  MAKE_ANOTHER,
  malformed,
  parseKeyContainer,
  type PrivateKeyFault,
  unsupported,
} from './key-container.ts';
import { KEY_TYPE, publicKeyOf, readKeyBlob } from './public-key.ts';
import type { PublicKey } from './signer.ts';
import { sameBytes, WireReader, wireString, wireUint32 } from './wire.ts';

/** A private key: `seed` is the 32 secret bytes. Never print it, never put it in an error. */
export interface PrivateKey {
  readonly seed: Uint8Array;
  readonly key: PublicKey;
  readonly comment: string;
}

export type { PrivateKeyFault };

/** A private key that was read, or why not. */
export type PrivateKeyReading = { readonly ok: true; readonly value: PrivateKey } | PrivateKeyFault;

/** About twenty seconds of work; ssh-keygen writes 16 or 24 unless told otherwise. */
const MAX_ROUNDS = 1024;

/** Block size that unencrypted keys are padded to. */
const PLAIN_BLOCK_BYTES = 8;

const REWRITE = `write it again with ssh-keygen -p -Z ${DEFAULT_CIPHER.name} -f <file>, or load it into ssh-agent`;

/**
 * Reads an OpenSSH private key file. `passphrase` is used only when the file is encrypted; without it an encrypted
 * file is told by the problem `encrypted`.
 */
export async function parsePrivateKey(text: string, passphrase?: string): Promise<PrivateKeyReading> {
  const container = parseKeyContainer(text);
  if (!container.ok) return container;
  const key = readKeyBlob(container.value.publicBlob);
  if (!key.ok) return key.problem === 'key-type' ? unsupported(key.detail, MAKE_ANOTHER) : malformed(key.detail);
  const plain = await openSection(container.value, passphrase);
  return plain.ok ? parseSection(plain.value, key.value) : plain;
}

/** Returns the public half that a private key file tells even while it is encrypted, or undefined if it tells none. */
export function publicHalfOf(text: string): PublicKey | undefined {
  const container = parseKeyContainer(text);
  const key = container.ok ? readKeyBlob(container.value.publicBlob) : undefined;
  return key?.ok === true ? key.value : undefined;
}

type SectionReading = { readonly ok: true; readonly value: Uint8Array } | PrivateKeyFault;

async function openSection(container: KeyContainer, passphrase: string | undefined): Promise<SectionReading> {
  const { section, tag } = container;
  const protection = parseProtection(container);
  if (!protection.ok) return protection;
  const { cipher, stretching } = protection.value;
  const block = cipher === undefined ? PLAIN_BLOCK_BYTES : CIPHER_BLOCK_BYTES;
  if (section.length === 0 || section.length % block !== 0 || tag.length !== (cipher?.tagBytes ?? 0))
    return malformed('its private part has a wrong length');
  if (cipher === undefined || stretching === undefined) return { ok: true, value: section };
  if (passphrase === undefined) return { ok: false, problem: 'encrypted', detail: 'it is protected by a passphrase' };
  if (passphrase === '') return wrongPassphrase();
  const cipherKey = await deriveCipherKey(cipher, passphrase, stretching);
  const plain = decryptKey(cipher, cipherKey, Buffer.concat([section, tag]));
  // The two equal numbers in front are there to tell a wrong passphrase from a damaged file.
  return plain !== undefined && sameBytes(plain.subarray(0, 4), plain.subarray(4, 8))
    ? { ok: true, value: plain }
    : wrongPassphrase();
}

/** How the private section is encrypted; both undefined when it is not. */
interface Protection {
  readonly cipher?: KeyCipher;
  readonly stretching?: Stretching;
}

function parseProtection(container: KeyContainer): { readonly ok: true; readonly value: Protection } | PrivateKeyFault {
  if (container.cipher === 'none' && container.kdf === 'none') return { ok: true, value: {} };
  const cipher = findCipher(container.cipher);
  if (cipher === undefined || container.kdf !== 'bcrypt')
    return unsupported('it is encrypted with a cipher that mreg does not read', REWRITE);
  const reader = new WireReader(container.kdfOptions);
  const stretching = { salt: reader.string(), rounds: reader.uint32() };
  if (!reader.intact || !reader.atEnd || stretching.salt.length === 0 || stretching.rounds === 0)
    return malformed('its passphrase settings are damaged');
  // A damaged or hostile file could ask for four thousand million rounds, which is years.
  if (stretching.rounds > MAX_ROUNDS)
    return unsupported(`its passphrase takes ${stretching.rounds} rounds, over ${MAX_ROUNDS}`, REWRITE);
  return { ok: true, value: { cipher, stretching } };
}

/** The private section: OpenSSH's PROTOCOL.key, section 3. */
function parseSection(plain: Uint8Array, key: PublicKey): PrivateKeyReading {
  const reader = new WireReader(plain);
  const [check, again, type] = [reader.uint32(), reader.uint32(), reader.name()];
  const [raw, secret, comment] = [reader.string(), reader.string(), reader.string()];
  const padding = reader.rest();
  if (!reader.intact || check !== again || type !== KEY_TYPE) return malformed('its private part is damaged');
  if (!padding.every((byte, index) => byte === index + 1)) return malformed('its padding is damaged');
  const seed = secret.subarray(0, SEED_BYTES);
  // A public half that does not belong to the seed would make signatures that nobody can verify, or leak the seed.
  if ([raw, secret.subarray(SEED_BYTES)].some((half) => !sameBytes(half, key.raw)))
    return malformed('its private and public halves do not belong together');
  if (!sameBytes(derivePublicKey(seed), key.raw))
    return malformed('its private and public halves do not belong together');
  return { ok: true, value: { seed: Uint8Array.from(seed), key, comment: Buffer.from(comment).toString('utf8') } };
}

/** Bytes of randomness that writing a private key file takes: a check number and a salt. */
export const KEY_FILE_RANDOM_BYTES = 20;

/**
 * Writes an OpenSSH private key file, readable by ssh-keygen and ssh-agent; encrypted when there is a passphrase.
 * `randomness` must be fresh for each file.
 */
export async function formatPrivateKey(
  seed: Uint8Array,
  comment: string,
  given: { readonly randomness: Uint8Array; readonly passphrase?: string | undefined; readonly rounds?: number },
): Promise<string> {
  assert(seed.length === SEED_BYTES, 'a seed has 32 bytes');
  assert(given.randomness.length === KEY_FILE_RANDOM_BYTES, 'a key file takes 20 random bytes');
  const key = publicKeyOf(derivePublicKey(seed));
  const check = given.randomness.subarray(0, 4);
  const fields = [check, check, wireString(KEY_TYPE), wireString(key.raw)];
  const plain = Buffer.concat([...fields, wireString(Buffer.concat([seed, key.raw])), wireString(comment)]);
  const { passphrase, rounds = 16 } = given;
  if (passphrase === undefined || passphrase === '') return formatKeyContainer(plainContainer(key, plain));
  const stretching = { salt: given.randomness.subarray(4), rounds };
  return formatKeyContainer(await encryptedContainer(key, plain, { passphrase, stretching }));
}

function plainContainer(key: PublicKey, plain: Uint8Array): KeyContainer {
  const nothing = new Uint8Array(0);
  const section = pad(plain, PLAIN_BLOCK_BYTES);
  return { cipher: 'none', kdf: 'none', kdfOptions: nothing, publicBlob: key.blob, section, tag: nothing };
}

async function encryptedContainer(
  key: PublicKey,
  plain: Uint8Array,
  { passphrase, stretching }: { readonly passphrase: string; readonly stretching: Stretching },
): Promise<KeyContainer> {
  const cipherKey = await deriveCipherKey(DEFAULT_CIPHER, passphrase, stretching);
  return {
    cipher: DEFAULT_CIPHER.name,
    kdf: 'bcrypt',
    kdfOptions: Buffer.concat([wireString(stretching.salt), wireUint32(stretching.rounds)]),
    publicBlob: key.blob,
    section: encryptKey(DEFAULT_CIPHER, cipherKey, pad(plain, CIPHER_BLOCK_BYTES)),
    tag: new Uint8Array(0),
  };
}

function pad(plain: Uint8Array, block: number): Uint8Array {
  const missing = (block - (plain.length % block)) % block;
  return Buffer.concat([plain, Uint8Array.from({ length: missing }, (_, index) => index + 1)]);
}

function wrongPassphrase(): PrivateKeyFault {
  return { ok: false, problem: 'wrong-passphrase', detail: 'the passphrase does not open it' };
}
