import type { DocumentOf, Kind } from '../../src/documents/kinds/index.ts';

/** A registry id for documents that stand in no real registry. */
export const REGISTRY = 'acme-0123456789ab';
export const DIGEST = `sha256:${'ab'.repeat(32)}`;
const COMMIT = '12'.repeat(20);
const AT = '2026-01-04T10:00:00Z';
const URI = `oci://ghcr.io/acme/fraud@${DIGEST}`;

const slot = { version: 'v7', digest: DIGEST, uri: URI, mirror: 0 };

const SAMPLES: DocumentOf = {
  Registry: {
    apiVersion: 'mreg.dev/v1',
    kind: 'Registry',
    metadata: { registry: REGISTRY },
    spec: {
      name: 'acme',
      version: 1,
      previous: 'none',
      stages: ['dev', 'staging', 'prod'],
      branch: 'main',
      commits: 'signed',
      stores: [{ name: 'local', url: 'file:///srv/models' }],
    },
  },
  TrustRoot: {
    apiVersion: 'mreg.dev/v1',
    kind: 'TrustRoot',
    metadata: { registry: REGISTRY },
    spec: {
      version: 1,
      previous: 'none',
      expires: '2027-01-04T10:00:00Z',
      principals: [{ id: 'alice@acme.example', keys: [`ssh-ed25519 ${'A'.repeat(68)}`] }],
      roles: [{ role: 'root', principals: ['alice@acme.example'], models: ['*'] }],
      thresholds: { root: 1, policy: 1 },
    },
  },
  Policy: {
    apiVersion: 'mreg.dev/v1',
    kind: 'Policy',
    metadata: { registry: REGISTRY, name: 'default', version: 1, previous: 'none' },
    spec: {
      models: ['*'],
      metrics: { auc: { min: 0, max: 1, better: 'higher' } },
      transitions: [
        {
          from: 'staging',
          to: 'prod',
          gates: [
            { id: 'auc', type: 'metric', evidence: 'offline', metric: 'auc', min: 0.9 },
            { id: 'people', type: 'approvals', total: 2 },
          ],
        },
      ],
    },
  },
  Model: {
    apiVersion: 'mreg.dev/v1',
    kind: 'Model',
    metadata: { registry: REGISTRY, model: 'fraud' },
    spec: { owner: 'alice@acme.example', task: 'classification' },
  },
  ModelVersion: {
    apiVersion: 'mreg.dev/v1',
    kind: 'ModelVersion',
    metadata: { registry: REGISTRY, model: 'fraud', version: 'v7' },
    spec: {
      artifact: { digest: DIGEST, size: 3, uri: URI, files: [{ path: 'model.onnx', size: 3, digest: DIGEST }] },
      registeredBy: 'ci@acme.example',
      registeredAt: AT,
    },
  },
  Evidence: {
    apiVersion: 'mreg.dev/v1',
    kind: 'Evidence',
    metadata: { registry: REGISTRY, model: 'fraud', version: 'v7', kind: 'offline', sequence: 1 },
    spec: {
      subject: DIGEST,
      metrics: { auc: 0.935, error_rate: { value: 0.2, unit: 'percent' } },
      producedBy: 'ci@acme.example',
      producedAt: AT,
    },
  },
  Hold: {
    apiVersion: 'mreg.dev/v1',
    kind: 'Hold',
    metadata: { registry: REGISTRY, model: 'fraud', version: 'v7', sequence: 1 },
    spec: { action: 'hold', subject: DIGEST, reason: 'drift', by: 'alice@acme.example', at: AT },
  },
  Freeze: {
    apiVersion: 'mreg.dev/v1',
    kind: 'Freeze',
    metadata: { registry: REGISTRY, sequence: 1 },
    spec: {
      ...{ action: 'freeze', stages: ['prod'], models: ['*'], until: '2026-01-05T10:00:00Z', standing: [1] },
      ...{ reason: 'holidays', by: 'alice@acme.example', at: AT },
    },
  },
  Promotion: {
    apiVersion: 'mreg.dev/v1',
    kind: 'Promotion',
    metadata: { registry: REGISTRY, model: 'fraud', stage: 'prod' },
    spec: {
      version: 'v7',
      from: 'staging',
      to: 'prod',
      versionDigest: DIGEST,
      artifact: DIGEST,
      previous: 'none',
      base: COMMIT,
      rollbackTo: 'none',
      policy: DIGEST,
      trust: 1,
      evidence: [{ path: 'registry/fraud/versions/v7/evidence/offline-1.yaml', digest: DIGEST }],
      checks: [{ gate: 'auc', verdict: 'pass', observed: 0.935 }],
      plan: { strategy: 'canary', steps: [{ weight: 10, hold: '30m' }, { weight: 100 }] },
      requestedBy: 'alice@acme.example',
      requestedAt: AT,
      expiresAt: '2026-01-18T10:00:00Z',
    },
  },
  Stage: {
    apiVersion: 'mreg.dev/v1',
    kind: 'Stage',
    metadata: { name: 'fraud.prod', annotations: { 'config.kubernetes.io/local-config': 'true' } },
    spec: {
      registry: REGISTRY,
      model: 'fraud',
      stage: 'prod',
      version: 'v7',
      digest: DIGEST,
      uri: URI,
      champion: 'green',
      slots: { blue: { ...slot, version: 'v6', weight: 0 }, green: { ...slot, weight: 100 } },
      rollout: { strategy: 'immediate', phase: 'complete', step: 1, steps: 1, since: AT },
      promotion: DIGEST,
      previous: 'none',
      base: COMMIT,
      movedBy: 'alice@acme.example',
      movedAt: AT,
    },
  },
  Decision: {
    apiVersion: 'mreg.dev/v1',
    kind: 'Decision',
    metadata: { registry: REGISTRY, model: 'fraud', stage: 'prod' },
    spec: {
      action: 'advance',
      promotion: DIGEST,
      previous: DIGEST,
      reason: 'healthy',
      observations: [
        {
          metric: 'ctr',
          rule: 'guard',
          query: 'ctr',
          threshold: 'worse than the champion by 1 % for 30m',
          value: 0.051,
          champion: 0.05,
          n: 300,
          championN: 2700,
          plain: 'pass',
          statistical: 'pass',
          statistic: { name: 'e-process', value: 1.5, bound: 20 },
          verdict: 'pass',
        },
      ],
      by: 'bot',
      at: AT,
    },
  },
  Review: {
    apiVersion: 'mreg.dev/v1',
    kind: 'Review',
    metadata: { registry: REGISTRY, model: 'fraud', stage: 'prod' },
    spec: {
      promotion: DIGEST,
      forge: 'github',
      repository: 'acme/registry',
      number: 12,
      head: COMMIT,
      reviewer: 'bob',
      state: 'approved',
      by: 'forge-bot',
      at: AT,
    },
  },
  Notifications: {
    apiVersion: 'mreg.dev/v1',
    kind: 'Notifications',
    metadata: { name: 'oncall' },
    spec: { targets: [{ name: 'pager', type: 'command', command: ['page', '--now'], events: ['roll-back'] }] },
  },
};

/** Returns a fresh valid document of `kind`, for a test to change. */
export function sampleOf<K extends Kind>(kind: K): DocumentOf[K] {
  return structuredClone(SAMPLES[kind]);
}

/** Returns a fresh valid document with the value at each dotted path replaced; undefined removes it. */
export function changed(kind: Kind, changes: Readonly<Record<string, unknown>>): unknown {
  const document: unknown = sampleOf(kind);
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const parent = keys.reduce<unknown>((inside, key) => Reflect.get(asObject(inside), key) as unknown, document);
    if (value === undefined) Reflect.deleteProperty(asObject(parent), last);
    else Reflect.set(asObject(parent), last, value);
  }
  return document;
}

function asObject(value: unknown): object {
  if (typeof value !== 'object' || value === null) throw new Error('the path of a change leads nowhere');
  return value;
}
