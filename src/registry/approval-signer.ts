import { APPROVAL_NAMESPACE } from '../documents/kinds/index.ts';
import { placeOf } from '../documents/paths.ts';
import type { Trust } from '../trust/trust.ts';
import { signerOf, type SignerReading } from '../trust/verify.ts';
import { readArmour } from './read-file.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Returns who gave an approval: a signature of the exact bytes of `of` in the approvals' own namespace. The key is the
 * identity, the file's name a label, and a label that names somebody else would make people believe in an approval that
 * was never given.
 */
export async function approvalSigner(
  from: { readonly snapshot: Snapshot; readonly trust: Trust },
  of: { readonly bytes: Uint8Array },
  path: string,
): Promise<SignerReading> {
  const armour = await readArmour(from.snapshot, path);
  const signer = signerOf(from.trust, { path, bytes: of.bytes, armour, namespace: APPROVAL_NAMESPACE });
  const place = placeOf(path);
  if (!signer.ok || (place.kind === 'approval' && place.principal === signer.principal)) return signer;
  const expected = `a file named after ${signer.principal}, whose key signed it`;
  const hint = 'approve with mreg, which names the file after the key';
  return { ok: false, refusal: { code: 'signer-mismatch', path, expected, found: path, hint } };
}
