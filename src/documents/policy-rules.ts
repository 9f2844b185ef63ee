import { compareDecimals } from './decimal.ts';
import { distinctStages, fault, inOrder, repeated, times, type Fault } from './faults.ts';
import type { Gate, MetricGate } from './kinds/gate.ts';
import type { PolicyDocument, Transition } from './kinds/policy.ts';
import type { ReleasePlan } from './kinds/promotion.ts';

/** Returns what a policy says that cannot be. */
export function policyFaults({ spec }: PolicyDocument): readonly Fault[] {
  return [
    ...rangeFaults('spec.metrics', spec.metrics),
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
    ...unbounded(`${field}.rollback.triggers`, rollback?.triggers),
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
    ...unbounded(`${field}.guards`, plan.guards),
  ];
}

/** A guard without a threshold would never fire. */
function unbounded(field: string, guards: readonly { above?: number; below?: number }[] = []): readonly Fault[] {
  return guards.flatMap(({ above, below }, index) =>
    above === undefined && below === undefined
      ? [
          fault(`${field}.${String(index)}`, {
            expected: 'above or below',
            found: 'no threshold',
            hint: 'add one of them',
          }),
        ]
      : [],
  );
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
