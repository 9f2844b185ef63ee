import { APPROVAL_NAMESPACE, NAMESPACE_OF, type DocumentOf, type Kind } from '../documents/kinds/index.ts';
import { placeOf, sigPath, type Place } from '../documents/paths.ts';
import { checkPlace } from '../documents/read-document.ts';
import type { Reading, Refusal } from '../documents/refusal.ts';
import { coversGlob, holdsRole } from '../trust/trust.ts';
import { signerOf, type SignedBytes, type SignerReading } from '../trust/verify.ts';
import { readArmour, readStored, type Stored } from './read-file.ts';
import { FREEZE_ROLES } from './rules/freeze.ts';
import { HOLD_ROLES } from './rules/hold.ts';
import { entryAt } from './snapshot.ts';
import { stateAt, type VerifyContext } from './verify-context.ts';
import type { Era } from './trust-line.ts';

/** A state to verify and the trust that documents in it may stand on. */
export interface Verification {
  readonly context: VerifyContext;
  readonly eras: readonly Era[];
  readonly registry: string;
}

/** Reads a document strictly, in its place, and signed by a key that was in force while the document was there. */
export async function verifyDocument<K extends Kind>(
  verification: Verification,
  kind: K,
  path: string,
): Promise<Reading<Stored<DocumentOf[K]>>> {
  const { snapshot, onDocument } = verification.context;
  const reading = await readStored(snapshot, kind, path);
  if (!reading.ok) return reading;
  if (reading.value === undefined) return { ok: false, refusals: [missing(path)] };
  const stored = reading.value;
  const armour = await readArmour(snapshot, sigPath(path));
  const signed = { path, bytes: stored.bytes, armour, namespace: NAMESPACE_OF[kind] };
  const signer = await signerInItsTime(verification, signed, authorityFor(stored.body));
  onDocument?.();
  const refusals = [
    ...checkPlace(stored.body, placeOf(path), verification.registry),
    ...(signer.ok ? [] : [signer.refusal]),
  ];
  return refusals.length === 0 ? { ok: true, value: stored } : { ok: false, refusals };
}

/** Verifies a signature that somebody else than the author put beside a document. */
export async function verifyApproval(
  verification: Verification,
  place: Extract<Place, { kind: 'approval' }>,
  path: string,
): Promise<readonly Refusal[]> {
  const { snapshot } = verification.context;
  const kind = kindOf(place.of);
  if (kind === undefined) return [];
  const reading = await readStored(snapshot, kind, place.of);
  // What is wrong with the document itself is told where the document is verified.
  if (!reading.ok || reading.value === undefined) return reading.ok ? [missing(place.of)] : [];
  const armour = await readArmour(snapshot, path);
  const signed = { path, bytes: reading.value.bytes, armour, namespace: APPROVAL_NAMESPACE };
  const signer = await signerInItsTime(verification, signed);
  if (!signer.ok) return [signer.refusal];
  if (kind !== 'Promotion' || signer.principal === place.principal) return [];
  const hint = 'approve with mreg approve, which names the file after the key';
  return [{ code: 'signer-mismatch', path, expected: `a file named ${signer.principal}.sig`, found: path, hint }];
}

/** Roles of which a document's author holds one. What is not here was judged by more than one signature, or by any. */
export const ROLES_FOR: Readonly<Partial<Record<Kind, readonly string[]>>> = {
  Model: ['owner', 'registrar'],
  ModelVersion: ['registrar'],
  Evidence: ['evaluator', 'registrar'],
  Promotion: ['promoter'],
  Review: ['forge'],
};

/** What whoever signs a document must be. */
interface Authority {
  readonly roles: readonly string[];
  /** All models that the document is about, where its place does not say it. */
  readonly globs?: readonly string[] | undefined;
}

function authorityFor(document: DocumentOf[Kind]): Authority | undefined {
  // What a release needs is in the policies of its time, and more than one signature: the door judged it.
  if (document.kind === 'Hold') return document.spec.action === 'hold' ? { roles: HOLD_ROLES } : undefined;
  if (document.kind === 'Freeze') return { roles: FREEZE_ROLES, globs: document.spec.models };
  const roles = ROLES_FOR[document.kind];
  return roles === undefined ? undefined : { roles };
}

