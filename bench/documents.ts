import { digestOf, type Digest } from '../src/documents/digest.ts';
import { NAMESPACE_OF } from '../src/documents/kinds/index.ts';
import type { ModelVersionDocument } from '../src/documents/kinds/model-version.ts';
import type { StageDocument } from '../src/documents/kinds/stage.ts';
import { kubernetesName } from '../src/documents/names.ts';
import { evidencePath, kustomizationPath, modelPath, stagePath, versionPath } from '../src/documents/paths.ts';
import type { CommitPlan } from '../src/registry/commit-plan.ts';
import { addDocument, addSignedText, finish, newDraft, timeText, type Draft } from '../src/registry/draft.ts';
import { formatKustomization } from '../src/registry/kustomization.ts';
import { formatStage, nextStage } from '../src/registry/next-stage.ts';

/** What all versions of a registry that is measured have in common. */
export interface Ground {
  readonly registry: string;
  readonly by: string;
  readonly now: Date;
  /** One artifact stands for all: the store is not what is measured. */
  readonly artifact: ModelVersionDocument['spec']['artifact'];
}

/** One registration of every model at once. */
export interface Round {
  /** The number of the version that every model gets, from 1. */
  readonly number: number;
  /** The commit that this round stands on. */
  readonly base: string;
}

/** Where the first stage of every model stands between two rounds. */
export interface Pointers {
  readonly models: readonly string[];
  /** The pointer of the first model, which stands for all; undefined before the first round. */
  current: StageDocument | undefined;
  /** Digest of each model's pointer. */
  readonly digests: Map<string, Digest>;
}

const FIRST_STAGE = 'dev';
/** A digest as good as any: nothing is stored under it. */
const SOMETHING = digestOf('something');

/**
 * Plans one commit that registers the next version of every model, each with evidence, and moves the pointers. The
 * documents are made for one model; those of the others differ in its name and in the digest of the pointer before.
 */
export function planRound(ground: Ground, pointers: Pointers, round: Round): CommitPlan {
  const { models, digests } = pointers;
  const [template = ''] = models;
  const made = planTemplate(ground, pointers, { ...round, model: template });
  const all = newDraft();
  for (const model of models) {
    const rename = renamer({ from: template, to: model, digests });
    for (const [path, text] of made.edits) all.edits.set(rename(path), typeof text === 'string' ? rename(text) : text);
    all.signatures.push(...made.signatures.map((wish) => ({ ...wish, path: rename(wish.path) })));
  }
  for (const model of models) digests.set(model, digestOf(String(all.edits.get(stagePath(model, FIRST_STAGE)))));
  return finish(all, { subject: `Register version ${String(round.number)} of every model`, trailers: {} });
}

function renamer(given: {
  readonly from: string;
  readonly to: string;
  readonly digests: ReadonlyMap<string, Digest>;
}): (text: string) => string {
  const { from, to, digests } = given;
  const pairs = [
    [from, to],
    [kubernetesName(from, FIRST_STAGE), kubernetesName(to, FIRST_STAGE)],
    [digests.get(from) ?? 'none', digests.get(to) ?? 'none'],
  ] as const;
  return (text) => pairs.reduce((renamed, [old, new_]) => renamed.replaceAll(old, new_), text);
}

function planTemplate(ground: Ground, pointers: Pointers, round: Round & { readonly model: string }): Draft {
  const draft = newDraft();
  const { model, number, base } = round;
  if (pointers.current === undefined) addModel(draft, ground, model);
  const version = addVersion(draft, ground, { model, version: `v${String(number)}` });
  addEvidence(draft, ground, version);
  pointers.current = addPointer(draft, ground, { version, current: pointers.current, base });
  return draft;
}

function addModel(draft: Draft, { registry, by }: Ground, model: string): void {
  addDocument(draft, modelPath(model), {
    apiVersion: 'mreg.dev/v1',
    kind: 'Model',
    metadata: { registry, model },
    spec: { owner: by, task: 'binary-classification', description: 'A model of the benchmark' },
  });
}

function addVersion(
  draft: Draft,
  { registry, by, now, artifact }: Ground,
  at: { readonly model: string; readonly version: string },
): ModelVersionDocument {
  const document: ModelVersionDocument = {
    apiVersion: 'mreg.dev/v1',
    kind: 'ModelVersion',
    metadata: { registry, ...at },
    spec: {
      artifact,
      lineage: {
        code: { repository: 'https://git.example/models.git', commit: SOMETHING.slice(-40) },
        data: [{ name: 'train', uri: 's3://bucket/train-2026-01-01', digest: SOMETHING }],
        parameters: { learning_rate: 0.1, depth: 8, objective: 'logistic' },
        environment: { lockfile: SOMETHING },
      },
      features: {
        inputs: ['amount', 'country', 'age_days'].map((name) => ({ name, type: 'double', required: true })),
        outputs: [{ name: 'score', type: 'double' }],
      },
      registeredBy: by,
      registeredAt: timeText(now),
    },
  };
  addDocument(draft, versionPath(at.model, at.version), document);
  return document;
}

function addEvidence(draft: Draft, { registry, by, now, artifact }: Ground, { metadata }: ModelVersionDocument): void {
  const { model, version } = metadata;
  addDocument(draft, evidencePath(model, version, { kind: 'offline', sequence: 1 }), {
    apiVersion: 'mreg.dev/v1',
    kind: 'Evidence',
    metadata: { registry, model, version, kind: 'offline', sequence: 1 },
    spec: {
      subject: artifact.digest,
      metrics: { auc: 0.935, f1: 0.81, latency_p95_ms: 62 },
      dataset: { name: 'holdout', digest: SOMETHING },
      producedBy: by,
      producedAt: timeText(now),
    },
  });
}

function addPointer(
  draft: Draft,
  { registry, by, now }: Ground,
  move: {
    readonly version: ModelVersionDocument;
    readonly current: StageDocument | undefined;
    readonly base: string;
  },
): StageDocument {
  const { version, current, base } = move;
  const { model } = version.metadata;
  const next = nextStage({
    ...{ registry, model, stage: FIRST_STAGE, version, current, base },
    plan: { strategy: 'immediate' },
    promotion: 'none',
    previous: current === undefined ? 'none' : digestOf(formatStage(current)),
    movedBy: by,
    movedAt: timeText(now),
  });
  addSignedText(draft, { path: stagePath(model, FIRST_STAGE), text: formatStage(next), namespace: NAMESPACE_OF.Stage });
  draft.edits.set(kustomizationPath(model, FIRST_STAGE), formatKustomization(model, FIRST_STAGE));
  return next;
}
