import type { Refusal } from '../documents/refusal.ts';
import { verifySignature } from '../signing/sshsig.ts';
import { fingerprintOf } from '../signing/public-key.ts';
import { personOf, principalOfKey, rolesOf, type Trust } from './trust.ts';

/** Exact bytes, the armour found for them and what it must have been made for. */
export interface SignedBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly armour: Uint8Array | string | undefined;
  readonly namespace: string;
}

/** Who signed, or why nobody did. */
export type SignerReading =
  { readonly ok: true; readonly principal: string } | { readonly ok: false; readonly refusal: Refusal };

/** Returns the principal whose key signed the exact bytes in this namespace, by the keys of `trust` alone. */
export function signerOf(trust: Trust, signed: SignedBytes): SignerReading {
  const { path, bytes, armour, namespace } = signed;
  if (armour === undefined) return missing(path);
  const verdict = verifySignature({ armour, message: bytes, namespace });
  if (!verdict.ok) return bad(path, namespace, `${verdict.problem}: ${verdict.detail}`);
  const principal = principalOfKey(trust, verdict.key);
  if (principal === undefined) return unknownKey(path, fingerprintOf(verdict.key), trust.document.spec.version);
  return { ok: true, principal };
}

function missing(path: string): SignerReading {
  const hint = `sign it with the mreg command that writes ${path}, or with ssh-keygen -Y sign`;
  return refused({ code: 'missing-signature', path, expected: `a signature in ${path}.sig`, found: 'none', hint });
}

function bad(path: string, namespace: string, found: string): SignerReading {
  const expected = `a signature of these exact bytes in namespace ${namespace}`;
  const hint =
    'the file or its signature was changed after signing: restore both, or make the change with mreg and your key';
  return refused({ code: 'bad-signature', path, expected, found, hint });
}

function unknownKey(path: string, fingerprint: string, version: number): SignerReading {
  const expected = `a key of trust/root.yaml version ${String(version)}`;
  return refused({ code: 'unknown-key', path, expected, found: fingerprint, hint: 'mreg trust show; mreg trust add' });
}

function refused(refusal: Refusal): SignerReading {
  return { ok: false, refusal };
}

/** A demand on signatures: at least `threshold` distinct persons with `role`. */
export interface QuorumRule {
  readonly role: string;
  readonly threshold: number;
}

/**
 * Returns a refusal unless enough distinct persons with the role are among `principals`. Persons are counted, never
 * signatures: the same signer twice, two keys of one person, or a person and her bot are one.
 */
export function checkQuorum(
  trust: Trust,
  rule: QuorumRule,
  signed: { readonly path: string; readonly principals: readonly string[] },
): readonly Refusal[] {
  const able = signed.principals.filter((id) => rolesOf(trust, id, undefined).includes(rule.role));
  const persons = new Set(able.map((id) => personOf(trust, id)));
  if (persons.size >= rule.threshold) return [];
  const found = `${String(persons.size)} (${[...persons].join(', ') || 'nobody'})`;
  const expected = `signatures of ${String(rule.threshold)} with the role ${rule.role} in trust root version ${String(trust.document.spec.version)}`;
  return [
    { code: 'threshold', path: signed.path, expected, found, hint: 'mreg trust sign, by the others who hold the role' },
  ];
}
