import type { EvidenceDocument } from '../../src/documents/kinds/evidence.ts';
import type { ModelVersionDocument } from '../../src/documents/kinds/model-version.ts';
import type { PromotionDocument } from '../../src/documents/kinds/promotion.ts';
import type { Refusal } from '../../src/documents/refusal.ts';
import type { Evaluation, GateResult } from '../../src/gates/verdict.ts';
import type { VersionSide } from '../../src/report/diff.ts';
import type { EvaluationContext } from '../../src/report/evaluation.ts';
import type { LogEntry, StageAt } from '../../src/report/log.ts';
import type { PushReport } from '../../src/report/refusals.ts';
import type { ModelState, RegistryStatus, StageState } from '../../src/report/model-state.ts';
import type { View } from '../../src/report/view.ts';

/** The worked examples that the golden files show: one model on its way to prod. */
export const now = new Date('2026-01-05T12:00:00Z');

export function viewOf(view: Partial<View> = {}): View {
  return { columns: 80, colour: false, unicode: true, now, ...view };
}

/** What a hostile document may say: a colour, a line break, a bidi override, markup of three kinds. */
export const HOSTILE = `\u001b[31mred\r\n\u202eevil | <b onclick="x">&\`$(id)\` @everyone`;

function digest(letter: string): `sha256:${string}` {
  return `sha256:${letter.repeat(64)}`;
}

export function gate(fields: Partial<GateResult> & { id: string }): GateResult {
  return {
    type: 'metric',
    verdict: 'pass',
    reason: `${fields.id} is as it should be`,
    enforcement: 'refuse',
    policy: 'policies/default.yaml',
    atTheDoor: false,
    ...fields,
  };
}

const OFFLINE = 'registry/fraud_detector/versions/v7/evidence/offline-1.yaml';

const auc = gate({
  id: 'auc-uplift',
  observed: 0.935,
  baseline: 0.91,
  required: 'minDelta 0.02',
  reason: 'auc is 0.935, which is 0.025 above 0.91 of v6 in prod',
  source: OFFLINE,
});
const schema = gate({
  id: 'schema',
  type: 'schema',
  verdict: 'skip',
  reason: 'prod holds no version to compare with',
});
const waiting = gate({
  id: 'two-approvals',
  type: 'approvals',
  verdict: 'fail',
  observed: '1 of 2',
  required: 'total 2, reviewer 1',
  reason: '1 of 2 approvals are given, a reviewer is missing',
  hint: 'mreg approve fraud_detector --to prod',
  policy: 'trust/root.yaml',
  atTheDoor: true,
  waitsFor: 'approvals',
});

export const blocked: Evaluation = {
  decision: 'block',
  evidence: [],
  gates: [
    auc,
    gate({
      id: 'latency',
      verdict: 'fail',
      observed: 92,
      baseline: 62,
      required: 'max 80',
      reason: 'latency_p95_ms is 92 ms, at most 80 ms was asked for',
      source: OFFLINE,
      hint: 'Measure again with a smaller batch, then: mreg evidence add fraud_detector@v7 metrics.yaml --kind offline',
    }),
    gate({
      id: 'drift-psi',
      verdict: 'error',
      required: 'max 0.2',
      reason: 'there is no evidence of kind drift about v7',
      hint: 'mreg drift --reference train.csv --current live.csv --attach fraud_detector@v7',
    }),
    gate({
      id: 'cost',
      verdict: 'fail',
      observed: 12.5,
      required: 'max 10',
      reason: 'cost_usd is 12.5, at most 10 was asked for',
      enforcement: 'warn',
      policy: 'policies/cost.yaml',
    }),
    schema,
    waiting,
  ],
};
export const pending: Evaluation = { decision: 'pending', evidence: [], gates: [auc, schema, waiting] };
export const ready: Evaluation = {
  decision: 'promote',
  evidence: [],
  gates: [auc, gate({ id: 'lineage', type: 'lineage' }), schema],
};
export const hostile: Evaluation = {
  decision: 'block',
  evidence: [],
  gates: [
    gate({
      id: HOSTILE,
      verdict: 'fail',
      observed: HOSTILE,
      required: HOSTILE,
      reason: HOSTILE,
      hint: HOSTILE,
      source: HOSTILE,
      policy: HOSTILE,
    }),
  ],
};

