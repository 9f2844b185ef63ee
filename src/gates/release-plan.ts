import { boundsOf } from '../documents/guard-bound.ts';
import type { ReleasePlanGate } from '../documents/kinds/gate.ts';
import type { ReleasePlan } from '../documents/kinds/promotion.ts';
import { parseDuration } from '../documents/duration.ts';
import { type GateType } from './judgement.ts';

/** Passes when the plan's strategy, first step, holds and guards are as the policy asks; judged as written. */
export const releasePlanGate: GateType<ReleasePlanGate> = {
  atTheDoor: false,
  required: (gate) => requirementsOf(gate).join(', ') || undefined,
  judge: (gate, { input: { plan, to } }) => {
    const observed = planText(plan);
    const problems = [
      ...strategyProblems(gate, plan),
      ...firstStepProblems(gate, plan),
      ...holdProblems(gate, plan),
      ...guardProblems(gate, plan),
    ];
    if (problems.length === 0) return { verdict: 'pass', observed, reason: `the plan is ${observed}` };
    const hint = `Ask again with another plan; the policy's own plan for ${to} is used when the request names none`;
    return { verdict: 'fail', observed, reason: problems.join('; '), hint };
  },
};

function requirementsOf(gate: ReleasePlanGate): string[] {
  return [
    ...(gate.strategies === undefined ? [] : [gate.strategies.join('|')]),
    ...(gate.firstStepMax === undefined ? [] : [`first step at most ${String(gate.firstStepMax)}`]),
    ...(gate.minHold === undefined ? [] : [`holds at least ${gate.minHold}`]),
    ...(gate.guards === undefined ? [] : [`guards ${gate.guards.join('|')}`]),
  ];
}

/** Returns a plan as one line: `canary 10 30m, 50 2h, 100`. */
function planText({ strategy, steps = [] }: ReleasePlan): string {
  const texts = steps.map(({ weight, mirror, hold }) =>
    [String(weight), ...(mirror === undefined ? [] : [`mirror ${String(mirror)}`]), ...(hold ? [hold] : [])].join(' '),
  );
  return texts.length === 0 ? strategy : `${strategy} ${texts.join(', ')}`;
}

function strategyProblems({ strategies }: ReleasePlanGate, { strategy }: ReleasePlan): string[] {
  if (strategies === undefined || strategies.includes(strategy)) return [];
  return [`strategy ${strategy} is not among ${strategies.join(', ')}`];
}

function firstStepProblems({ firstStepMax }: ReleasePlanGate, plan: ReleasePlan): string[] {
  if (firstStepMax === undefined) return [];
  const weight = firstWeight(plan);
  if (weight === undefined) return [`a ${plan.strategy} plan needs steps`];
  return weight <= firstStepMax
    ? []
    : [`the first step sends ${String(weight)} % of traffic, at most ${String(firstStepMax)} % is allowed`];
}

/** Traffic share that the new version gets first: all of it when immediate, none while it is only mirrored to. */
function firstWeight({ strategy, steps }: ReleasePlan): number | undefined {
  if (strategy === 'immediate') return 100;
  return steps?.[0]?.weight ?? (strategy === 'shadow' ? 0 : undefined);
}

function holdProblems({ minHold }: ReleasePlanGate, { strategy, steps = [] }: ReleasePlan): string[] {
  if (minHold === undefined || strategy === 'immediate') return [];
  if (steps.length === 0) return [`a ${strategy} plan needs steps, each held at least ${minHold}`];
  // The last step ends the rollout and needs no hold; but below 100 % it is a step like the others.
  const held = steps.filter(({ weight }, index) => index < steps.length - 1 || weight < 100);
  const short = held.filter(({ hold }) => !(parseDuration(hold ?? '0s') >= parseDuration(minHold)));
  return short.map(({ weight, hold = 'no time' }) => `the step at ${String(weight)} % holds ${hold}, needs ${minHold}`);
}

function guardProblems({ guards = [] }: ReleasePlanGate, plan: ReleasePlan): string[] {
  // A guard without a bound watches and never acts.
  const active = (plan.guards ?? []).filter((guard) => boundsOf(guard).length > 0);
  const missing = guards.filter((metric) => !active.some((guard) => guard.metric === metric));
  return missing.map((metric) => `no guard on ${metric}`);
}
