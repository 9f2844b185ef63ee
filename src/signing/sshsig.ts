import { createHash } from 'node:crypto';
import { assert, MregError } from '../documents/error.ts';
import { hasCanonicalScalar, SIGNATURE_BYTES, verifyEd25519 } from './ed25519.ts';
import { KEY_TYPE, readKeyBlob } from './public-key.ts';
import type { PublicKey, Signer } from './signer.ts';
import { decodeBase64, WireReader, wireString, wireUint32 } from './wire.ts';

/**
 * Why a signature is not accepted. Several of these ssh-keygen lets pass; here each signature has one spelling only.
 *
 * `mismatch`: well-formed, but not over these bytes by this key. `scalar`: a copy altered without the private key.
 */
export type SignatureProblem =
  | 'too-large'
  | 'armour'
  | 'base64'
  | 'magic'
  | 'version'
  | 'truncated'
  | 'trailing'
  | 'key-type'
  | 'weak-key'
  | 'namespace'
  | 'reserved'
  | 'hash'
  | 'signature-format'
  | 'scalar'
  | 'mismatch';

/** A signature that is not accepted, and one sentence for people. */
export interface SignatureFault {
  readonly ok: false;
  readonly problem: SignatureProblem;
  readonly detail: string;
}

/** What an armoured signature says. Parsed, not verified. */
export interface ParsedSignature {
  readonly key: PublicKey;
  readonly namespace: string;
  readonly signature: Uint8Array;
}

/** Far above the 300 to 500 bytes of an Ed25519 signature; a limit before parsing. */
const MAX_ARMOUR_BYTES = 8 * 1024;

const BEGIN = '-----BEGIN SSH SIGNATURE-----\n';
const END = '-----END SSH SIGNATURE-----\n';
/** ssh-keygen breaks its base64 after 70 characters. */
const ARMOUR_LINE = /.{1,70}/g;
const MAGIC = 'SSHSIG';
const VERSION = 1;
const HASH = 'sha512';

/**
 * Verifies a signature over the exact bytes of `message`, made for `namespace`; returns the key that made it.
 * Whether that key is trusted is not judged here.
 */
export function verifySignature(given: {
  readonly armour: string | Uint8Array;
  readonly message: string | Uint8Array;
  readonly namespace: string;
}): { readonly ok: true; readonly key: PublicKey } | SignatureFault {
  const parsed = parseSignature(given.armour);
  if (!parsed.ok) return parsed;
  const { key, namespace, signature } = parsed.value;
  // A signature made for another purpose (git, an approval, another kind of document) is replayed here.
  if (namespace !== given.namespace)
    return fault('namespace', `expected a signature made for ${given.namespace}, found one for another purpose`);
  if (!verifyEd25519(key.raw, signedBytes(namespace, given.message), signature))
    return fault('mismatch', 'the signature was made over other bytes or by another key');
  return { ok: true, key };
}

/** Reads an armoured signature. Accepts exactly what `ssh-keygen -Y sign` writes for an Ed25519 key and SHA-512. */
export function parseSignature(
  armour: string | Uint8Array,
): { readonly ok: true; readonly value: ParsedSignature } | SignatureFault {
  if (armour.length > MAX_ARMOUR_BYTES) return fault('too-large', `the signature is over ${MAX_ARMOUR_BYTES} bytes`);
  const opened = openArmour(typeof armour === 'string' ? armour : Buffer.from(armour).toString('latin1'));
  return opened.ok ? parseEnvelope(opened.value) : opened;
}

/** Makes an armoured signature over the exact bytes of `message`, as `ssh-keygen -Y sign -n <namespace>` would. */
export async function createSignature(
  signer: Signer,
  namespace: string,
  message: string | Uint8Array,
): Promise<string> {
  assert(namespace !== '', 'a signature has a namespace');
  const signed = signedBytes(namespace, message);
  const signature = await signer.sign(signed);
  // An agent may answer with anything; a bad signature must not get as far as a commit.
  if (!verifyEd25519(signer.key.raw, signed, signature))
    throw new MregError('bad-key', `${signer.origin} returned a signature that its own public key does not verify`, {
      hint: 'use another key: --key <file>',
    });
  return formatArmour(
    Buffer.concat([
      Buffer.from(MAGIC),
      wireUint32(VERSION),
      wireString(signer.key.blob),
      wireString(namespace),
      wireString(''),
      wireString(HASH),
      wireString(Buffer.concat([wireString(KEY_TYPE), wireString(signature)])),
    ]),
  );
}

