import { digestOf } from '../../src/documents/digest.ts';
import { manifestDigest } from '../../src/documents/manifest.ts';
import type { DecisionDocument } from '../../src/documents/kinds/decision.ts';
import type { HoldDocument } from '../../src/documents/kinds/hold.ts';
import type { ModelVersionDocument } from '../../src/documents/kinds/model-version.ts';
import type { PolicyDocument } from '../../src/documents/kinds/policy.ts';
import type { BreakGlass, PromotionDocument, ReleasePlan } from '../../src/documents/kinds/promotion.ts';
import type { RegistryDocument } from '../../src/documents/kinds/registry.ts';
import type { StageDocument } from '../../src/documents/kinds/stage.ts';
import type { TrustRootDocument } from '../../src/documents/kinds/trust-root.ts';
import { NAMESPACE_OF } from '../../src/documents/kinds/index.ts';
import { decisionPath, promotionPath, stagePath } from '../../src/documents/paths.ts';
import { writeYaml } from '../../src/documents/write-yaml.ts';
import { evaluate } from '../../src/gates/engine.ts';
import type { CommitPlan } from '../../src/registry/commit-plan.ts';
import { addDocument, addSignedText, finish, newDraft, timeText } from '../../src/registry/draft.ts';
import { readPromotionFacts } from '../../src/registry/facts.ts';
import { readStandingFreezes } from '../../src/registry/freezes.ts';
import { readVersionFacts } from '../../src/registry/models.ts';
import { formatStage } from '../../src/registry/next-stage.ts';
import { planFreeze, type FreezeWish } from '../../src/registry/plan-freeze.ts';
import { planEvidence } from '../../src/registry/plan-evidence.ts';
import { planPolicy, planSettings, planTrust } from '../../src/registry/plan-governance.ts';
import { planHold } from '../../src/registry/plan-hold.ts';
import { planPromote } from '../../src/registry/plan-promote.ts';
import { planRegister } from '../../src/registry/plan-register.ts';
import { planRollback } from '../../src/registry/plan-rollback.ts';
import { stageAfterStep } from '../../src/registry/rollout-stage.ts';
import { stageStateAt } from '../../src/registry/stage-chain.ts';
import { altered, idOf, START, type World } from './world.ts';

/** The steps by which a version takes over the traffic of prod, unless a test says otherwise. */
export const CANARY: ReleasePlan = {
  strategy: 'canary',
  steps: [{ weight: 10, hold: '30m' }, { weight: 50, hold: '2h' }, { weight: 100 }],
};

/** What is asked of a plan; every field has a usual value. */
interface Wish {
  readonly model?: string;
  readonly version?: string;
  readonly stage?: string;
  readonly by?: string;
  readonly now?: Date;
}

/** Plans the next version of a model, with its accuracy as the first evidence. */
export async function registration(
  world: World,
  parent: string,
  wish: Wish & { readonly auc?: number } = {},
): Promise<CommitPlan> {
  const { model = 'fraud', by = 'reg', now = START, auc = 0.9 } = wish;
  const { plan } = await planRegister(await world.view(parent), {
    model,
    artifact: artifactOf(`${model} ${String(auc)}`),
    metrics: { auc },
    by: idOf(by),
    now,
    newModel: { owner: idOf('olga') },
  });
  return plan;
}

function artifactOf(content: string): ModelVersionDocument['spec']['artifact'] {
  const files = [{ path: 'model.onnx', size: content.length, digest: digestOf(content) }];
  const digest = manifestDigest(files);
  return { digest, size: content.length, uri: `file:///srv/models@${digest}`, files };
}

/** Plans one more measurement of a version. */
export async function measurement(
  world: World,
  parent: string,
  wish: Wish & { readonly kind?: string; readonly metrics?: Readonly<Record<string, number>> } = {},
): Promise<CommitPlan> {
  const { model = 'fraud', version = 'v1', by = 'eve', now = START, kind = 'offline', metrics = { auc: 0.91 } } = wish;
  const candidate = await versionAt(world, parent, { model, version });
  const addition = { model, candidate, kind, measured: { metrics }, by: idOf(by), now };
  return (await planEvidence(await world.view(parent), addition)).plan;
}

