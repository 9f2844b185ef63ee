import { readFileSync } from 'node:fs';
import { digestOf } from '../../src/documents/digest.ts';
import type { EvidenceDocument } from '../../src/documents/kinds/evidence.ts';
import type { Gate } from '../../src/documents/kinds/gate.ts';
import type { ModelDocument } from '../../src/documents/kinds/model.ts';
import type { ModelVersionDocument } from '../../src/documents/kinds/model-version.ts';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import type { TrustRootDocument } from '../../src/documents/kinds/trust-root.ts';
import { checkDocument } from '../../src/documents/read-document.ts';
import { readYaml } from '../../src/documents/strict-yaml.ts';
import { evaluate } from '../../src/gates/engine.ts';
import type { Approval, GateInput, Placed, StageFacts, VersionFacts } from '../../src/gates/input.ts';
import type { GateResult } from '../../src/gates/verdict.ts';

export const REGISTRY = 'acme-0123456789ab';
const MODEL = 'standard/fraud_detector';
const NOW = new Date('2026-01-14T12:00:00Z');
const DIGEST = digestOf('artifact');

type EvidenceSpec = Partial<EvidenceDocument['spec']>;
type VersionSpec = Partial<ModelVersionDocument['spec']>;
type PolicySpec = Partial<PolicyDocument['spec']>;

interface VersionWish {
  readonly evidence?: Readonly<Record<string, EvidenceSpec>>;
  readonly spec?: VersionSpec;
  readonly held?: VersionFacts['held'];
}

/** Makes the facts of a version with a complete lineage, features and the given evidence. */
export function version(name: string, { evidence = {}, spec = {}, held }: VersionWish = {}): VersionFacts {
  const folder = `registry/${MODEL}/versions/${name}`;
  const documents = Object.entries(evidence).map(
    ([kind, given]) =>
      [kind, placed(`${folder}/evidence/${kind}-1.yaml`, evidenceDocument(name, kind, given))] as const,
  );
  const document = placed(`${folder}/version.yaml`, versionDocument(name, spec));
  return { name, version: document, evidence: new Map(documents), held };
}

function placed<T>(path: string, body: T): Placed<T> {
  return { path, digest: digestOf(JSON.stringify(body)), body };
}

function evidenceDocument(name: string, kind: string, spec: EvidenceSpec): EvidenceDocument {
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'Evidence',
    metadata: { registry: REGISTRY, model: MODEL, version: name, kind, sequence: 1 },
    spec: { subject: DIGEST, producedBy: 'ci@acme.example', producedAt: '2026-01-13T12:00:00Z', ...spec },
  };
}

function versionDocument(name: string, spec: VersionSpec): ModelVersionDocument {
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'ModelVersion',
    metadata: { registry: REGISTRY, model: MODEL, version: name },
    spec: {
      artifact: { digest: DIGEST, size: 10, uri: 'file:store' },
      lineage: {
        code: { repository: 'https://git.example/models', commit: '1234abcd' },
        data: [{ name: 'train', uri: 's3://bucket/train', digest: digestOf('train') }],
        parameters: { learning_rate: 0.1 },
        environment: { lockfile: digestOf('lock') },
      },
      features: {
        inputs: [{ name: 'amount', type: 'double', required: true }],
        outputs: [{ name: 'score', type: 'double' }],
      },
      registeredBy: 'ci@acme.example',
      registeredAt: '2026-01-10T12:00:00Z',
      ...spec,
    },
  };
}

/** Makes a policy for every model, named `name`. */
export function policy(name: string, spec: PolicySpec): Placed<PolicyDocument> {
  return placed(`policies/${name}.yaml`, {
    apiVersion: 'mreg.dev/v1',
    kind: 'Policy',
    metadata: { registry: REGISTRY, name, version: 1, previous: 'none' },
    spec: { models: ['*'], transitions: [], ...spec },
  });
}

/** Makes a policy that guards staging -> prod by `gates`. */
export function guarding(gates: Gate[], more: PolicySpec = {}, name = 'default'): Placed<PolicyDocument> {
  return policy(name, { transitions: [{ from: 'staging', to: 'prod', gates }], ...more });
}

/** Reads a shipped policy pack, applied to every model. What a pack offers is its spec: the head is the registry's own. */
export function pack(name: string): Placed<PolicyDocument> {
  const path = `policies/${name}.yaml`;
  const yaml = readYaml(readFileSync(path), path);
  if (!yaml.ok) throw new Error(JSON.stringify(yaml.refusals));
  const spec = new Map(Object.entries(yaml.value ?? {})).get('spec') as object;
  const { apiVersion, kind, metadata } = policy(name, {}).body;
  const reading = checkDocument('Policy', {
    path,
    value: { apiVersion, kind, metadata, spec: { ...spec, models: ['*'] } },
  });
  if (!reading.ok) throw new Error(JSON.stringify(reading.refusals));
  return placed(path, reading.value);
}

/** Says that `facts` are the champion of `stage` since `since`. */
export function champion(stage: string, facts: VersionFacts, since = '2026-01-11T12:00:00Z'): [string, StageFacts] {
  return [stage, { stage, facts, since: new Date(since) }];
}

export function approval(person: string, ...roles: string[]): Approval {
  return { principal: person, person, roles };
}

/** Makes a complete input: v7 goes from staging to prod, where v6 serves; nothing stands in its way. */
export function gateInput(over: Partial<GateInput> = {}): GateInput {
  const candidate = over.candidate ?? version('v7');
  return {
    model: MODEL,
    from: 'staging',
    to: 'prod',
    modelDocument: modelDocument(),
    candidate,
    stages: new Map([champion('staging', candidate), champion('prod', version('v6'))]),
    versions: new Map(),
    policies: [guarding([])],
    trust: trust(),
    plan: { strategy: 'immediate' },
    rollbackTarget: { version: 'v6', held: false, artifact: { state: 'unchecked' } },
    artifact: { state: 'match' },
    requester: { principal: 'ana@acme.example', person: 'ana@acme.example' },
    registrar: { principal: 'ci@acme.example', person: 'rob@acme.example' },
    approvals: [],
    freezes: [],
    now: NOW,
    ...over,
  };
}

export function modelDocument(spec: ModelDocument['spec'] = {}): ModelDocument {
  return { apiVersion: 'mreg.dev/v1', kind: 'Model', metadata: { registry: REGISTRY, model: MODEL }, spec };
}

export function trust(floors: TrustRootDocument['spec']['floors'] = []): TrustRootDocument {
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'TrustRoot',
    metadata: { registry: REGISTRY },
    spec: {
      version: 1,
      previous: 'none',
      expires: '2030-01-01T00:00:00Z',
      principals: [{ id: 'ana@acme.example', keys: [] }],
      roles: [{ role: 'owner', principals: ['ana@acme.example'], models: ['*'] }],
      thresholds: { root: 1, policy: 1 },
      floors,
    },
  };
}

/** Judges one gate and returns its result. */
export async function judged(gate: Gate, over: Partial<GateInput> = {}, more: PolicySpec = {}): Promise<GateResult> {
  const evaluation = await evaluate(gateInput({ policies: [guarding([gate], more)], ...over }));
  return resultOf(evaluation.gates, gate.id);
}

export function resultOf(gates: readonly GateResult[], id: string): GateResult {
  const result = gates.find((each) => each.id === id);
  if (result === undefined) throw new Error(`no gate ${id} among ${gates.map((each) => each.id).join(', ')}`);
  return result;
}
