import type { DecisionDocument } from '../documents/kinds/decision.ts';
import type { PromotionDocument } from '../documents/kinds/promotion.ts';
import type { Slot, StageDocument } from '../documents/kinds/stage.ts';
import { decisionPath, modelPath, promotionPath } from '../documents/paths.ts';
import { mergeCatalogue } from '../gates/catalogue.ts';
import { freezesOn, freezeText } from '../gates/freeze.ts';
import type { StandingFreeze } from '../gates/input.ts';
import { transitionsInto } from '../registry/facts.ts';
import { readNewestHold } from '../registry/models.ts';
import { mustRead } from '../registry/read-file.ts';
import { newcomerOf, stageStateAt, type StageAddress, type StageState } from '../registry/stage-chain.ts';
import { policiesFor } from '../registry/view.ts';
import type { RolloutState, RolloutTerms } from '../rollout/judge-rollout.ts';
import type { ObservationRequest, WantedMetric } from '../telemetry/port.ts';
import type { Landed } from './rollout-landed.ts';
import type { Session } from './session.ts';

/** A rollout with everything that its next decision rests on but what is measured. */
export interface Watched {
  readonly at: StageAddress;
  readonly current: StageState;
  readonly promotion: PromotionDocument;
  readonly version: string;
  readonly terms: RolloutTerms;
  readonly state: RolloutState;
  /** Why the version gets no more traffic, whatever is measured: it is held, or the stage is frozen. */
  readonly barredBy: string | undefined;
  /** The stage came back from earlier, or nothing was there before: no rule takes it further back. */
  readonly isSettled: boolean;
  /** The last decision about this promotion, if there was one. */
  readonly lastDecision: DecisionDocument | undefined;
}

/** What is read once, however many rollouts there are. */
export interface Surroundings {
  readonly landed: Landed;
  readonly freezes: readonly StandingFreeze[];
}

/** Reads one rollout from the state at hand; undefined where the stage was never promoted into. */
export async function readWatched(
  session: Session,
  at: StageAddress,
  { landed, freezes }: Surroundings,
): Promise<Watched | undefined> {
  const { view, outside } = session;
  const [current, promotion, decision, model] = await Promise.all([
    stageStateAt(view.snapshot, at),
    mustRead(view.snapshot, 'Promotion', promotionPath(at.model, at.stage)),
    mustRead(view.snapshot, 'Decision', decisionPath(at.model, at.stage)),
    mustRead(view.snapshot, 'Model', modelPath(at.model)),
  ]);
  if (current === undefined || promotion === undefined || model === undefined) return undefined;
  const { stage } = current;
  const version = newcomerOf(stage);
  // Whoever broke the glass for the promotion broke it for its rollout.
  const broken = promotion.body.spec.breakGlass !== undefined;
  const frozen = broken ? [] : freezesOn(freezes, { ...at, now: outside.now() });
  const catalogue = mergeCatalogue({ policies: policiesFor(view, at.model), modelDocument: model.body });
  const better = [...catalogue].map(([metric, { definition }]) => [metric, definition.better] as const);
  return {
    at,
    current,
    promotion: promotion.body,
    version,
    terms: {
      plan: promotion.body.spec.plan,
      triggers: transitionsInto(view, at.model, at.stage).flatMap(({ rollback }) => rollback?.triggers ?? []),
      better: new Map(better),
    },
    state: stateOf(stage, landed.since),
    barredBy: await barOf(session, { ...at, version }, frozen),
    isSettled: landed.isRestored || stage.spec.previous === 'none',
    lastDecision: decision?.body.spec.promotion === stage.spec.promotion ? decision.body : undefined,
  };
}

async function barOf(
  { view }: Session,
  { model, stage, version }: StageAddress & { readonly version: string },
  frozen: readonly StandingFreeze[],
): Promise<string | undefined> {
  const hold = await readNewestHold(view.snapshot, model, version);
  if (hold?.body.spec.action === 'hold') return `${version} is held by ${hold.body.spec.by}: ${hold.body.spec.reason}`;
  return frozen.length === 0 ? undefined : `${stage} is ${frozen.map(freezeText).join('; ')}`;
}

function stateOf(stage: StageDocument, since: Date): RolloutState {
  const { phase, step, steps } = stage.spec.rollout;
  const { weight, mirror } = newcomerSlot(stage);
  return { phase, step, steps, since, weight, mirror };
}

/** The slot that the last promotion's version is served from: the idle one while it is on trial. */
function newcomerSlot({ spec }: StageDocument): Slot {
  return spec.slots[newcomerSlotName(spec)];
}

function newcomerSlotName({ champion, rollout }: StageDocument['spec']): 'blue' | 'green' {
  if (rollout.phase === 'complete') return champion;
  return champion === 'blue' ? 'green' : 'blue';
}

/** Returns what is to be measured of a rollout until `until`. Once it is complete, nobody is served by the old champion. */
export function observationRequest({ at, current, terms, state }: Watched, until: Date): ObservationRequest {
  const { spec } = current.stage;
  const newcomer = newcomerSlotName(spec);
  const part = (slot: 'blue' | 'green') => ({
    version: spec.slots[slot].version,
    digest: spec.slots[slot].digest,
    slot,
  });
  return {
    ...at,
    parts: {
      champion: state.phase === 'complete' ? undefined : part(spec.champion),
      challenger: part(newcomer),
    },
    since: state.since,
    until,
    metrics: wantedMetrics(terms),
  };
}

/** Every metric that a guard, a trigger or a test asks for, each once, with the bounds that it is held to. */
export function wantedMetrics({ plan, triggers }: RolloutTerms): readonly WantedMetric[] {
  const guards = [...(plan.guards ?? []), ...triggers];
  const names = [...guards, ...(plan.success ?? [])].map(({ metric }) => metric);
  return [...new Set(names)].map((metric) => {
    const bounds = guards
      .filter((guard) => guard.metric === metric)
      .flatMap(({ above, below }) => [above, below].filter((bound) => bound !== undefined));
    return { metric, bounds: [...new Set(bounds)].sort((a, b) => a - b) };
  });
}