/** Plans a hold of a version, or the release of one. */
export async function barring(
  world: World,
  parent: string,
  wish: Wish & { readonly action?: HoldDocument['spec']['action'] } = {},
): Promise<CommitPlan> {
  const { model = 'fraud', version = 'v1', by = 'oli', now = START, action = 'hold' } = wish;
  const candidate = await versionAt(world, parent, { model, version });
  const change = { model, candidate, action, reason: 'because', by: idOf(by), now };
  return planHold(await world.view(parent), change);
}

async function versionAt(world: World, parent: string, at: { readonly model: string; readonly version: string }) {
  const facts = await readVersionFacts(await world.at(parent), at.model, at.version);
  if (facts === undefined) throw new Error(`${at.model}@${at.version} is not in ${parent}`);
  return facts;
}

/** Plans a promotion, whatever the gates say of it. */
export async function promotion(
  world: World,
  parent: string,
  wish: Wish & { readonly plan?: ReleasePlan; readonly from?: string; readonly breakGlass?: BreakGlass } = {},
): Promise<CommitPlan> {
  const { model = 'fraud', version = 'v1', stage: to = 'staging', by = 'pam', now = START } = wish;
  const { plan = to === 'prod' ? CANARY : { strategy: 'immediate' as const } } = wish;
  const from = wish.from ?? (to === 'prod' ? 'staging' : 'dev');
  const view = await world.view(parent);
  const artifact = { state: 'unchecked' as const };
  const { breakGlass } = wish;
  const question = { model, version, from, to, plan, breakGlass, requester: idOf(by), approvals: [], artifact, now };
  const facts = await readPromotionFacts(view, world.repository, question);
  if (facts === undefined) throw new Error(`${model}@${version} is not in ${parent}`);
  return planPromote(view, { question, facts, evaluation: await evaluate(facts.input) });
}

/** Returns a promotion with its request changed, and the pointer still naming the request: a consistent lie. */
export function alteredPromotion(
  plan: CommitPlan,
  change: (spec: PromotionDocument['spec']) => PromotionDocument['spec'],
  at: Wish = {},
): CommitPlan {
  const { model = 'fraud', stage = 'staging' } = at;
  const path = promotionPath(model, stage);
  const changed = altered(plan, { kind: 'Promotion', path }, (document) => ({
    ...document,
    spec: change(document.spec),
  }));
  const digest = digestOf(changed.edits.get(path) ?? '');
  return alteredStage(changed, (spec) => ({ ...spec, promotion: digest }), at);
}

/** Returns a plan with the pointer that it writes changed. */
export function alteredStage(
  plan: CommitPlan,
  change: (spec: StageDocument['spec']) => StageDocument['spec'],
  at: Wish = {},
): CommitPlan {
  const { model = 'fraud', stage = 'staging' } = at;
  return altered(plan, { kind: 'Stage', path: stagePath(model, stage) }, (document) => ({
    ...document,
    spec: change(document.spec),
  }));
}

