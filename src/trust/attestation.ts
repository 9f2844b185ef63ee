import { modelStatementFault, MODEL_SIGNATURE, STATEMENT_TYPE } from '../documents/in-toto.ts';
import { isRecord, readJson } from '../documents/json.ts';
import type { Manifest } from '../documents/manifest.ts';
import { openBundle } from '../signing/dsse.ts';
import { parsePublicKey } from '../signing/public-key.ts';
import type { PublicKey } from '../signing/signer.ts';
import type { Trust } from './trust.ts';

/** A key with the principal whom it belongs to. */
export interface KnownKey extends PublicKey {
  readonly principal: string;
}

/** What an attestation comes to: `other` is about something else than what the files of a model are. */
export type AttestationVerdict =
  | { readonly state: 'good'; readonly principal: string }
  | { readonly state: 'other' }
  | { readonly state: 'wrong'; readonly expected: string; readonly found: string };

/** What an attestation is held against. */
export interface AttestationContext {
  readonly keys: readonly KnownKey[];
  /** What the files are, as the signed version records it. */
  readonly manifest: Manifest;
}

/** Returns every key of some trust roots; of one that moved, the principal of the first root that has it. */
export function keysOf(trusts: readonly Trust[]): readonly KnownKey[] {
  const lines = new Map<string, string>();
  for (const { byKey } of trusts)
    for (const [line, principal] of byKey) if (!lines.has(line)) lines.set(line, principal);
  return [...lines].flatMap(([line, principal]) => {
    const reading = parsePublicKey(line);
    return reading.ok ? [{ ...reading.value, principal }] : [];
  });
}

/** Judges a bundle that lies beside an artifact. Attack: a signature for another model, or by a stranger, put beside this one. */
export function checkAttestation(bundle: Uint8Array, { keys, manifest }: AttestationContext): AttestationVerdict {
  const envelope = openBundle(bundle);
  if (envelope === undefined) return wrong('a Sigstore bundle with a DSSE envelope', 'something else');
  const statement = envelope.payloadType === STATEMENT_TYPE ? readJson(envelope.payload) : undefined;
  if (!isRecord(statement) || statement['predicateType'] !== MODEL_SIGNATURE) return { state: 'other' };
  const signer = envelope.signedBy(keys);
  if (signer === undefined) return wrong('a signature by a key that is or was trusted here', 'none');
  const fault = modelStatementFault(statement, manifest);
  if (fault !== undefined) return wrong('what the files of the version are', fault);
  return { state: 'good', principal: signer.principal };
}

function wrong(expected: string, found: string): AttestationVerdict {
  return { state: 'wrong', expected, found };
}
