import { describe, expect, it } from 'vitest';
import { SCHEMAS, type Kind } from '../../src/documents/kinds/index.ts';
import { placeOf } from '../../src/documents/paths.ts';
import { checkPlace, readDocument } from '../../src/documents/read-document.ts';
import type { Refusal } from '../../src/documents/refusal.ts';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import { changed, DIGEST, REGISTRY, sampleOf } from './samples.ts';

const KINDS = Object.keys(SCHEMAS) as Kind[];

function refusalsOf(kind: Kind, value: unknown): readonly Refusal[] {
  const bytes = new TextEncoder().encode(typeof value === 'string' ? value : writeYaml(value));
  const reading = readDocument(kind, { path: 'x.yaml', bytes });
  return reading.ok ? [] : reading.refusals;
}

/** `path: expected, found` of each refusal, without the file. */
function told(kind: Kind, value: unknown): string[] {
  return refusalsOf(kind, value).map(({ path, expected, found }) => {
    return `${path.replace('x.yaml:', '')}: expected ${expected}, found ${found}`;
  });
}

describe('readDocument', () => {
  it.each(KINDS)('reads a %s', (kind) => {
    const bytes = new TextEncoder().encode(writeYaml(sampleOf(kind)));
    expect(readDocument(kind, { path: 'x.yaml', bytes })).toEqual({ ok: true, value: sampleOf(kind) });
  });

  it.each(KINDS)('refuses a %s with a field that the format does not have', (kind) => {
    const paths = ['surprise', 'metadata.surprise', 'spec.surprise'];
    expect(refusalsOf(kind, changed(kind, Object.fromEntries(paths.map((path) => [path, 1]))))).toMatchObject(
      paths.map((path) => ({ code: 'schema', path: `x.yaml:${path}`, found: 'a field "surprise"' })),
    );
  });

  it('passes the refusals of strict YAML on', () => {
    expect(refusalsOf('Hold', 'a: yes\n')).toMatchObject([{ code: 'ambiguous-scalar', path: 'x.yaml:1:4' }]);
  });

  it('asks to update mreg for a newer format, and says nothing else about it', () => {
    expect(refusalsOf('Hold', 'apiVersion: mreg.dev/v2\nkind: Barrier\n')).toEqual([
      {
        code: 'newer-format',
        path: 'x.yaml',
        expected: 'mreg.dev/v1',
        found: '"mreg.dev/v2"',
        hint: 'this mreg reads mreg.dev/v1: update mreg (npm install -g mreg@latest)',
      },
    ]);
  });

  it.each<[string, string]>([
    ['apiVersion: mreg.dev/v1\nkind: Policy\n', 'kind: "Policy"'],
    ['apiVersion: mreg.dev/v1\nkind: toString\n', 'kind: "toString"'],
    ['apiVersion: mreg.dev/v1\nkind: 1\n', 'a kind that is not text'],
    ['apiVersion: mreg.dev/v1\n', 'no kind'],
    ['[]\n', 'no kind'],
    ['null\n', 'no kind'],
    ['text\n', 'no kind'],
  ])('refuses another kind: %j', (text, found) => {
    expect(refusalsOf('Hold', text)).toMatchObject([{ code: 'unknown-kind', expected: 'kind: Hold', found }]);
  });

  it('refuses an apiVersion of somebody else', () => {
    expect(told('Hold', changed('Hold', { apiVersion: 'v1' }))).toEqual([
      'apiVersion: expected "mreg.dev/v1", found "v1"',
    ]);
  });
});

