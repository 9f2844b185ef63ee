import { createHash } from 'node:crypto';
import { assert } from '../documents/error.ts';
import { RAW_KEY_BYTES, subjectPublicKeyInfo, weaknessOf } from './ed25519.ts';
import type { PublicKey } from './signer.ts';
import { decodeBase64, sameBytes, WireReader, wireString } from './wire.ts';

/** The one key type that is accepted, as ssh names it. */
export const KEY_TYPE = 'ssh-ed25519';

/** Longer than any Ed25519 line with its comment; a limit before parsing. */
const MAX_LINE_CHARACTERS = 1024;

/** A public key that was read, or one sentence on what is wrong with it. */
export type KeyReading =
  { readonly ok: true; readonly value: PublicKey } | { readonly ok: false; readonly problem: string };

/** Reads a line as in a `.pub` file: `ssh-ed25519 AAAA… [comment]`. Refuses keys that anyone could sign for. */
export function parsePublicKey(line: string): KeyReading {
  if (line.length > MAX_LINE_CHARACTERS) return { ok: false, problem: 'the line is too long for an Ed25519 key' };
  const [, type = '', base64 = ''] = /^(\S+) (\S+)(?: [^\r\n]*)?\n?$/.exec(line) ?? [];
  if (type === '') return { ok: false, problem: `expected "${KEY_TYPE} <base64> [comment]"` };
  if (type !== KEY_TYPE) return { ok: false, problem: `expected a key of type ${KEY_TYPE}, found another type` };
  const blob = decodeBase64(base64);
  if (blob === undefined) return { ok: false, problem: 'the base64 of the key is not canonical' };
  const reading = readKeyBlob(blob);
  return reading.ok ? reading : { ok: false, problem: reading.detail };
}

/** A key in ssh's wire form that was read, or which rule it breaks. */
export type KeyBlobReading =
  | { readonly ok: true; readonly value: PublicKey }
  | { readonly ok: false; readonly problem: 'key-type' | 'weak-key'; readonly detail: string };

/** Reads a key in ssh's wire form, strictly: the algorithm, 32 bytes, nothing after. */
export function readKeyBlob(blob: Uint8Array): KeyBlobReading {
  const reader = new WireReader(blob);
  const type = reader.name();
  const raw = reader.string();
  if (type !== KEY_TYPE) return { ok: false, problem: 'key-type', detail: `the key is not of type ${KEY_TYPE}` };
  if (!reader.intact || !reader.atEnd || raw.length !== RAW_KEY_BYTES)
    return { ok: false, problem: 'key-type', detail: `the key is not ${RAW_KEY_BYTES} bytes in ssh's wire form` };
  const weakness = weaknessOf(raw);
  if (weakness !== undefined) return { ok: false, problem: 'weak-key', detail: describeWeakness(weakness) };
  return { ok: true, value: publicKeyOf(raw) };
}

function describeWeakness(weakness: 'non-canonical' | 'small-order'): string {
  return weakness === 'small-order'
    ? 'the key is a point of small order: anyone could sign for it'
    : 'the key is not written canonically: it is a second spelling of another key';
}

/** Returns the key with these 32 bytes. Does not judge them. */
export function publicKeyOf(raw: Uint8Array): PublicKey {
  assert(raw.length === RAW_KEY_BYTES, 'an Ed25519 key has 32 bytes');
  return { raw: Uint8Array.from(raw), blob: Buffer.concat([wireString(KEY_TYPE), wireString(raw)]) };
}

/** Returns `ssh-ed25519 AAAA…`, without comment or newline. */
export function formatPublicKey(key: PublicKey): string {
  return `${KEY_TYPE} ${Buffer.from(key.blob).toString('base64')}`;
}

/** Returns the key in the PEM form that openssl and cosign read. */
export function pemOfKey(key: PublicKey): string {
  const base64 = Buffer.from(subjectPublicKeyInfo(key.raw)).toString('base64');
  return `-----BEGIN PUBLIC KEY-----\n${base64}\n-----END PUBLIC KEY-----\n`;
}

/** Returns the fingerprint that `ssh-keygen -l` prints: `SHA256:` and base64 without padding. */
export function fingerprintOf(key: PublicKey): string {
  return `SHA256:${createHash('sha256').update(key.blob).digest('base64').replace(/=+$/, '')}`;
}

/** Tells whether two keys are the same key. */
export function sameKey(a: PublicKey, b: PublicKey): boolean {
  return sameBytes(a.raw, b.raw);
}