export const context: EvaluationContext = {
  model: 'fraud_detector',
  version: 'v7',
  from: 'staging',
  to: 'prod',
  rollbackTo: 'v6',
  plan: { strategy: 'canary', steps: [{ weight: 10, hold: '30m' }, { weight: 50, hold: '2h' }, { weight: 100 }] },
};

export const refusals: readonly Refusal[] = [
  {
    code: 'immutable',
    path: 'registry/fraud_detector/versions/v6/version.yaml',
    expected: 'a version is never changed after it was registered',
    found: 'other bytes than the parent commit holds',
    hint: 'mreg register fraud_detector <path>',
  },
  {
    code: 'bad-signature',
    path: 'registry/fraud_detector/versions/v6/version.yaml',
    expected: 'a signature over these exact bytes by a registrar',
    found: 'a signature over other bytes',
    hint: 'Sign the file again with your own key, which must be in trust/root.yaml.',
  },
  {
    code: 'gate',
    path: 'registry/fraud_detector/stages/prod/promotion.yaml',
    expected: 'every gate passes',
    found: 'latency: 92, max 80',
    hint: 'mreg check fraud_detector@v7 --to prod',
  },
];

export const push: PushReport = {
  ref: 'refs/heads/main',
  steps: [
    {
      commit: '1234567890abcdef1234567890abcdef12345678',
      subject: 'Add evidence offline-1 of fraud_detector@v7',
      accepted: true,
      refusals: [],
      changes: ['adds evidence offline-1 of fraud_detector@v7'],
    },
    {
      commit: 'abcdef1234567890abcdef1234567890abcdef12',
      subject: 'Promote fraud_detector@v7 to prod, because everyone has been waiting for it for weeks',
      accepted: false,
      refusals,
      changes: ['moves fraud_detector@prod from v6 to v7'],
    },
  ],
};

const fraud: ModelState = {
  model: 'fraud_detector',
  latest: 'v7',
  stages: new Map<string, StageState>([
    ['dev', stage('v7', 'a', '2026-01-02T10:00:00Z')],
    ['staging', stage('v7', 'a', '2026-01-04T10:00:00Z')],
    [
      'prod',
      {
        ...stage('v6', 'b', '2026-01-05T11:30:00Z'),
        phase: 'progressing',
        weight: 90,
        candidate: { version: 'v7', digest: digest('a'), weight: 10 },
        step: 1,
        steps: 3,
        strategy: 'canary',
        movedBy: 'ana@acme.example',
      },
    ],
  ]),
  pending: [],
};

export const status: RegistryStatus = {
  registry: 'acme-3f2a91bc0d4e',
  head: '1234567890abcdef1234567890abcdef12345678',
  stages: ['dev', 'staging', 'prod'],
  models: [
    fraud,
    {
      model: 'risk/churn',
      latest: 'v2',
      stages: new Map([['dev', stage('v2', 'c', '2025-09-02T10:00:00Z')]]),
      pending: [
        {
          to: 'staging',
          version: 'v2',
          approvals: { have: 1, need: 2 },
          requestedBy: 'bob@acme.example',
          requestedAt: '2026-01-05T10:00:00Z',
        },
      ],
    },
  ],
};

/** Two freezes, one of them with words that are not what they seem. */
export const frozen: RegistryStatus = {
  ...status,
  models: [],
  freezes: [
    {
      ...{ number: 3, path: 'policies/freezes/3.yaml', stages: ['prod'], models: ['*'] },
      ...{ until: '2026-01-12T08:00:00Z', reason: 'nobody watches over the holidays', by: 'ana@acme.example' },
    },
    {
      ...{
        number: 12,
        path: 'policies/freezes/12.yaml',
        stages: ['staging', 'prod'],
        models: ['fraud_detector', 'risk/*'],
      },
      ...{ until: undefined, reason: HOSTILE, by: 'bob@acme.example' },
    },
  ],
};