describe('a wrong shape is told in words', () => {
  const gate = 'spec.transitions.0.gates.0';
  it.each<[Kind, Record<string, unknown>, string]>([
    [
      'ModelVersion',
      { 'spec.artifact.digest': 'abc' },
      'spec.artifact.digest: expected sha256:<64 hex digits>, found "abc"',
    ],
    ['ModelVersion', { 'spec.artifact.size': -1 }, 'spec.artifact.size: expected a number of at least 0, found -1'],
    ['ModelVersion', { 'spec.artifact.size': '3' }, 'spec.artifact.size: expected a whole number, found "3"'],
    ['ModelVersion', { 'spec.artifact.size': 1.5 }, 'spec.artifact.size: expected a whole number, found 1.5'],
    [
      'ModelVersion',
      { 'spec.artifact.files': [] },
      'spec.artifact.files: expected a list of at least 1, found a list of 0',
    ],
    [
      'ModelVersion',
      { 'spec.registeredBy': undefined },
      'spec.registeredBy: expected the field registeredBy, found nothing',
    ],
    ['ModelVersion', { 'metadata.version': '7' }, 'metadata.version: expected a version such as v7, found "7"'],
    [
      'ModelVersion',
      { 'spec.lineage': { parameters: { 'a/b~c': [] } } },
      'spec.lineage.parameters.a/b~c: expected text, a number, true or false or null, found a list of 0',
    ],
    [
      'Promotion',
      { 'spec.breakGlass': { reason: '' } },
      'spec.breakGlass.reason: expected text of at least 1 characters, found ""',
    ],
    ['Hold', { 'spec.action': 'stop' }, 'spec.action: expected one of hold, release, found "stop"'],
    [
      'Hold',
      { 'metadata.model': 'A/b' },
      'metadata.model: expected a model such as fraud_detector or risk/fraud_detector, found "A/b"',
    ],
    [
      'Evidence',
      { 'spec.metrics': { AUC: 1 } },
      'spec.metrics.AUC: expected a metric name such as latency_p95_ms, found a field "AUC"',
    ],
    ['Evidence', { 'spec.metrics.auc': 'high' }, 'spec.metrics.auc: expected a number or a map, found "high"'],
    [
      'Evidence',
      { 'spec.metrics.auc': { value: 1, unit: 'bananas' } },
      'spec.metrics.auc.unit: expected one of ratio, percent, ms, s, count, bytes, usd, score, found "bananas"',
    ],
    ['Stage', { 'spec.base': 'abc' }, 'spec.base: expected a full commit id (40 or 64 hex digits), found "abc"'],
    ['Policy', { [`${gate}.metric`]: undefined }, `${gate}.metric: expected the field metric, found nothing`],
    ['Policy', { [`${gate}.mni`]: 1 }, `${gate}.mni: expected only fields of the format, found a field "mni"`],
    ['Policy', { [`${gate}.min`]: '0.9' }, `${gate}.min: expected a number, found "0.9"`],
    ['Policy', { [`${gate}.type`]: undefined }, `${gate}.type: expected the field type, found nothing`],
    ['Policy', { [gate]: 'auc' }, `${gate}: expected a map, found "auc"`],
    [
      'Policy',
      { [`${gate}.baseline`]: {} },
      `${gate}.baseline: expected the field stage, the field version or the field name, found a map`,
    ],
    ['Policy', { [`${gate}.baseline`]: { stage: 1 } }, `${gate}.baseline.stage: expected text, found 1`],
    [
      'Policy',
      { 'spec.transitions.0.gates.1.total': 0 },
      'spec.transitions.0.gates.1.total: expected a number of at least 1, found 0',
    ],
    ['TrustRoot', { 'spec.thresholds.root': 0 }, 'spec.thresholds.root: expected a number of at least 1, found 0'],
    ['TrustRoot', { 'spec.thresholds.root': -1 }, 'spec.thresholds.root: expected a number of at least 1, found -1'],
    ['TrustRoot', { 'spec.thresholds.root': 1.5 }, 'spec.thresholds.root: expected a whole number, found 1.5'],
    ['TrustRoot', { 'spec.thresholds.policy': '2' }, 'spec.thresholds.policy: expected a whole number, found "2"'],
  ])('%s %j', (kind, changes, sentence) => {
    expect(told(kind, changed(kind, changes))).toEqual([sentence]);
  });

  it('a gate of an unknown type is told once, with the types there are', () => {
    const [sentence, ...rest] = told('Policy', changed('Policy', { [`${gate}.type`]: 'vibes' }));
    expect(rest).toEqual([]);
    expect(sentence).toMatch(
      /^spec\.transitions\.0\.gates\.0\.type: expected one of metric, lineage, .*cel, found "vibes"$/,
    );
  });

  it('faults of several gates are each told at their gate', () => {
    const changes = { [`${gate}.metric`]: undefined, 'spec.transitions.0.gates.1.total': 'two', 'spec.models': [] };
    expect(told('Policy', changed('Policy', changes)).sort()).toEqual([
      'spec.models: expected a list of at least 1, found a list of 0',
      'spec.transitions.0.gates.0.metric: expected the field metric, found nothing',
      'spec.transitions.0.gates.1.total: expected a whole number, found "two"',
    ]);
  });

  it('at most 50 faults are told', () => {
    const metrics = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`M${index}`, 1]));
    expect(told('Evidence', changed('Evidence', { 'spec.metrics': metrics }))).toHaveLength(50);
  });
});

