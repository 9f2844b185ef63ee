import type { Digest } from '../../documents/digest.ts';
import { NAMESPACE_OF, type DocumentOf, type Kind } from '../../documents/kinds/index.ts';
import { placeOf, sigPath } from '../../documents/paths.ts';
import { checkPlace } from '../../documents/read-document.ts';
import type { Reading, Refusal } from '../../documents/refusal.ts';
import { holdsRole, type Trust } from '../../trust/trust.ts';
import { signerOf } from '../../trust/verify.ts';
import type { Change } from '../changes.ts';
import { readArmour, readStored, type Stored } from '../read-file.ts';
import type { CommitFacts, Snapshot, Source } from '../snapshot.ts';
import type { RegistryView } from '../view.ts';

/** What a step did, for reports and logs. */
export interface ChangeSummary {
  readonly action:
    | 'init'
    | 'model'
    | 'register'
    | 'evidence'
    | 'hold'
    | 'release'
    | 'freeze'
    | 'unfreeze'
    | 'promote'
    | 'rollout'
    | 'rollback'
    | 'trust'
    | 'policy'
    | 'settings';
  readonly model?: string;
  readonly stage?: string;
  readonly version?: string;
  readonly by?: string;
  readonly detail?: string;
  /** Why the glass was broken, of a promotion for which it was. */
  readonly breakGlass?: string;
}

/** What a rule found: nothing refused means that its changes are allowed. */
export interface Finding {
  readonly refusals: readonly Refusal[];
  readonly changes: readonly ChangeSummary[];
}

/** What every rule judges by: the parent's state is in force, never the pushed one. */
export interface RuleContext {
  /** The parent's state, with the trust and policies in force. */
  readonly view: RegistryView;
  readonly after: Snapshot;
  readonly source: Source;
  /** The commit that brings the change; undefined in pre-commit, where it does not exist yet. */
  readonly commit: CommitFacts | undefined;
  /** The principal whose trusted key signed the commit. */
  readonly committer: string | undefined;
  readonly now: Date;
  readonly changes: readonly Change[];
  readonly pinnedRoot: Digest | undefined;
}

/** A document of the new state with the principal that signed it. */
export interface Signed<T> extends Stored<T> {
  readonly signer: string;
}

/** Reads a document of the new state: strict, in its place, and signed by a key in force. */
export async function readSigned<K extends Kind>(
  context: Pick<RuleContext, 'after' | 'view'>,
  kind: K,
  path: string,
): Promise<Reading<Signed<DocumentOf[K]>>> {
  return readSignedBy({ snapshot: context.after, trust: context.view.trust, registry: context.view.id }, kind, path);
}

/** Reads a document of a state, signed by a key of `trust` and bound to `registry`. */
export async function readSignedBy<K extends Kind>(
  from: { readonly snapshot: Snapshot; readonly trust: Trust; readonly registry: string },
  kind: K,
  path: string,
): Promise<Reading<Signed<DocumentOf[K]>>> {
  const reading = await readStored(from.snapshot, kind, path);
  if (!reading.ok) return reading;
  if (reading.value === undefined) return refused(missingFile(path));
  const stored = reading.value;
  const armour = await readArmour(from.snapshot, sigPath(path));
  const signer = signerOf(from.trust, { path, bytes: stored.bytes, armour, namespace: NAMESPACE_OF[kind] });
  const misplaced = checkPlace(stored.body, placeOf(path), from.registry);
  if (!signer.ok) return refused(signer.refusal, ...misplaced);
  if (misplaced.length > 0) return refused(...misplaced);
  return { ok: true, value: { ...stored, signer: signer.principal } };
}

/** Returns a refusal unless the signer holds one of the roles for the model. */
export function requireRole(
  view: RegistryView,
  signed: { readonly path: string; readonly signer: string },
  wanted: { readonly roles: readonly string[]; readonly model: string },
): readonly Refusal[] {
  if (holdsRole(view.trust, signed.signer, wanted)) return [];
  return [
    {
      code: 'not-authorised',
      path: signed.path,
      expected: `a signature by a ${wanted.roles.join(' or ')} of ${wanted.model}`,
      found: `one by ${signed.signer}, who is none`,
      hint: `mreg trust show; ask somebody with the role, or have it granted with mreg trust add`,
    },
  ];
}

/** Returns a refusal unless the document names its signer: identity comes from keys alone. */
export function requireSigner(
  path: string,
  said: { readonly field: string; readonly value: string },
  signer: string,
): readonly Refusal[] {
  if (said.value === signer) return [];
  const expected = `${said.field}: ${signer}, whose key signed it`;
  return [
    {
      code: 'signer-mismatch',
      path,
      expected,
      found: said.value,
      hint: 'make the document with mreg and your own key',
    },
  ];
}

/** Returns one finding that holds all of several. */
export function joined(findings: readonly Finding[]): Finding {
  return {
    refusals: findings.flatMap(({ refusals }) => refusals),
    changes: findings.flatMap(({ changes }) => changes),
  };
}

/** Returns a finding of refusals alone. */
export function refusing(...refusals: readonly Refusal[]): Finding {
  return { refusals, changes: [] };
}

function refused(...refusals: readonly Refusal[]): { readonly ok: false; readonly refusals: readonly Refusal[] } {
  return { ok: false, refusals };
}

function missingFile(path: string): Refusal {
  const hint = 'documents are never removed: restore it, or publish a new version of it';
  return { code: 'missing-file', path, expected: 'a document', found: 'nothing', hint };
}
