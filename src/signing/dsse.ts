import { createHash } from 'node:crypto';
import { MregError } from '../documents/error.ts';
import { isRecord, readJson } from '../documents/json.ts';
import { verifyEd25519 } from './ed25519.ts';
import { pemOfKey } from './public-key.ts';
import type { PublicKey, Signer } from './signer.ts';
import { decodeBase64 } from './wire.ts';

/** A signed payload in the JSON form of DSSE 1.0 (Dead Simple Signing Envelope). */
export interface Envelope {
  readonly payloadType: string;
  /** Base64, as are the signatures. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** What verifiers of the Sigstore family read: an envelope with the key that signed it, named by its hash. */
export interface Bundle {
  readonly mediaType: string;
  readonly verificationMaterial: {
    readonly publicKey: { readonly hint: string };
    readonly tlogEntries: readonly never[];
  };
  readonly dsseEnvelope: Envelope;
}

/** The media type of a bundle. */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
/** More than any envelope has that somebody made to be verified. */
const MAX_SIGNATURES = 16;

/**
 * Returns `payload` signed as DSSE says: over its type, too, so that it cannot pass for something else. No document's
 * signature and no commit's can be made of it, nor the other way round: what is signed begins `DSSEv1` here, `SSHSIG` there.
 */
export async function signEnvelope(
  signer: Signer,
  { payloadType, payload }: { readonly payloadType: string; readonly payload: Uint8Array },
): Promise<Envelope> {
  const signed = preAuthenticationEncoding(payloadType, payload);
  const signature = await signer.sign(signed);
  // An agent may answer with anything.
  if (!verifyEd25519(signer.key.raw, signed, signature)) {
    throw new MregError('bad-key', `${signer.origin} returned a signature that its own public key does not verify`, {
      hint: 'use another key: --key <file>',
    });
  }
  const sig = Buffer.from(signature).toString('base64');
  const signatures = [{ keyid: hintOf(signer.key), sig }];
  return { payloadType, payload: Buffer.from(payload).toString('base64'), signatures };
}

/** Returns the envelope as a Sigstore bundle; there is no transparency log in it. */
export function bundleOf(envelope: Envelope, key: PublicKey): Bundle {
  const verificationMaterial = { publicKey: { hint: hintOf(key) }, tlogEntries: [] };
  return { mediaType: BUNDLE_TYPE, verificationMaterial, dsseEnvelope: envelope };
}

/** Returns the bytes that DSSE signs (protocol.md, "PAE"): lengths are of UTF-8 bytes, in decimal. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${String(Buffer.byteLength(payloadType))} ${payloadType} ${String(payload.length)} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** What an envelope carries, and by whose key. */
export interface OpenedEnvelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  /** Returns the first of `keys` that signed it, or undefined. What an envelope says of its keys is a hint, never believed. */
  signedBy<Key extends PublicKey>(keys: readonly Key[]): Key | undefined;
}

/** Reads a Sigstore bundle with a DSSE envelope in it; undefined when it is none. Verifies nothing yet. */
export function openBundle(bytes: Uint8Array): OpenedEnvelope | undefined {
  const bundle = readJson(bytes);
  const envelope = isRecord(bundle) ? bundle['dsseEnvelope'] : undefined;
  if (!isRecord(envelope)) return undefined;
  const { payloadType, payload: text, signatures } = envelope;
  const payload = typeof text === 'string' ? decodeBase64(text) : undefined;
  if (typeof payloadType !== 'string' || payload === undefined || !Array.isArray(signatures)) return undefined;
  const made = signatures.slice(0, MAX_SIGNATURES).flatMap((each: unknown) => {
    const sig = isRecord(each) && typeof each['sig'] === 'string' ? decodeBase64(each['sig']) : undefined;
    return sig === undefined ? [] : [sig];
  });
  const signed = preAuthenticationEncoding(payloadType, payload);
  return {
    payloadType,
    payload,
    signedBy: (keys) => keys.find(({ raw }) => made.some((signature) => verifyEd25519(raw, signed, signature))),
  };
}

/** The sha256 of the key's PEM text in hex, as Sigstore's verifiers name keys. */
function hintOf(key: PublicKey): string {
  return createHash('sha256').update(pemOfKey(key)).digest('hex');
}
