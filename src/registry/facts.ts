import type { BreakGlass, ReleasePlan } from '../documents/kinds/promotion.ts';
import type { Transition } from '../documents/kinds/policy.ts';
import type { Approval, ArtifactFinding, GateInput, StageFacts, VersionFacts } from '../gates/input.ts';
import { assert } from '../documents/error.ts';
import { modelPath } from '../documents/paths.ts';
import { personOf } from '../trust/trust.ts';
import { readStandingFreezes } from './freezes.ts';
import { readNewestHold, readStage, readVersionFacts } from './models.ts';
import { mustRead, type Stored } from './read-file.ts';
import type { Source } from './snapshot.ts';
import { lastStable, stageStateAt, type StageState } from './stage-chain.ts';
import { policiesFor, type RegistryView } from './view.ts';

/** A promotion as it is asked: what the gates are to judge. */
export interface PromotionQuestion {
  readonly model: string;
  readonly version: string;
  readonly from: string;
  readonly to: string;
  readonly plan: ReleasePlan;
  /** Present where the requester breaks the glass. */
  readonly breakGlass?: BreakGlass | undefined;
  readonly requester: string;
  readonly approvals: readonly Approval[];
  /** What the store said about the bytes; `unchecked` in hooks, which never fetch. */
  readonly artifact: ArtifactFinding;
  readonly now: Date;
}

/** Everything the gates need, and what the promotion is built from. */
export interface PromotionFacts {
  readonly input: GateInput;
  readonly current: StageState | undefined;
  readonly rollbackTo: StageState | undefined;
  readonly candidate: VersionFacts;
}

/** Reads the complete input of the gates from one state; undefined when the model or version is not in it. */
export async function readPromotionFacts(
  view: RegistryView,
  source: Source,
  question: PromotionQuestion,
): Promise<PromotionFacts | undefined> {
  const { model, to } = question;
  const [modelDocument, candidate, current] = await Promise.all([
    mustRead(view.snapshot, 'Model', modelPath(model)),
    readVersionFacts(view.snapshot, model, question.version),
    stageStateAt(view.snapshot, { model, stage: to }),
  ]);
  if (modelDocument === undefined || candidate === undefined) return undefined;
  const rollbackTo = await rollbackTargetOf(view, source, { model, stage: to, current });
  const registrar = candidate.version.body.spec.registeredBy;
  const input: GateInput = {
    ...question,
    modelDocument: modelDocument.body,
    candidate,
    stages: await readStages(view, model),
    versions: await readBaselines(view, model),
    policies: policiesFor(view, model),
    freezes: await readStandingFreezes(view.snapshot),
    trust: view.root.body,
    rollbackTarget:
      rollbackTo === undefined
        ? undefined
        : { version: rollbackTo.stage.spec.version, held: false, artifact: { state: 'unchecked' } },
    requester: { principal: question.requester, person: personOf(view.trust, question.requester) },
    registrar: { principal: registrar, person: personOf(view.trust, registrar) },
  };
  return { input, current, rollbackTo, candidate };
}

async function rollbackTargetOf(
  view: RegistryView,
  source: Source,
  at: { readonly model: string; readonly stage: string; readonly current: StageState | undefined },
): Promise<StageState | undefined> {
  if (at.current === undefined) return undefined;
  const isUsable = async (version: string): Promise<boolean> => !(await isHeld(view, at.model, version));
  return lastStable(source, { at, from: at.current, includeFrom: true, isUsable });
}

/** Tells whether a version carries an active hold in a state. */
export async function isHeld(view: Pick<RegistryView, 'snapshot'>, model: string, version: string): Promise<boolean> {
  const hold = await readNewestHold(view.snapshot, model, version);
  return hold?.body.spec.action === 'hold';
}

async function readStages(view: RegistryView, model: string): Promise<ReadonlyMap<string, StageFacts>> {
  const found = new Map<string, StageFacts>();
  for (const stage of view.settings.body.spec.stages) {
    const pointer = await readStage(view.snapshot, model, stage);
    if (pointer === undefined) continue;
    const { version, rollout } = pointer.body.spec;
    const facts = await readVersionFacts(view.snapshot, model, version);
    assert(facts !== undefined, `the version in ${stage} exists: ${model}@${version}`);
    found.set(stage, { stage, facts, since: new Date(rollout.since) });
  }
  return found;
}

/** Reads the versions that the policies' gates name as baselines; a gate finds the absent ones missing. */
async function readBaselines(view: RegistryView, model: string): Promise<ReadonlyMap<string, VersionFacts>> {
  const found = new Map<string, VersionFacts>();
  for (const name of baselineVersions(policiesFor(view, model).flatMap(({ body }) => body.spec.transitions))) {
    const facts = await readVersionFacts(view.snapshot, model, name);
    if (facts !== undefined) found.set(name, facts);
  }
  return found;
}

function baselineVersions(transitions: readonly Transition[]): ReadonlySet<string> {
  const gates = transitions.flatMap(({ gates }) => gates);
  const named = gates.flatMap((gate) =>
    gate.type === 'metric' && gate.baseline !== undefined && 'version' in gate.baseline ? [gate.baseline.version] : [],
  );
  return new Set(named);
}

/** Returns the transition rules that apply to a move, across all policies of the model. */
export function transitionsInto(view: RegistryView, model: string, to: string): readonly Transition[] {
  const all: readonly Stored<{ spec: { transitions: Transition[] } }>[] = policiesFor(view, model);
  return all.flatMap(({ body }) => body.spec.transitions).filter((transition) => transition.to === to);
}
