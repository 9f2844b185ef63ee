import { digestOf } from '../documents/digest.ts';
import { MregError } from '../documents/error.ts';
import type { DocumentOf, Kind } from '../documents/kinds/index.ts';
import type { ModelVersionDocument } from '../documents/kinds/model-version.ts';
import { promotionPath, stagePath, versionPath } from '../documents/paths.ts';
import { parseReference } from '../documents/reference.ts';
import type { Reading, Refusal } from '../documents/refusal.ts';
import { readSignedBy, type Signed } from '../registry/rules/rule.ts';
import { fileAt } from '../registry/snapshot.ts';
import { readView } from '../registry/view.ts';
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

/** Reads a document of the tip, signed by a key that is trusted now or was in force when exactly these bytes arrived. */
async function readVouched<K extends Kind>(
  session: Session,
  kind: K,
  path: string,
): Promise<Reading<Signed<DocumentOf[K]>>> {
  const { view } = session;
  const now = await readSignedBy({ snapshot: view.snapshot, trust: view.trust, registry: view.id }, kind, path);
  if (now.ok || now.refusals.some(({ code }) => code !== 'unknown-key')) return now;
  return (await readVouchedThen(session, kind, path)) ?? now;
}

/** What somebody signed before their key was removed stays valid: the trust in force then is what the commit's parent holds. */
async function readVouchedThen<K extends Kind>(
  { repository, view, tip }: Session,
  kind: K,
  path: string,
): Promise<Reading<Signed<DocumentOf[K]>> | undefined> {
  for (const oid of await repository.firstParents(tip, { path })) {
    const [parent] = (await repository.readCommit(oid)).parents;
    const then = parent === undefined ? undefined : await readView(await snapshotAt(repository, parent));
    if (then === undefined) continue;
    const reading = await readSignedBy({ snapshot: view.snapshot, trust: then.trust, registry: view.id }, kind, path);
    if (!reading.ok) continue;
    const arrived = await fileAt(await snapshotAt(repository, oid), path);
    if (arrived.state === 'present' && digestOf(arrived.bytes) === reading.value.digest) return reading;
  }
  return undefined;
}

function mismatch(path: string, { expected, found }: Pick<Refusal, 'expected' | 'found'>): Refusal {
  return { code: 'checks', path, expected, found, hint: 'mreg verify' };
}

function unvouched(refusals: readonly Refusal[]): MregError {
  return new MregError('integrity', 'the documents that lead to these bytes are not signed as they must be', {
    refusals,
    hint: 'mreg verify; nothing was read from the store',
  });
}