/**
 * Says who signed, by the keys and roles in force or by those of an earlier root, the latter only for files that were
 * there while that root was in force. Attack: a key that was removed, used afterwards by whoever holds the server's disk.
 */
async function signerInItsTime(
  { context, eras }: Verification,
  signed: SignedBytes,
  authority?: Authority,
): Promise<SignerReading> {
  let now: SignerReading | undefined;
  for (const era of eras) {
    const signer = authorisedSigner(era, signed, authority);
    now ??= signer;
    if (signer.ok && (era.isCurrent || (await stoodUnder(context, era, signed.path)))) return signer;
    // What does not verify at all does not verify by other keys either.
    if (!signer.ok && FINAL.has(signer.refusal.code)) return signer;
  }
  return now?.ok === false ? now : { ok: false, refusal: tooLate(signed.path) };
}

const FINAL: ReadonlySet<string> = new Set(['missing-signature', 'bad-signature']);

function authorisedSigner({ trust }: Era, signed: SignedBytes, authority: Authority | undefined): SignerReading {
  const signer = signerOf(trust, signed);
  const place = placeOf(signed.path);
  const model = 'model' in place ? place.model : undefined;
  if (!signer.ok || authority === undefined) return signer;
  const { roles, globs = [] } = authority;
  const isCovered = globs.every((glob) => coversGlob(trust, signer.principal, { roles, glob }));
  if (isCovered && holdsRole(trust, signer.principal, { roles, model })) return signer;
  const about = model ?? globs.join(', ');
  const expected = `a signature by a ${roles.join(' or ')}${about === '' ? '' : ` of ${about}`}`;
  const hint = 'mreg trust show; the server never admits this: find out how it came here';
  const found = `one by ${signer.principal}, who is none`;
  return { ok: false, refusal: { code: 'not-authorised', path: signed.path, expected, found, hint } };
}

/** Tells whether the file stood, as it is, in the last state under a root; of a stage, in any state: it may have been rolled back. */
export async function stoodUnder(context: VerifyContext, era: Era, path: string): Promise<boolean> {
  const oid = (await entryAt(context.snapshot, path))?.oid;
  if ((await entryAt(era.last, path))?.oid === oid) return true;
  if (!isStageFile(path)) return false;
  const end = context.line.get(era.last.commit ?? '') ?? 0;
  for (const commit of await context.changing(path)) {
    if ((context.line.get(commit) ?? -1) < end) continue;
    if ((await entryAt(await stateAt(context, commit), path))?.oid === oid) return true;
  }
  return false;
}

function isStageFile(path: string): boolean {
  const place = placeOf(path);
  const document = place.kind === 'signature' || place.kind === 'approval' ? placeOf(place.of) : place;
  return document.kind === 'stage' || document.kind === 'promotion' || document.kind === 'decision';
}

const KIND_AT: Readonly<Partial<Record<Place['kind'], Kind>>> = {
  registry: 'Registry',
  'trust-root': 'TrustRoot',
  policy: 'Policy',
  model: 'Model',
  version: 'ModelVersion',
  evidence: 'Evidence',
  hold: 'Hold',
  freeze: 'Freeze',
  stage: 'Stage',
  promotion: 'Promotion',
  decision: 'Decision',
};

/** Returns the kind of document that a path holds by its place, or undefined where none stands. */
export function kindOf(path: string): Kind | undefined {
  const place = placeOf(path);
  if (place.kind === 'approval' && place.form === 'review') return 'Review';
  return KIND_AT[place.kind];
}

function tooLate(path: string): Refusal {
  const expected = 'a signature by a key that was trusted while the document was there';
  const hint = 'the key was removed from trust before this file came: find out who put it there';
  return { code: 'unknown-key', path, expected, found: 'one by a key of an earlier trust root', hint };
}

function missing(path: string): Refusal {
  const hint = 'git log -- the path shows who removed it; restore it';
  return { code: 'missing-file', path, expected: 'a document', found: 'nothing', hint };
}