export const oneModel: RegistryStatus = {
  ...status,
  models: [
    {
      ...fraud,
      owner: 'ana@acme.example',
      description: 'Scores card payments for fraud.',
      versions: [
        {
          version: 'v7',
          digest: digest('a'),
          registeredAt: '2026-01-02T10:00:00Z',
          registeredBy: 'ci@acme.example',
          evidence: ['offline', 'tests', 'scan'],
        },
        {
          version: 'v5',
          digest: digest('d'),
          registeredAt: '2025-11-02T10:00:00Z',
          registeredBy: 'ci@acme.example',
          evidence: ['offline'],
          held: { reason: 'latency regression in prod', by: 'ana@acme.example' },
        },
      ],
    },
  ],
};

/** A promotion for which the glass was broken, and the freeze before it. */
export const glassLog: readonly LogEntry[] = [
  {
    ...{ at: '2026-01-05T03:00:00Z', commit: 'abcdef1234567890abcdef1234567890abcdef12', action: 'promote' },
    ...{ model: 'fraud_detector', stage: 'prod', version: 'v8', previousVersion: 'v7', by: 'ana@acme.example' },
    ...{ approvedBy: ['ana@acme.example', 'bob@acme.example'], breakGlass: 'every score is wrong' },
    ...{ subject: 'Promote fraud_detector@v8 to prod', verified: 'good' },
  },
  {
    ...{ at: '2026-01-04T16:00:00Z', commit: '1234567890abcdef1234567890abcdef12345678', action: 'freeze' },
    ...{ by: 'ana@acme.example', subject: 'Freeze prod of all models', verified: 'good' },
  },
];

export const log: readonly LogEntry[] = [
  {
    at: '2026-01-05T11:30:00Z',
    commit: 'abcdef1234567890abcdef1234567890abcdef12',
    action: 'promote',
    model: 'fraud_detector',
    stage: 'prod',
    version: 'v7',
    previousVersion: 'v6',
    by: 'ana@acme.example',
    approvedBy: ['bob@acme.example', 'eve@acme.example'],
    subject: 'Promote fraud_detector@v7 to prod',
    verified: 'good',
  },
  {
    at: '2026-01-04T09:00:00Z',
    commit: '1234567890abcdef1234567890abcdef12345678',
    action: 'evidence',
    model: 'fraud_detector',
    version: 'v7',
    by: 'ci@acme.example',
    subject: 'Add evidence offline-1 of fraud_detector@v7',
    evidence: ['offline-1'],
    verified: 'unsigned',
  },
  {
    at: '2026-01-01T08:00:00Z',
    commit: '00112233445566778899aabbccddeeff00112233',
    action: 'rollback',
    model: 'fraud_detector',
    stage: 'prod',
    version: 'v6',
    previousVersion: 'v5',
    by: 'oncall@acme.example',
    subject: 'Revert "Promote fraud_detector@v5 to prod"',
    verified: 'good',
  },
  {
    at: '2025-12-01T08:00:00Z',
    commit: 'ffee2233445566778899aabbccddeeff00112233',
    action: 'other',
    subject: 'Explain in the README how to ask for access',
    verified: 'untrusted',
  },
];

export const at: StageAt = {
  model: 'fraud_detector',
  stage: 'prod',
  at: '2026-01-05T11:45:00Z',
  state: {
    version: 'v7',
    digest: digest('a'),
    since: '2026-01-05T11:30:00Z',
    commit: 'abcdef1234567890abcdef1234567890abcdef12',
    by: 'ana@acme.example',
    approvedBy: ['bob@acme.example', 'eve@acme.example'],
    evidence: [{ path: OFFLINE, digest: digest('e') }],
    note: 'Better on small merchants.\nSee the report in the ticket.',
    verified: 'good',
  },
};