/** Plans one step of the rollout in prod; a step that the plan does not allow leaves the pointer as it was. */
export async function rolloutStep(
  world: World,
  parent: string,
  wish: Wish & { readonly action?: DecisionDocument['spec']['action']; readonly plan?: ReleasePlan } = {},
): Promise<CommitPlan> {
  const { model = 'fraud', stage = 'prod', by = 'con', now = START, action = 'advance', plan = CANARY } = wish;
  const current = await stageStateAt(await world.at(parent), { model, stage });
  if (current === undefined) throw new Error(`${model} has nothing in ${stage}`);
  const moved = { previous: current.digest, base: parent, movedBy: idOf(by), movedAt: timeText(now) };
  const next = stageAfterStep({ current: current.stage, plan, action, ...moved });
  const spec = { ...current.stage.spec, ...moved };
  const draft = newDraft();
  addDocument(draft, decisionPath(model, stage), {
    apiVersion: 'mreg.dev/v1',
    kind: 'Decision',
    metadata: { registry: world.registry, model, stage },
    spec: {
      action,
      promotion: spec.promotion,
      previous: current.digest,
      reason: 'seen enough',
      by: idOf(by),
      at: timeText(now),
    },
  });
  const text = formatStage(typeof next === 'string' ? { ...current.stage, spec } : next);
  addSignedText(draft, { path: stagePath(model, stage), text, namespace: NAMESPACE_OF.Stage });
  return finish(draft, { subject: `Rollout: ${action}`, trailers: {} });
}

/** Plans the way back to the last stable state. */
export async function rollback(
  world: World,
  parent: string,
  wish: Wish & { readonly hold?: boolean } = {},
): Promise<CommitPlan> {
  const { model = 'fraud', stage = 'prod', by = 'oli', now = START, hold = false } = wish;
  const asked = { model, stage, reason: 'it fails', hold, by: idOf(by), now };
  const found = await planRollback(await world.view(parent), world.repository, asked);
  if (typeof found === 'string') throw new Error(`no rollback: ${found}`);
  return found.plan;
}

/** Plans a freeze, of all of prod without an end unless a test says otherwise. */
export async function freezing(
  world: World,
  parent: string,
  wish: Pick<Wish, 'by' | 'now'> & Partial<Omit<Extract<FreezeWish, { action: 'freeze' }>, 'action'>> = {},
): Promise<CommitPlan> {
  const { by = 'oli', now = START, stages = ['prod'], models = ['*'], until } = wish;
  const made = { reason: 'holidays', by: idOf(by), now };
  return (await planFreeze(await world.view(parent), { action: 'freeze', stages, models, until }, made)).plan;
}

/** Plans the end of a freeze that stands. */
export async function unfreezing(
  world: World,
  parent: string,
  wish: Pick<Wish, 'by' | 'now'> & { readonly number?: number } = {},
): Promise<CommitPlan> {
  const { by = 'oli', now = START, number: wanted = 1 } = wish;
  const lifts = (await readStandingFreezes(await world.at(parent))).find(({ number }) => number === wanted);
  if (lifts === undefined) throw new Error(`freeze ${String(wanted)} does not stand in ${parent}`);
  const made = { reason: 'back at work', by: idOf(by), now };
  return (await planFreeze(await world.view(parent), { action: 'unfreeze', lifts }, made)).plan;
}

/** Plans the next version of the policy. */
export async function policyChange(
  world: World,
  parent: string,
  change: (spec: PolicyDocument['spec']) => PolicyDocument['spec'],
): Promise<CommitPlan> {
  const view = await world.view(parent);
  const [policy] = view.policies;
  if (policy === undefined) throw new Error('there is a policy');
  const write = (metadata: PolicyDocument['metadata']): string =>
    writeYaml({ ...policy.body, metadata, spec: change(policy.body.spec) });
  return planPolicy(view, { name: policy.body.metadata.name, write });
}

/** Plans the next trust root. */
export async function trustChange(
  world: World,
  parent: string,
  change: (spec: TrustRootDocument['spec']) => TrustRootDocument['spec'],
): Promise<CommitPlan> {
  const view = await world.view(parent);
  return planTrust(view, { spec: change(view.root.body.spec), why: 'a test' });
}

/** Plans the next mreg.yaml. */
export async function settingsChange(
  world: World,
  parent: string,
  change: (spec: RegistryDocument['spec']) => Partial<RegistryDocument['spec']>,
): Promise<CommitPlan> {
  const view = await world.view(parent);
  const { spec } = view.settings.body;
  return planSettings(view, { spec: { ...spec, ...change(spec) } });
}
