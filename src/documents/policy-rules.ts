import { compareDecimals } from './decimal.ts';
import { parseDuration } from './duration.ts';
import { distinctStages, fault, inOrder, repeated, times, type Fault } from './faults.ts';
import { boundsOf, GUARD_BOUNDS } from './guard-bound.ts';
import type { Gate, MetricGate } from './kinds/gate.ts';
import type { Guard } from './kinds/guard.ts';
import type { PolicyDocument, Transition } from './kinds/policy.ts';
import type { ReleasePlan } from './kinds/promotion.ts';
import type { SuccessRule } from './kinds/release-plan.ts';
import { telemetryFaults } from './telemetry-rules.ts';

/** Returns what a policy says that cannot be. */
export function policyFaults({ spec }: PolicyDocument): readonly Fault[] {
  return [
    ...rangeFaults('spec.metrics', spec.metrics),
    ...telemetryFaults('spec.telemetry', spec.telemetry),
    ...repeated(
      'spec.transitions',
      undefined,
      spec.transitions.map(({ from, to }) => `${from} to ${to}`),
    ),
    ...spec.transitions.flatMap((transition, index) =>
      transitionFaults(`spec.transitions.${String(index)}`, transition),
    ),
  ];
}

function transitionFaults(field: string, { from, to, gates, plan, rollback }: Transition): readonly Fault[] {
  return [
    ...distinctStages(`${field}.to`, from, to),
    ...repeated(
      `${field}.gates`,
      'id',
      gates.map(({ id }) => id),
    ),
    ...gates.flatMap((gate, index) => gateFaults(`${field}.gates.${String(index)}`, gate)),
    ...(plan === undefined ? [] : planFaults(`${field}.plan`, plan)),
    ...guardFaults(`${field}.rollback.triggers`, rollback?.triggers),
  ];
}

function gateFaults(field: string, gate: Gate): readonly Fault[] {
  if (gate.type === 'metric') return metricGateFaults(field, gate);
  if (gate.type !== 'window') return [];
  return (gate.freezes ?? []).flatMap(({ from, to }, index) => {
    const at = `${field}.freezes.${String(index)}`;
    return [...times({ [`${at}.from`]: from, [`${at}.to`]: to }), ...inOrder(`${at}.to`, from, to)];
  });
}

const DELTAS = ['minDelta', 'maxDelta', 'minDeltaPercent', 'maxDeltaPercent'] as const;
const BOUNDS = ['min', 'max', 'above', 'below', 'equals'] as const;

function metricGateFaults(field: string, gate: MetricGate): readonly Fault[] {
  const delta = DELTAS.find((name) => gate[name] !== undefined);
  const hasBound = delta !== undefined || BOUNDS.some((name) => gate[name] !== undefined);
  const faults: Fault[] = [];
  // A gate without a bound would pass whatever is measured.
  if (!hasBound)
    faults.push(fault(field, { expected: `one of ${[...BOUNDS, ...DELTAS].join(', ')}`, found: 'no bound' }));
  if (delta !== undefined && gate.baseline === undefined) {
    const hint = 'add baseline: {stage: prod}, {version: v6} or {name: …}';
    faults.push(fault(`${field}.baseline`, { expected: `a baseline for ${delta}`, found: 'nothing', hint }));
  }
  return faults;
}

/** Returns what a release plan says that cannot be. */
export function planFaults(field: string, plan: ReleasePlan): readonly Fault[] {
  const weights = (plan.steps ?? []).map(({ weight }) => weight);
  const falls = weights.findIndex(
    (weight, index) => index > 0 && compareDecimals(weight, weights[index - 1] ?? 0) <= 0,
  );
  const step = fault(`${field}.steps.${String(falls)}.weight`, {
    expected: `more than the step before (${String(weights[falls - 1])})`,
    found: String(weights[falls]),
    hint: 'a canary only grows; list its steps by weight',
  });
  const none = fault(`${field}.steps`, {
    expected: `the steps of a ${plan.strategy}`,
    found: 'none',
    hint: 'add steps: [{weight: 10, hold: 30m}, …], or say strategy: immediate',
  });
  return [
    ...(plan.strategy !== 'immediate' && weights.length === 0 ? [none] : []),
    ...(plan.strategy === 'canary' && falls > 0 ? [step] : []),
    ...guardFaults(`${field}.guards`, plan.guards),
    ...watchFaults(`${field}.watchFor`, plan.watchFor),
    ...successFaults(`${field}.success`, plan.success),
  ];
}

/** A controller looks at what was promoted within this time, and not at every promotion that ever was. */
const LONGEST_WATCH = '90d';

function watchFaults(field: string, watchFor: string | undefined): readonly Fault[] {
  if (watchFor === undefined || parseDuration(watchFor) <= parseDuration(LONGEST_WATCH)) return [];
  return [fault(field, { expected: `at most ${LONGEST_WATCH}`, found: watchFor, hint: 'watch it less long' })];
}

/** A guard without a bound would never fire; of two, nobody could say which one it was about. */
function guardFaults(field: string, guards: readonly Guard[] = []): readonly Fault[] {
  return guards.flatMap((guard, index) => {
    const bounds = boundsOf(guard).map(({ kind }) => kind);
    if (bounds.length === 1) return [];
    const found = bounds.length === 0 ? 'no threshold' : bounds.join(' and ');
    const hint = bounds.length === 0 ? 'add one of them' : 'make a guard of each';
    return [fault(`${field}.${String(index)}`, { expected: `one of ${GUARD_BOUNDS.join(', ')}`, found, hint })];
  });
}

/** +1.5 % of a rate of 5 % needs 400 times the traffic that +1.5 percentage points do: the plan has to say which is meant. */
function successFaults(field: string, rules: readonly SuccessRule[] = []): readonly Fault[] {
  return rules.flatMap(({ minDelta, minDeltaPercent }, index) => {
    if ((minDelta === undefined) !== (minDeltaPercent === undefined)) return [];
    const found = minDelta === undefined ? 'no gain' : 'both';
    const hint = 'minDelta is in the unit of the metric, minDeltaPercent relative to the champion';
    return [fault(`${field}.${String(index)}`, { expected: 'a gain: minDelta or minDeltaPercent', found, hint })];
  });
}

/** Returns the metrics of a catalogue whose range is empty. */
export function rangeFaults(
  field: string,
  metrics: Readonly<Record<string, { readonly min?: number; readonly max?: number }>> = {},
): readonly Fault[] {
  return Object.entries(metrics).flatMap(([name, { min, max }]) =>
    min !== undefined && max !== undefined && min >= max
      ? [fault(`${field}.${name}`, { expected: 'min below max', found: `min ${String(min)}, max ${String(max)}` })]
      : [],
  );
}
