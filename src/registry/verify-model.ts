import { checkArtifactRecord } from '../documents/artifact-record.ts';
import type { Digest } from '../documents/digest.ts';
import { assert } from '../documents/error.ts';
import type { EvidenceDocument } from '../documents/kinds/evidence.ts';
import type { ModelVersionDocument } from '../documents/kinds/model-version.ts';
import type { StageDocument } from '../documents/kinds/stage.ts';
import { modelPath, placeOf, versionPath } from '../documents/paths.ts';
import type { Refusal } from '../documents/refusal.ts';
import type { Stored } from './read-file.ts';
import { kindOf, verifyApproval, verifyDocument, type Verification } from './verify-document.ts';
import { verifyPointer, type KnownVersion } from './verify-stage.ts';

/** Documents that are read at the same time: enough for git to answer many at once, few enough for memory. */
const AT_ONCE = 64;

/** Runs `work` on every item, a bounded number at a time, and returns all refusals in order. */
export async function inBatches<T>(
  items: readonly T[],
  work: (item: T) => Promise<readonly Refusal[]>,
): Promise<readonly Refusal[]> {
  const refusals: Refusal[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    const found = await Promise.all(items.slice(start, start + AT_ONCE).map(work));
    refusals.push(...found.flat());
  }
  return refusals;
}

/** What the documents of one model say, as far as others depend on it. */
interface ModelFacts {
  readonly versions: Map<string, KnownVersion>;
  readonly evidence: Stored<EvidenceDocument>[];
  readonly stages: Map<string, Stored<StageDocument>>;
  readonly promotions: Map<string, Digest>;
}

/** What verifying one model came to. */
export interface ModelFindings {
  readonly refusals: readonly Refusal[];
  /** The commits that its pointers say they were moved on. */
  readonly bases: readonly string[];
}

/** Verifies every file of one model: each document by itself, then what they say of each other. */
export async function verifyModel(
  verification: Verification,
  model: string,
  files: readonly string[],
): Promise<ModelFindings> {
  const facts: ModelFacts = { versions: new Map(), evidence: [], stages: new Map(), promotions: new Map() };
  const single = await inBatches(files, (path) => verifyFile(verification, path, facts));
  const pointers: Refusal[] = [];
  for (const [stage, stored] of facts.stages) {
    const promotion = facts.promotions.get(stage);
    const pointer = { at: { model, stage }, stage: stored, promotion, versions: facts.versions };
    pointers.push(...(await verifyPointer(verification.context, pointer)));
  }
  const paths = new Set(files);
  const whole = [...checkWhole(model, paths), ...checkNumbers(files), ...checkSubjects(facts)];
  const bases = [...facts.stages.values()].map(({ body }) => body.spec.base);
  return { refusals: [...single, ...whole, ...pointers], bases: [...new Set(bases)] };
}

/** Verifies one file by its place, and notes what others depend on. */
async function verifyFile(verification: Verification, path: string, facts: ModelFacts): Promise<readonly Refusal[]> {
  const place = placeOf(path);
  if (place.kind === 'approval' && place.form === 'sig') return verifyApproval(verification, place, path);
  const kind = kindOf(path);
  if (kind === undefined) return [];
  const reading = await verifyDocument(verification, kind, path);
  if (!reading.ok) return reading.refusals;
  return note(facts, reading.value);
}

function note(facts: ModelFacts, stored: Stored<unknown>): readonly Refusal[] {
  const place = placeOf(stored.path);
  if (place.kind === 'version') {
    const { spec } = bodyOf<ModelVersionDocument>(stored, 'ModelVersion');
    facts.versions.set(place.version, { digest: spec.artifact.digest, uri: spec.artifact.uri });
    return checkArtifactRecord(spec.artifact, stored.path);
  }
  if (place.kind === 'evidence') {
    facts.evidence.push({ ...stored, bytes: new Uint8Array(), body: bodyOf<EvidenceDocument>(stored, 'Evidence') });
  }
  if (place.kind === 'stage') {
    facts.stages.set(place.stage, { ...stored, body: bodyOf<StageDocument>(stored, 'Stage') });
  }
  if (place.kind === 'promotion') facts.promotions.set(place.stage, stored.digest);
  return [];
}

/** The kind was checked when the document was read by its place. */
function bodyOf<T extends { readonly kind: string }>({ body }: Stored<unknown>, kind: T['kind']): T {
  const document = body as T;
  assert(document.kind === kind, `a document of kind ${kind}`);
  return document;
}

/** Attack: a file removed whose signature, evidence or approvals stay behind, as if it had been there. */
function checkWhole(model: string, paths: ReadonlySet<string>): readonly Refusal[] {
  const wanted = new Set([modelPath(model)]);
  for (const path of paths) {
    const place = placeOf(path);
    if (place.kind === 'signature' || place.kind === 'approval') wanted.add(place.of);
    if (place.kind === 'evidence' || place.kind === 'hold') wanted.add(versionPath(place.model, place.version));
    if (place.kind === 'promotion' || place.kind === 'decision' || place.kind === 'kustomization') {
      wanted.add(path.replace(/[^/]+$/, 'stage.yaml'));
    }
    if (place.kind === 'approval' && place.form === 'review-sig') wanted.add(path.replace(/\.sig$/, ''));
  }
  return [...wanted].filter((path) => !paths.has(path)).map(missing);
}

/** Numbers run from 1 without gaps: versions of the model, evidence of each kind and holds of each version. */
function checkNumbers(files: readonly string[]): readonly Refusal[] {
  const series = new Map<string, number[]>();
  for (const path of files) {
    const numbered = numberOf(path);
    if (numbered === undefined) continue;
    const numbers = series.get(numbered.series);
    if (numbers === undefined) series.set(numbered.series, [numbered.number]);
    else numbers.push(numbered.number);
  }
  return [...series].flatMap(([pattern, numbers]) => {
    const present = new Set(numbers);
    const first = Array.from({ length: numbers.length }, (_, index) => index + 1).find(
      (number) => !present.has(number),
    );
    return first === undefined ? [] : [gap(pattern.replace('*', String(first)))];
  });
}

function numberOf(path: string): { readonly series: string; readonly number: number } | undefined {
  const place = placeOf(path);
  if (place.kind === 'version') {
    return { series: versionPath(place.model, 'v*'), number: Number(place.version.slice(1)) };
  }
  if (place.kind !== 'evidence' && place.kind !== 'hold') return undefined;
  return { series: path.replace(/[0-9]+\.yaml$/, '*.yaml'), number: place.sequence };
}

function checkSubjects({ evidence, versions }: ModelFacts): readonly Refusal[] {
  return evidence.flatMap(({ path, body }): Refusal[] => {
    const digest = versions.get(body.metadata.version)?.digest;
    if (digest === undefined || digest === body.spec.subject) return [];
    const hint = 'evidence about another artifact says nothing about this one: git log -- the path';
    return [{ code: 'subject', path, expected: `subject ${digest}`, found: body.spec.subject, hint }];
  });
}

function missing(path: string): Refusal {
  const hint = `git log --diff-filter=D -- ${path}`;
  return { code: 'missing-file', path, expected: 'the file that others beside it belong to', found: 'nothing', hint };
}

function gap(path: string): Refusal {
  const hint = `git log --diff-filter=D -- ${path}`;
  return { code: 'sequence', path, expected: 'numbers without gaps', found: 'this one is missing', hint };
}