describe('a document that cannot be is refused', () => {
  const gate = { id: 'auc', type: 'metric', evidence: 'offline', metric: 'auc' };
  const plan = (weights: number[], strategy = 'canary'): object => ({
    strategy,
    steps: weights.map((weight) => ({ weight })),
  });
  it.each<[string, Kind, Record<string, unknown>, string]>([
    ['a day that does not exist', 'Hold', { 'spec.at': '2026-02-30T10:00:00Z' }, 'spec.at'],
    ['a month that does not exist', 'Evidence', { 'spec.producedAt': '2026-13-01T10:00:00Z' }, 'spec.producedAt'],
    ['the 24th hour', 'ModelVersion', { 'spec.registeredAt': '2026-01-01T24:00:00Z' }, 'spec.registeredAt'],
    ['a leap second', 'Stage', { 'spec.movedAt': '2026-12-31T23:59:60Z' }, 'spec.movedAt'],
    ['a rollout since never', 'Stage', { 'spec.rollout.since': '2026-00-01T10:00:00Z' }, 'spec.rollout.since'],
    ['February 29th out of a leap year', 'TrustRoot', { 'spec.expires': '2027-02-29T00:00:00Z' }, 'spec.expires'],
    [
      'a principal named like an approval file',
      'TrustRoot',
      { 'spec.principals.0.id': 'bob.new' },
      'spec.principals.0.id',
    ],
    ['a decision at no time', 'Decision', { 'spec.at': '2026-04-31T00:00:00Z' }, 'spec.at'],
    ['a review at no time', 'Review', { 'spec.at': '2026-04-31T00:00:00Z' }, 'spec.at'],
    ['a request at no time', 'Promotion', { 'spec.requestedAt': '2026-00-01T00:00:00Z' }, 'spec.requestedAt'],
    [
      'a request that expires before it is made',
      'Promotion',
      { 'spec.expiresAt': '2026-01-03T10:00:00Z' },
      'spec.expiresAt',
    ],
    [
      'a request that expires when it is made',
      'Promotion',
      { 'spec.expiresAt': '2026-01-04T10:00:00Z' },
      'spec.expiresAt',
    ],
    ['a freeze of no stages', 'Freeze', { 'spec.stages': undefined }, 'spec.stages'],
    ['a freeze of no models', 'Freeze', { 'spec.models': undefined }, 'spec.models'],
    ['a freeze of a stage twice', 'Freeze', { 'spec.stages': ['prod', 'prod'] }, 'spec.stages.1'],
    ['a freeze of a model twice', 'Freeze', { 'spec.models': ['a*', 'a*'] }, 'spec.models.1'],
    ['a freeze that ends before it begins', 'Freeze', { 'spec.until': '2026-01-04T10:00:00Z' }, 'spec.until'],
    ['a freeze until a day that there is not', 'Freeze', { 'spec.until': '2026-02-30T10:00:00Z' }, 'spec.until'],
    ['a freeze that lifts another', 'Freeze', { 'spec.lifts': 1 }, 'spec.lifts'],
    ['freezes that stand in no order', 'Freeze', { 'spec.standing': [2, 1] }, 'spec.standing.1'],
    ['a freeze that stands twice', 'Freeze', { 'spec.standing': [1, 1] }, 'spec.standing.1'],
    [
      'the end of no freeze',
      'Freeze',
      { ...{ 'spec.action': 'unfreeze', 'spec.stages': undefined, 'spec.models': undefined }, 'spec.until': undefined },
      'spec.lifts',
    ],
    [
      'the end of a freeze that has an end',
      'Freeze',
      { ...{ 'spec.action': 'unfreeze', 'spec.stages': undefined, 'spec.models': undefined }, 'spec.lifts': 1 },
      'spec.until',
    ],
    ['a promotion to another stage than its own', 'Promotion', { 'spec.to': 'dev' }, 'spec.to'],
    ['a promotion from the stage to itself', 'Promotion', { 'spec.from': 'prod' }, 'spec.from'],
    ['a canary that shrinks', 'Promotion', { 'spec.plan': plan([10, 5, 100]) }, 'spec.plan.steps.1.weight'],
    ['a canary that stands still', 'Promotion', { 'spec.plan': plan([10, 10]) }, 'spec.plan.steps.1.weight'],
    ['a canary over 100', 'Promotion', { 'spec.plan': plan([10, 101]) }, 'spec.plan.steps.1.weight'],
    [
      'a guard with two thresholds',
      'Promotion',
      { 'spec.plan': { ...plan([1, 100]), guards: [{ metric: 'a', above: 1, worseBy: 1 }] } },
      'spec.plan.guards.0',
    ],
    [
      'a plan that is watched for ever',
      'Promotion',
      { 'spec.plan': { ...plan([1, 100]), watchFor: '91d' } },
      'spec.plan.watchFor',
    ],
    [
      'a gain that is neither in the unit nor in percent',
      'Promotion',
      { 'spec.plan': { ...plan([1, 100]), success: [{ metric: 'a' }] } },
      'spec.plan.success.0',
    ],
    [
      'a gain that is both',
      'Promotion',
      { 'spec.plan': { ...plan([1, 100]), success: [{ metric: 'a', minDelta: 1, minDeltaPercent: 1 }] } },
      'spec.plan.success.0',
    ],
    [
      'a guard without a threshold',
      'Promotion',
      { 'spec.plan': { ...plan([1, 100]), guards: [{ metric: 'a' }] } },
      'spec.plan.guards.0',
    ],
    [
      'evidence listed twice',
      'Promotion',
      { 'spec.evidence.1': { path: 'registry/fraud/versions/v7/evidence/offline-1.yaml', digest: DIGEST } },
      'spec.evidence.1.path',
    ],
    ['a gate id twice', 'Policy', { 'spec.transitions.0.gates.1.id': 'auc' }, 'spec.transitions.0.gates.1.id'],
    ['a metric gate without a bound', 'Policy', { 'spec.transitions.0.gates.0': gate }, 'spec.transitions.0.gates.0'],
    [
      'a delta without a baseline',
      'Policy',
      { 'spec.transitions.0.gates.0': { ...gate, minDelta: 0.02 } },
      'spec.transitions.0.gates.0.baseline',
    ],
    [
      'a percent delta without a baseline',
      'Policy',
      { 'spec.transitions.0.gates.0': { ...gate, min: 1, maxDeltaPercent: 5 } },
      'spec.transitions.0.gates.0.baseline',
    ],
    ['a transition from a stage to itself', 'Policy', { 'spec.transitions.0.from': 'prod' }, 'spec.transitions.0.to'],
    [
      'a transition twice',
      'Policy',
      { 'spec.transitions.1': { from: 'staging', to: 'prod', gates: [] } },
      'spec.transitions.1',
    ],
    [
      'a default plan that shrinks',
      'Policy',
      { 'spec.transitions.0.plan': plan([50, 10]) },
      'spec.transitions.0.plan.steps.1.weight',
    ],
    [
      'a trigger without a threshold',
      'Policy',
      { 'spec.transitions.0.rollback': { triggers: [{ metric: 'a' }] } },
      'spec.transitions.0.rollback.triggers.0',
    ],
    [
      'a freeze that ends before it begins',
      'Policy',
      {
        'spec.transitions.0.gates.0': {
          id: 'w',
          type: 'window',
          timezone: 'UTC',
          freezes: [{ from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }],
        },
      },
      'spec.transitions.0.gates.0.freezes.0.to',
    ],
    [
      'a freeze at no time',
      'Policy',
      {
        'spec.transitions.0.gates.0': {
          id: 'w',
          type: 'window',
          timezone: 'UTC',
          freezes: [{ from: '2026-02-30T00:00:00Z', to: '2026-04-01T00:00:00Z' }],
        },
      },
      'spec.transitions.0.gates.0.freezes.0.from',
    ],
    ['an empty range of a metric', 'Policy', { 'spec.metrics.auc.max': 0 }, 'spec.metrics.auc'],
    [
      'an empty range of a model’s metric',
      'Model',
      { 'spec.metrics': { a: { min: 2, max: 1, better: 'lower' } } },
      'spec.metrics.a',
    ],
    ['a version without its files', 'ModelVersion', { 'spec.artifact.files': undefined }, 'spec.artifact'],
    [
      'a file outside of the artifact',
      'ModelVersion',
      { 'spec.artifact.files.0.path': '../model.onnx' },
      'spec.artifact.files.0.path',
    ],
    [
      'a file at an absolute path',
      'ModelVersion',
      { 'spec.artifact.files.0.path': '/etc/passwd' },
      'spec.artifact.files.0.path',
    ],
    [
      'a file twice',
      'ModelVersion',
      { 'spec.artifact.files.1': { path: 'model.onnx', size: 1, digest: DIGEST } },
      'spec.artifact.files.1.path',
    ],
    [
      'an input twice',
      'ModelVersion',
      {
        'spec.features': {
          inputs: [
            { name: 'a', type: 'double' },
            { name: 'a', type: 'int' },
          ],
          outputs: [],
        },
      },
      'spec.features.inputs.1.name',
    ],
    [
      'an output twice',
      'ModelVersion',
      {
        'spec.features': {
          inputs: [],
          outputs: [
            { name: 'a', type: 'double' },
            { name: 'a', type: 'int' },
          ],
        },
      },
      'spec.features.outputs.1.name',
    ],
    [
      'a slice twice',
      'Evidence',
      {
        'spec.slices': [
          { name: 'a', metrics: {} },
          { name: 'a', metrics: {} },
        ],
      },
      'spec.slices.1.name',
    ],
    [
      'a suite twice',
      'Evidence',
      {
        'spec.suites': [
          { name: 'a', passed: 1, failed: 0 },
          { name: 'a', passed: 1, failed: 0 },
        ],
      },
      'spec.suites.1.name',
    ],
    [
      'an attachment twice',
      'Evidence',
      {
        'spec.attachments': [
          { name: 'a', digest: DIGEST },
          { name: 'a', digest: DIGEST },
        ],
      },
      'spec.attachments.1.name',
    ],
    ['a stage under another name', 'Stage', { 'metadata.name': 'fraud.dev' }, 'metadata.name'],
    ['a stage with another version than its champion', 'Stage', { 'spec.version': 'v6' }, 'spec.version'],
    [
      'a stage with another digest than its champion',
      'Stage',
      { 'spec.digest': DIGEST.replace('a', 'c') },
      'spec.digest',
    ],
    ['a stage with another uri than its champion', 'Stage', { 'spec.uri': 'oci://evil' }, 'spec.uri'],
    ['weights over 100 together', 'Stage', { 'spec.slots.blue.weight': 1 }, 'spec.slots'],
    ['weights under 100 together', 'Stage', { 'spec.slots.green.weight': 99.9 }, 'spec.slots'],
    ['a step behind the last', 'Stage', { 'spec.rollout.step': 2 }, 'spec.rollout.step'],
    ['a stage with a reserved name', 'Registry', { 'spec.stages.2': 'versions' }, 'spec.stages.2'],
    ['a stage named like a version', 'Registry', { 'spec.stages.2': 'v7' }, 'spec.stages.2'],
    ['two stages of one folded name', 'Registry', { 'spec.stages': ['pre_prod', 'pre-prod'] }, 'spec.stages.1'],
    ['a store twice', 'Registry', { 'spec.stores.1': { name: 'local', url: 'file:///x' } }, 'spec.stores.1.name'],
    ['a branch that climbs', 'Registry', { 'spec.branch': 'a/../b' }, 'spec.branch'],
    ['a branch that git refuses', 'Registry', { 'spec.branch': 'main.lock' }, 'spec.branch'],
  ])('%s', (_, kind, changes, field) => {
    expect(refusalsOf(kind, changed(kind, changes))).toMatchObject([{ code: 'schema', path: `x.yaml:${field}` }]);
  });

  it.each<[string, Kind, Record<string, unknown>]>([
    ['weights that only decimals add up', 'Stage', { 'spec.slots.blue.weight': 0.1, 'spec.slots.green.weight': 99.9 }],
    ['February 29th of a leap year', 'TrustRoot', { 'spec.expires': '2028-02-29T00:00:00Z' }],
    ['milliseconds', 'Hold', { 'spec.at': '2026-01-04T10:00:00.123Z' }],
    ['a shadow of weight 0', 'Promotion', { 'spec.plan': { strategy: 'shadow', steps: [{ weight: 0, mirror: 10 }] } }],
    [
      'a delta with its baseline',
      'Policy',
      { 'spec.transitions.0.gates.0': { ...gate, minDelta: 0.02, baseline: { stage: 'prod' } } },
    ],
    [
      'a version with a manifest',
      'ModelVersion',
      { 'spec.artifact.files': undefined, 'spec.artifact.manifest': { files: 500, size: 60_000 } },
    ],
  ])('but not %s', (_, kind, changes) => {
    expect(refusalsOf(kind, changed(kind, changes))).toEqual([]);
  });
});

