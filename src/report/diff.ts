import Big from 'big.js';
import type { EvidenceDocument, MetricValue } from '../documents/kinds/evidence.ts';
import type { Lineage, ModelVersionDocument } from '../documents/kinds/model-version.ts';
import type { DiffOutput } from './output-schemas.ts';

/** A version and the newest evidence of each kind about it. */
export interface VersionSide {
  readonly name: string;
  readonly version: ModelVersionDocument;
  readonly evidence: readonly EvidenceDocument[];
}

/** Two versions of one model to compare. */
export interface VersionPair {
  readonly model: string;
  readonly left: VersionSide;
  readonly right: VersionSide;
  /** Which way each metric is better; the direction of others is unknown. */
  readonly catalogue: Readonly<Record<string, { readonly better: 'higher' | 'lower' }>>;
}

/** Returns how `right` differs from `left`, as `mreg diff --json` prints it. Numbers are decimals, as text. */
export function diffVersions({ model, left, right, catalogue }: VersionPair): DiffOutput {
  return {
    model,
    left: left.name,
    right: right.name,
    artifact: artifactDiff(left.version.spec.artifact, right.version.spec.artifact),
    lineage: lineageDiff(left.version.spec.lineage, right.version.spec.lineage),
    metrics: metricsDiff(left.evidence, right.evidence, catalogue),
    features: (['inputs', 'outputs'] as const).flatMap((side) => featuresDiff(side, left.version, right.version)),
  };
}

type Artifact = ModelVersionDocument['spec']['artifact'];

function artifactDiff(left: Artifact, right: Artifact): DiffOutput['artifact'] {
  const same = left.digest === right.digest;
  return { same, left: left.digest, right: right.digest, files: filesDiff(left.files, right.files) };
}

function filesDiff(left: Artifact['files'], right: Artifact['files']): DiffOutput['artifact']['files'] {
  if (left === undefined || right === undefined) return null;
  const before = new Map(left.map((file) => [file.path, file]));
  const after = new Map(right.map((file) => [file.path, file]));
  return keysOf(before, after).flatMap((path) => {
    const [one, other] = [before.get(path), after.get(path)];
    if (one?.digest === other?.digest) return [];
    return [{ path, change: changeOf(one, other), leftSize: one?.size ?? null, rightSize: other?.size ?? null }];
  });
}

function lineageDiff(left: Lineage | undefined, right: Lineage | undefined): DiffOutput['lineage'] {
  const [before, after] = [lineageFields(left ?? {}), lineageFields(right ?? {})];
  return keysOf(before, after).flatMap((field) => {
    const [one, other] = [before.get(field), after.get(field)];
    return one === other ? [] : [{ field, left: one ?? null, right: other ?? null }];
  });
}

/** Lineage as flat facts, so that a single changed parameter is a single line. */
function lineageFields({ code, data = [], parameters = {}, environment, parents }: Lineage): Map<string, string> {
  return new Map([
    ...(code === undefined ? [] : fields(['repository', code.repository], ['commit', code.commit])),
    ...data.map(({ name, uri, digest }) => field(`data ${name}`, digest === undefined ? uri : `${uri} ${digest}`)),
    ...Object.entries(parameters).map(([name, value]) => field(`parameter ${name}`, String(value))),
    ...Object.entries(environment ?? {}).map(([name, value]) => field(name, value)),
    ...(parents === undefined ? [] : [field('parents', parents.join(', '))]),
  ]);
}

function fields(...pairs: readonly (readonly [string, string])[]): [string, string][] {
  return pairs.map(([name, value]) => field(name, value));
}

function field(name: string, value: string): [string, string] {
  return [name, value];
}

function metricsDiff(
  left: readonly EvidenceDocument[],
  right: readonly EvidenceDocument[],
  catalogue: VersionPair['catalogue'],
): DiffOutput['metrics'] {
  const [before, after] = [measured(left), measured(right)];
  return keysOf(before, after).map((key) => metricDiff(before.get(key), after.get(key), catalogue));
}

function metricDiff(
  one: Measured | undefined,
  other: Measured | undefined,
  catalogue: VersionPair['catalogue'],
): DiffOutput['metrics'][number] {
  const { kind = '', metric = '' } = one ?? other ?? {};
  const delta = deltaOf(one, other);
  return {
    kind,
    metric,
    left: one === undefined ? null : worded(one),
    right: other === undefined ? null : worded(other),
    delta: delta === undefined ? null : `${delta.gt(0) ? '+' : ''}${delta.toFixed()}`,
    direction: directionOf(delta, Object.hasOwn(catalogue, metric) ? catalogue[metric]?.better : undefined),
  };
}

/** Values in different units are not compared. */
function deltaOf(one: Measured | undefined, other: Measured | undefined): Big | undefined {
  if (one === undefined || other === undefined || one.unit !== other.unit) return undefined;
  return other.value.minus(one.value);
}

interface Measured {
  readonly kind: string;
  readonly metric: string;
  readonly value: Big;
  readonly unit: string | undefined;
}

function measured(documents: readonly EvidenceDocument[]): Map<string, Measured> {
  return new Map(
    documents.flatMap(({ metadata: { kind }, spec: { metrics = {} } }) =>
      Object.entries(metrics).map(([metric, value]) => [`${kind} ${metric}`, { kind, metric, ...valueOf(value) }]),
    ),
  );
}

function valueOf(value: MetricValue): { value: Big; unit: string | undefined } {
  return typeof value === 'number'
    ? { value: new Big(value), unit: undefined }
    : { value: new Big(value.value), unit: value.unit };
}

function worded({ value, unit }: Measured): string {
  return unit === undefined ? value.toFixed() : `${value.toFixed()} ${unit}`;
}

type Direction = DiffOutput['metrics'][number]['direction'];

function directionOf(delta: Big | undefined, better: 'higher' | 'lower' | undefined): Direction {
  if (delta === undefined) return 'unknown';
  if (delta.eq(0)) return 'same';
  if (better === undefined) return 'unknown';
  return delta.gt(0) === (better === 'higher') ? 'better' : 'worse';
}

function featuresDiff(
  side: 'inputs' | 'outputs',
  left: ModelVersionDocument,
  right: ModelVersionDocument,
): DiffOutput['features'] {
  const [before, after] = [featuresOf(left, side), featuresOf(right, side)];
  return keysOf(before, after).flatMap((name) => {
    const [one, other] = [before.get(name), after.get(name)];
    return one === other ? [] : [{ side, name, change: changeOf(one, other), left: one ?? null, right: other ?? null }];
  });
}

function featuresOf({ spec: { features } }: ModelVersionDocument, side: 'inputs' | 'outputs'): Map<string, string> {
  // A feature that does not say otherwise is required.
  return new Map(
    (features?.[side] ?? []).map(({ name, type, required }) => [name, `${type}${required === false ? '?' : ''}`]),
  );
}

function changeOf(left: unknown, right: unknown): 'added' | 'removed' | 'changed' {
  if (left === undefined) return 'added';
  return right === undefined ? 'removed' : 'changed';
}

/** Every key of either map, in the order of the left one, then what the right one adds. */
function keysOf(left: ReadonlyMap<string, unknown>, right: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...left.keys(), ...right.keys()])];
}
