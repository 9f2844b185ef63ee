import { digestOf } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { DocumentOf, Kind } from '../documents/kinds/index.ts';
import type { ModelVersionDocument } from '../documents/kinds/model-version.ts';
import { placeOf, promotionPath, stagePath, versionPath } from '../documents/paths.ts';
import { parseReference } from '../documents/reference.ts';
import type { Reading, Refusal } from '../documents/refusal.ts';
import { readSignedBy, requireRole, type Signed } from '../registry/rules/rule.ts';
import { entryAt, fileAt } from '../registry/snapshot.ts';
import { ROLES_FOR } from '../registry/verify-document.ts';
import { readView, type RegistryView } from '../registry/view.ts';
import { resolveReference, type Resolved } from './references.ts';
import { snapshotAt, type Session } from './session.ts';

/** A version that signed documents lead to, and who signed it. */
export interface Vouched extends Resolved {
  readonly signer: string;
}

/**
 * Returns what a reference stands for, after every document on the way was verified: the pointer, the promotion that it
 * names, the version. Attack: a pointer edited in a clone or on a server without hooks, to have other bytes served.
 */
export async function resolveVouched(session: Session, text: string): Promise<Vouched> {
  const resolved = await resolveReference(session.view, text);
  const { at } = parseReference(text);
  const version = await mustVouch(session, 'ModelVersion', versionPath(resolved.model, resolved.version));
  if (at !== undefined && 'stage' in at) {
    await checkPointer(session, { model: resolved.model, stage: at.stage, version: version.body });
  }
  return { ...resolved, signer: version.signer };
}

/**
 * Throws unless every document that a promotion rests on is signed: the version, its newest evidence, and the pointers it
 * moves between. Attack: one of them edited and committed here, so that the gates look at something nobody vouches for.
 */
export async function requireVouched(
  session: Session,
  rests: { readonly on: Resolved; readonly stages: readonly string[] },
): Promise<void> {
  const { model, facts } = rests.on;
  await mustVouch(session, 'ModelVersion', facts.version.path);
  for (const { path } of facts.evidence.values()) await mustVouch(session, 'Evidence', path);
  for (const path of rests.stages.map((stage) => stagePath(model, stage))) {
    if ((await entryAt(session.view.snapshot, path)) !== undefined) await mustVouch(session, 'Stage', path);
  }
}

async function checkPointer(
  session: Session,
  to: { readonly model: string; readonly stage: string; readonly version: ModelVersionDocument },
): Promise<void> {
  const { body, path } = await mustVouch(session, 'Stage', stagePath(to.model, to.stage));
  const { promotion, digest } = body.spec;
  const artifact = to.version.spec.artifact.digest;
  if (digest !== artifact) throw unvouched([mismatch(path, { expected: `spec.digest ${artifact}`, found: digest })]);
  if (promotion === 'none') return;
  const named = await mustVouch(session, 'Promotion', promotionPath(to.model, to.stage));
  if (named.digest === promotion) return;
  throw unvouched([mismatch(path, { expected: `spec.promotion ${named.digest}`, found: promotion })]);
}

async function mustVouch<K extends Kind>(session: Session, kind: K, path: string): Promise<Signed<DocumentOf[K]>> {
  const reading = await readVouched(session, kind, path);
  if (reading.ok) return reading.value;
  throw unvouched(reading.refusals);
}

/**
 * Reads a document of the tip, signed by a key that is trusted now or was in force when exactly these bytes arrived: what
 * somebody signed before their key was removed stays valid. Of one document this walks the commits of its own path, and
 * takes the trust of the commit before; `mreg verify` (verify-document.ts) asks the same of thousands, and so by the eras
 * of the trust roots, which it has proved first. The roles are the same.
 */
async function readVouched<K extends Kind>(
  session: Session,
  kind: K,
  path: string,
): Promise<Reading<Signed<DocumentOf[K]>>> {
  const now = await readAuthorised(session.view, session.view, { kind, path });
  const isLateKey = !now.ok && now.refusals.every(({ code }) => code === 'unknown-key' || code === 'not-authorised');
  return isLateKey ? ((await readVouchedThen(session, kind, path)) ?? now) : now;
}

async function readVouchedThen<K extends Kind>(
  { repository, view, tip }: Session,
  kind: K,
  path: string,
): Promise<Reading<Signed<DocumentOf[K]>> | undefined> {
  for (const oid of await repository.firstParents(tip, { path })) {
    const [parent] = (await repository.readCommit(oid)).parents;
    const then = parent === undefined ? undefined : await readView(await snapshotAt(repository, parent));
    const reading = then === undefined ? undefined : await readAuthorised(view, then, { kind, path });
    if (reading?.ok !== true) continue;
    const arrived = await fileAt(await snapshotAt(repository, oid), path);
    if (arrived.state === 'present' && digestOf(arrived.bytes) === reading.value.digest) return reading;
  }
  return undefined;
}

/** Reads a document of one state, signed by somebody who holds the role for it in another. */
async function readAuthorised<K extends Kind>(
  { snapshot, id }: RegistryView,
  force: RegistryView,
  { kind, path }: { readonly kind: K; readonly path: string },
): Promise<Reading<Signed<DocumentOf[K]>>> {
  const reading = await readSignedBy({ snapshot, trust: force.trust, registry: id }, kind, path);
  const place = placeOf(path);
  const roles = ROLES_FOR[kind];
  if (!reading.ok || roles === undefined || !('model' in place)) return reading;
  const refusals = requireRole(force, reading.value, { roles, model: place.model });
  return refusals.length === 0 ? reading : { ok: false, refusals };
}

function mismatch(path: string, { expected, found }: Pick<Refusal, 'expected' | 'found'>): Refusal {
  return { code: 'checks', path, expected, found, hint: 'mreg verify' };
}

function unvouched(refusals: readonly Refusal[]): MregError {
  const path = refusals[0]?.path ?? 'registry';
  return new MregError('integrity', 'a document that this rests on is not signed as it must be', {
    refusals,
    hint: `git log -- ${path}`,
  });
}