describe('checkPlace', () => {
  const PLACES: Readonly<Record<Kind, string>> = {
    Registry: 'mreg.yaml',
    TrustRoot: 'trust/root.yaml',
    Policy: 'policies/default.yaml',
    Model: 'registry/fraud/model.yaml',
    ModelVersion: 'registry/fraud/versions/v7/version.yaml',
    Evidence: 'registry/fraud/versions/v7/evidence/offline-1.yaml',
    Hold: 'registry/fraud/versions/v7/holds/1.yaml',
    Freeze: 'policies/freezes/1.yaml',
    Promotion: 'registry/fraud/stages/prod/promotion.yaml',
    Stage: 'registry/fraud/stages/prod/stage.yaml',
    Decision: 'registry/fraud/stages/prod/decision.yaml',
    Review: 'registry/fraud/stages/prod/approvals/bob.review.yaml',
    // Stands nowhere in a registry.
    Notifications: 'mreg-notify.yaml',
  };
  const at = (kind: Kind, path: string, registry = REGISTRY): readonly Refusal[] =>
    checkPlace(sampleOf<Kind>(kind), placeOf(path), registry);

  const STANDING = KINDS.filter((kind) => kind !== 'Notifications');

  it.each(STANDING)('lets a %s stand where it says', (kind) => {
    expect(at(kind, PLACES[kind])).toEqual([]);
  });

  it('lets no notifications stand in a registry', () => {
    expect(at('Notifications', PLACES.Notifications)).toMatchObject([{ code: 'path-mismatch' }]);
  });

  it.each(STANDING)('refuses a %s of another registry', (kind) => {
    expect(at(kind, PLACES[kind], 'acme-ffffffffffff')).toMatchObject([
      { code: 'wrong-registry', expected: 'acme-ffffffffffff', found: REGISTRY },
    ]);
  });

  it.each<[Kind, string, string[]]>([
    ['Policy', 'policies/other.yaml', ['metadata.name']],
    ['Model', 'registry/risk/fraud/model.yaml', ['metadata.model']],
    ['ModelVersion', 'registry/fraud/versions/v8/version.yaml', ['metadata.version']],
    ['ModelVersion', 'registry/other/versions/v8/version.yaml', ['metadata.model', 'metadata.version']],
    ['Evidence', 'registry/fraud/versions/v7/evidence/offline-2.yaml', ['metadata.sequence']],
    ['Evidence', 'registry/fraud/versions/v7/evidence/online-1.yaml', ['metadata.kind']],
    ['Hold', 'registry/fraud/versions/v7/holds/2.yaml', ['metadata.sequence']],
    ['Freeze', 'policies/freezes/2.yaml', ['metadata.sequence']],
    ['Promotion', 'registry/fraud/stages/dev/promotion.yaml', ['metadata.stage']],
    ['Stage', 'registry/other/stages/prod/stage.yaml', ['spec.model']],
    ['Decision', 'registry/fraud/stages/dev/decision.yaml', ['metadata.stage']],
    ['Review', 'registry/fraud/stages/dev/approvals/bob.review.yaml', ['metadata.stage']],
  ])('refuses a %s at %s', (kind, path, fields) => {
    expect(at(kind, path).map((refusal) => [refusal.code, refusal.path])).toEqual(
      fields.map((field) => ['path-mismatch', `${path}:${field}`]),
    );
  });

  it.each<[Kind, string]>([
    ['Stage', PLACES.Promotion],
    ['Promotion', PLACES.Stage],
    ['Promotion', PLACES.Review],
    ['Review', PLACES.Promotion],
    ['Hold', PLACES.Evidence],
    ['Policy', 'README.md'],
    ['Policy', 'policies/a/b.yaml'],
    ['Stage', 'registry/fraud/stages/prod/kustomization.yaml'],
    ['Stage', 'registry/fraud/stages/prod/stage.yaml.sig'],
  ])('refuses a %s in the place of something else: %s', (kind, path) => {
    expect(at(kind, path)).toMatchObject([{ code: 'path-mismatch' }]);
  });
});
