import type { EvidenceDocument } from '../documents/kinds/evidence.ts';
import type { FeatureSchema, Lineage, ModelVersionDocument, Origin } from '../documents/kinds/model-version.ts';
import { assert } from '../documents/error.ts';
import { evidencePath, modelPath, stageDirectory, stagePath, versionPath } from '../documents/paths.ts';
import { NAMESPACE_OF } from '../documents/kinds/index.ts';
import { writeYaml } from '../documents/write-yaml.ts';
import type { CommitPlan } from './commit-plan.ts';
import { addDocument, addSignedText, finish, newDraft, timeText, type Draft } from './draft.ts';
import { formatKustomization } from './kustomization.ts';
import { modelExists, versionNumbers } from './models.ts';
import { formatStage, nextStage } from './next-stage.ts';
import { mustRead } from './read-file.ts';
import { newcomerOf, previousOf, stageStateAt } from './stage-chain.ts';
import type { RegistryView } from './view.ts';

/** What a registration states; the artifact was stored and hashed before. */
export interface Registration {
  readonly model: string;
  readonly artifact: ModelVersionDocument['spec']['artifact'];
  readonly lineage?: Lineage | undefined;
  readonly features?: FeatureSchema | undefined;
  readonly note?: string | undefined;
  /** Metrics of kind `offline` that come along as the first evidence. */
  readonly metrics?: EvidenceDocument['spec']['metrics'] | undefined;
  /** What measured them. */
  readonly tool?: EvidenceDocument['spec']['tool'] | undefined;
  /** Where an imported version was before. */
  readonly origin?: Origin | undefined;
  /** For a model that does not exist yet. */
  readonly newModel?: { readonly owner?: string; readonly task?: string; readonly description?: string } | undefined;
  readonly by: string;
  readonly now: Date;
}

/** Plans the next version of a model: the version, its first evidence, the first stage's pointer, and the model when it is new. */
export async function planRegister(
  view: RegistryView,
  registration: Registration,
): Promise<{ readonly plan: CommitPlan; readonly version: string }> {
  const { model } = registration;
  const version = `v${String(((await versionNumbers(view.snapshot, model)).at(-1) ?? 0) + 1)}`;
  const draft = newDraft();
  if (!(await modelExists(view.snapshot, model))) addModel(draft, view, registration);
  const document = versionDocument(view, registration, version);
  addDocument(draft, versionPath(model, version), document);
  if (registration.metrics !== undefined) addMetrics(draft, view, { registration, version });
  await addFirstStage(draft, view, { registration, document });
  const subject = `Register ${model}@${version}`;
  const trailers = {
    ...{ 'Mreg-Action': 'register', 'Mreg-Model': model, 'Mreg-Version': version },
    ...(registration.origin === undefined ? {} : { 'Imported-From': registration.origin.system }),
  };
  return { plan: finish(draft, { subject, body: registration.note, trailers }), version };
}

/**
 * Returns the newest version of the model where it is the very one that this registration would make, by the same person,
 * and the first stage serves it: the command was run before, and its answer lost.
 */
export async function registeredAlready(
  { snapshot, ...view }: RegistryView,
  registration: Registration,
): Promise<string | undefined> {
  const { model, metrics } = registration;
  const version = `v${String((await versionNumbers(snapshot, model)).at(-1) ?? 0)}`;
  const found = await mustRead(snapshot, 'ModelVersion', versionPath(model, version));
  if (found === undefined) return undefined;
  const wanted = versionDocument({ snapshot, ...view }, registration, version);
  const { registeredAt } = found.body.spec;
  if (writeYaml({ ...wanted, spec: { ...wanted.spec, registeredAt } }) !== writeYaml(found.body)) return undefined;
  const path = evidencePath(model, version, { kind: 'offline', sequence: 1 });
  const measured = metrics === undefined ? undefined : await mustRead(snapshot, 'Evidence', path);
  if (metrics !== undefined && JSON.stringify(measured?.body.spec.metrics) !== JSON.stringify(metrics))
    return undefined;
  const [first = ''] = view.settings.body.spec.stages;
  const state = await stageStateAt(snapshot, { model, stage: first });
  return state !== undefined && newcomerOf(state.stage) === version ? version : undefined;
}

function addModel(draft: Draft, view: RegistryView, { model, newModel, by }: Registration): void {
  addDocument(draft, modelPath(model), {
    apiVersion: 'mreg.dev/v1',
    kind: 'Model',
    metadata: { registry: view.id, model },
    spec: { owner: by, ...newModel },
  });
}

function versionDocument(view: RegistryView, registration: Registration, version: string): ModelVersionDocument {
  const { artifact, lineage, features, origin, note } = registration;
  return {
    apiVersion: 'mreg.dev/v1',
    kind: 'ModelVersion',
    metadata: { registry: view.id, model: registration.model, version },
    spec: {
      artifact,
      ...(lineage === undefined ? {} : { lineage }),
      ...(features === undefined ? {} : { features }),
      ...(origin === undefined ? {} : { origin }),
      ...(note === undefined ? {} : { note }),
      registeredBy: registration.by,
      registeredAt: timeText(registration.now),
    },
  };
}

function addMetrics(
  draft: Draft,
  view: RegistryView,
  { registration, version }: { registration: Registration; version: string },
): void {
  const { model, metrics, tool, artifact, by, now } = registration;
  assert(metrics !== undefined, 'metrics come along');
  addDocument(draft, evidencePath(model, version, { kind: 'offline', sequence: 1 }), {
    apiVersion: 'mreg.dev/v1',
    kind: 'Evidence',
    metadata: { registry: view.id, model, version, kind: 'offline', sequence: 1 },
    spec: {
      subject: artifact.digest,
      metrics,
      ...(tool === undefined ? {} : { tool }),
      producedBy: by,
      producedAt: timeText(now),
    },
  });
}

async function addFirstStage(
  draft: Draft,
  view: RegistryView,
  { registration, document }: { registration: Registration; document: ModelVersionDocument },
): Promise<void> {
  const [stage] = view.settings.body.spec.stages;
  assert(stage !== undefined, 'a registry has a first stage');
  const { model, by, now } = registration;
  const base = view.snapshot.commit;
  assert(base !== undefined, 'a registration stands on a commit');
  const current = await stageStateAt(view.snapshot, { model, stage });
  const next = nextStage({
    registry: view.id,
    model,
    stage,
    version: document,
    plan: { strategy: 'immediate' },
    promotion: 'none',
    current: current?.stage,
    previous: previousOf(current),
    base,
    movedBy: by,
    movedAt: timeText(now),
  });
  addSignedText(draft, { path: stagePath(model, stage), text: formatStage(next), namespace: NAMESPACE_OF.Stage });
  draft.edits.set(`${stageDirectory(model, stage)}/kustomization.yaml`, formatKustomization(model, stage));
}