type Opened = { readonly ok: true; readonly value: Uint8Array } | SignatureFault;

function openArmour(text: string): Opened {
  if (!text.startsWith(BEGIN)) return fault('armour', 'expected the line -----BEGIN SSH SIGNATURE----- first');
  if (!text.endsWith(END)) return fault('armour', 'expected the line -----END SSH SIGNATURE----- last');
  const body = text.slice(BEGIN.length, -END.length);
  if (!/^[A-Za-z0-9+/=\n]+$/.test(body)) return fault('armour', 'expected base64 lines, ended by LF, and nothing else');
  const blob = decodeBase64(body.replaceAll('\n', ''));
  if (blob === undefined) return fault('base64', 'the base64 is not canonical');
  // Equality with our own writing fixes line width, blank lines and the last line ending in one comparison.
  if (formatArmour(blob) !== text) return fault('armour', 'expected lines of 70 characters, as ssh-keygen writes them');
  return { ok: true, value: blob };
}

function formatArmour(blob: Uint8Array): string {
  const lines = Buffer.from(blob).toString('base64').replace(ARMOUR_LINE, '$&\n');
  return `${BEGIN}${lines}${END}`;
}

/** Reads the fields in the order of OpenSSH's PROTOCOL.sshsig, "Blob format". */
function parseEnvelope(blob: Uint8Array): { readonly ok: true; readonly value: ParsedSignature } | SignatureFault {
  const reader = new WireReader(blob);
  if (Buffer.from(reader.bytes(MAGIC.length)).toString('latin1') !== MAGIC)
    return fault('magic', 'the content is not an SSH signature');
  if (reader.uint32() !== VERSION) return fault('version', `expected version ${VERSION} of the signature format`);
  const fields = {
    key: reader.string(),
    namespace: reader.string(),
    reserved: reader.string(),
    hash: reader.name(),
    signature: reader.string(),
  };
  if (!reader.intact) return fault('truncated', 'the content ends in the middle of a field');
  if (!reader.atEnd) return fault('trailing', 'there are bytes after the signature');
  const key = readKeyBlob(fields.key);
  if (!key.ok) return fault(key.problem, key.detail);
  if (fields.reserved.length > 0) return fault('reserved', 'the reserved field is not empty');
  if (fields.hash !== HASH) return fault('hash', `expected the hash algorithm ${HASH}`);
  const signature = parseRawSignature(fields.signature);
  if (!signature.ok) return signature;
  const namespace = Buffer.from(fields.namespace).toString('utf8');
  return { ok: true, value: { key: key.value, namespace, signature: signature.value } };
}

function parseRawSignature(blob: Uint8Array): Opened {
  const reader = new WireReader(blob);
  const type = reader.name();
  const signature = reader.string();
  if (!reader.intact || !reader.atEnd || type !== KEY_TYPE || signature.length !== SIGNATURE_BYTES)
    return fault('signature-format', `expected a ${KEY_TYPE} signature of ${SIGNATURE_BYTES} bytes`);
  // Malleation: S+L would be a second signature over the same bytes, made without the private key.
  if (!hasCanonicalScalar(signature)) return fault('scalar', 'the scalar S is not below the group order');
  return { ok: true, value: signature };
}

/** The bytes that are signed: PROTOCOL.sshsig, "Signed Data". The namespace is inside, so it cannot be exchanged. */
function signedBytes(namespace: string, message: string | Uint8Array): Uint8Array {
  const hash = createHash(HASH).update(message).digest();
  return Buffer.concat([Buffer.from(MAGIC), wireString(namespace), wireString(''), wireString(HASH), wireString(hash)]);
}

function fault(problem: SignatureProblem, detail: string): SignatureFault {
  return { ok: false, problem, detail };
}
