import { checkRules } from './document-rules.ts';
import { SCHEMAS, type DocumentOf, type Kind } from './kinds/index.ts';
import { pathOf, placeOf, reviewPath, type DocumentPlace, type Place } from './paths.ts';
import type { Reading, Refusal } from './refusal.ts';
import { explainErrors } from './schema-refusals.ts';
import { readYaml } from './strict-yaml.ts';
import { validatorOf } from './validators.ts';
import { quoted } from './yaml-findings.ts';

const API_VERSION = 'mreg.dev/v1';

/** Reads a document of `kind` from its exact bytes, or everything that is wrong with it. Does not verify its signature. */
export function readDocument<K extends Kind>(
  kind: K,
  file: { readonly path: string; readonly bytes: Uint8Array },
): Reading<DocumentOf[K]> {
  const reading = readYaml(file.bytes, file.path);
  return reading.ok ? checkDocument(kind, { path: file.path, value: reading.value }) : reading;
}

/** Checks a plain value as `readDocument` does after parsing: for documents that mreg is about to write. */
export function checkDocument<K extends Kind>(
  kind: K,
  file: { readonly path: string; readonly value: unknown },
): Reading<DocumentOf[K]> {
  const head = checkHead(kind, file);
  if (head !== undefined) return { ok: false, refusals: [head] };
  const errors = validatorOf(kind)(file.value);
  if (errors.length > 0) return { ok: false, refusals: explainErrors(errors, file) };
  // The validator has just proved the shape, and the type is derived from the same schema.
  const document = file.value as DocumentOf[K];
  const refusals = checkRules(kind, document).map(({ field, expected, found, hint }): Refusal => {
    return { code: 'schema', path: `${file.path}:${field}`, expected, found, hint };
  });
  return refusals.length === 0 ? { ok: true, value: document } : { ok: false, refusals };
}

/** A newer format, or another kind, is told as such and not as a hundred wrong fields. */
function checkHead(kind: Kind, { path, value }: { path: string; value: unknown }): Refusal | undefined {
  const head = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  const apiVersion = head.get('apiVersion');
  if (typeof apiVersion === 'string' && /^mreg\.dev\/v[0-9]+$/.test(apiVersion) && apiVersion !== API_VERSION) {
    const hint = `this mreg reads ${API_VERSION}: update mreg (npm install -g mreg@latest)`;
    return { code: 'newer-format', path, expected: API_VERSION, found: quoted(apiVersion), hint };
  }
  const found = head.get('kind');
  if (found === kind) return undefined;
  const isKind = typeof found === 'string' && Object.hasOwn(SCHEMAS, found);
  const hint = isKind ? `a ${found} stands elsewhere: see docs/format.md` : `write kind: ${kind}`;
  return { code: 'unknown-kind', path, expected: `kind: ${kind}`, found: showKind(found), hint };
}

function showKind(found: unknown): string {
  if (found === undefined) return 'no kind';
  return typeof found === 'string' ? `kind: ${quoted(found)}` : 'a kind that is not text';
}

/** The kind of document that a place holds. */
const KIND_AT: Readonly<Record<DocumentPlace['kind'], Kind>> = {
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

/**
 * Returns where a document says something else than its place and its registry: a signed document copied to another
 * model, version, stage or registry must not count there.
 */
export function checkPlace(document: DocumentOf[Kind], place: Place, registryId: string): readonly Refusal[] {
  const standing = standingOf(place);
  if (standing?.kind !== document.kind) {
    const expected = standing === undefined ? 'a place of the format' : `a ${standing.kind}`;
    const hint = 'move the file to where its kind stands';
    return [{ code: 'path-mismatch', path: standing?.path ?? 'document', expected, found: `a ${document.kind}`, hint }];
  }
  const inside = document.kind === 'Stage' ? 'spec' : 'metadata';
  const identity = new Map<string, unknown>(Object.entries(document[inside]));
  const path = `${standing.path}:${inside}`;
  const misplaced = Object.entries(standing.says).filter(([field, value]) => identity.get(field) !== value);
  const refusals = misplaced.map(([field, value]) => mismatch(`${path}.${field}`, value, identity.get(field)));
  const registry = identity.get('registry');
  return registry === registryId ? refusals : [...refusals, wrongRegistry(`${path}.registry`, registryId, registry)];
}

interface Standing {
  readonly kind: Kind;
  readonly path: string;
  readonly says: Readonly<Record<string, string | number>>;
}

function standingOf(place: Place): Standing | undefined {
  switch (place.kind) {
    case 'evidence': {
      const { kind, evidenceKind, ...says } = place;
      return { kind: KIND_AT[kind], path: pathOf(place), says: { ...says, kind: evidenceKind } };
    }
    case 'approval':
      return place.form === 'review' ? reviewStanding(place.of, place.principal) : undefined;
    case 'allowed-signers':
    case 'kustomization':
    case 'signature':
    case 'ungoverned':
    case 'unknown':
      return undefined;
    default: {
      const { kind, ...says } = place;
      return { kind: KIND_AT[kind], path: pathOf(place), says };
    }
  }
}

/** A review says which promotion it is about by model and stage; the promotion's digest is checked by who counts it. */
function reviewStanding(of: string, principal: string): Standing | undefined {
  const promotion = placeOf(of);
  if (promotion.kind !== 'promotion') return undefined;
  const { model, stage } = promotion;
  return { kind: 'Review', path: reviewPath(model, stage, principal), says: { model, stage } };
}

function mismatch(path: string, expected: string | number, found: unknown): Refusal {
  const hint = 'write the document anew for this place; a signed copy does not count elsewhere';
  return { code: 'path-mismatch', path, expected: `${String(expected)}, as the path says`, found: String(found), hint };
}

function wrongRegistry(path: string, expected: string, found: unknown): Refusal {
  const hint = 'a document signed for another registry does not count here; make it anew';
  return { code: 'wrong-registry', path, expected, found: String(found), hint };
}