export const promotion: PromotionDocument = {
  apiVersion: 'mreg.dev/v1',
  kind: 'Promotion',
  metadata: { registry: 'acme-3f2a91bc0d4e', model: 'fraud_detector', stage: 'prod' },
  spec: {
    version: 'v7',
    from: 'staging',
    to: 'prod',
    versionDigest: digest('f'),
    artifact: digest('a'),
    previous: digest('b'),
    base: 'abcdef1234567890abcdef1234567890abcdef12',
    rollbackTo: 'v6',
    policy: digest('1'),
    trust: 3,
    evidence: [{ path: OFFLINE, digest: digest('e') }],
    checks: [
      { gate: 'auc-uplift', verdict: 'pass', observed: 0.935, baseline: 0.91, required: 'minDelta 0.02' },
      { gate: 'lineage', verdict: 'pass' },
    ],
    plan: {
      strategy: 'canary',
      steps: [{ weight: 10, hold: '30m' }, { weight: 100 }],
      guards: [{ metric: 'latency_p95_ms', above: 80, for: '5m' }],
    },
    note: 'Better on small merchants.\nAsked for by @risk-team | <see the ticket>',
    requestedBy: 'ana@acme.example',
    requestedAt: '2026-01-05T11:00:00Z',
    expiresAt: '2026-01-19T11:00:00Z',
  },
};

export const left: VersionSide = {
  name: 'v6',
  version: version('v6', 'b', {
    artifact: {
      digest: digest('b'),
      size: 46_000_100,
      uri: 'file:store',
      files: [
        { path: 'model.onnx', size: 46_000_000, digest: digest('1') },
        { path: 'labels.txt', size: 100, digest: digest('2') },
      ],
    },
    lineage: {
      code: { repository: 'https://git.acme.example/fraud', commit: '1'.repeat(40) },
      data: [{ name: 'train', uri: 's3://bucket/train-2024-09', digest: digest('3') }],
      parameters: { learning_rate: 0.1, depth: 6 },
    },
    features: {
      inputs: [
        { name: 'amount', type: 'float' },
        { name: 'country', type: 'string' },
      ],
      outputs: [],
    },
  }),
  evidence: [evidence('v6', { auc: 0.91, latency_p95_ms: 62, f1: 0.7, rows: 10 })],
};

export const right: VersionSide = {
  name: 'v7',
  version: version('v7', 'a', {
    artifact: {
      digest: digest('a'),
      size: 48_230_110,
      uri: 'file:store',
      files: [
        { path: 'model.onnx', size: 48_230_110, digest: digest('4') },
        { path: 'vocabulary.txt', size: 2048, digest: digest('5') },
      ],
    },
    lineage: {
      code: { repository: 'https://git.acme.example/fraud', commit: '2'.repeat(40) },
      data: [{ name: 'train', uri: 's3://bucket/train-2024-10', digest: digest('6') }],
      parameters: { learning_rate: 0.05, depth: 6 },
      parents: ['v6'],
    },
    features: {
      inputs: [
        { name: 'amount', type: 'double' },
        { name: 'hour', type: 'int', required: false },
      ],
      outputs: [],
    },
  }),
  evidence: [evidence('v7', { auc: 0.935, latency_p95_ms: 92, f1: 0.7, rows: 12 })],
};

export const catalogue = {
  auc: { better: 'higher' },
  latency_p95_ms: { better: 'lower' },
  f1: { better: 'higher' },
} as const;

function stage(name: string, letter: string, since: string): StageState {
  return { version: name, digest: digest(letter), phase: 'complete', weight: 100, since };
}

function version(name: string, letter: string, spec: Partial<ModelVersionDocument['spec']>): ModelVersionDocument {
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'ModelVersion',
    metadata: { registry: 'acme-3f2a91bc0d4e', model: 'fraud_detector', version: name },
    spec: {
      artifact: { digest: digest(letter), size: 1, uri: 'file:store' },
      registeredBy: 'ci@acme.example',
      registeredAt: '2026-01-02T10:00:00Z',
      ...spec,
    },
  };
}

function evidence(name: string, metrics: Record<string, number>): EvidenceDocument {
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'Evidence',
    metadata: { registry: 'acme-3f2a91bc0d4e', model: 'fraud_detector', version: name, kind: 'offline', sequence: 1 },
    spec: { subject: digest('a'), metrics, producedBy: 'ci@acme.example', producedAt: '2026-01-02T11:00:00Z' },
  };
}
