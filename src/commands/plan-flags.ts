import { MregError } from '../documents/error.ts';
import type { Guard } from '../documents/kinds/guard.ts';
import type { ReleasePlan } from '../documents/kinds/promotion.ts';
import type { SuccessRule } from '../documents/kinds/release-plan.ts';
import type { Outside } from './outside.ts';
import { readDataFile } from './data-file.ts';

/** How traffic is to move, as the command line says it. */
export interface PlanFlags {
  readonly strategy?: ReleasePlan['strategy'] | undefined;
  /** `10:30m`, `50:2h`, `100`: weight in percent and how long to hold it. */
  readonly step?: readonly string[] | undefined;
  /** `latency_p95_ms>80:5m`, `ctr~1%:30m` (worse than the champion by more): what aborts the rollout. */
  readonly guard?: readonly string[] | undefined;
  /** `ctr+0.015`, `ctr+3%:4`: the gain that a challenger has to show, and at how many looks. */
  readonly success?: readonly string[] | undefined;
  /** A YAML or JSON file with the whole plan. */
  readonly plan?: string | undefined;
}

/** Returns the plan that the flags describe, or undefined when they describe none. */
export async function readPlanFlags(outside: Outside, flags: PlanFlags): Promise<ReleasePlan | undefined> {
  if (flags.plan !== undefined) return readPlanFile(outside, flags.plan);
  const { step, guard, success } = flags;
  if ([flags.strategy, step, guard, success].every((flag) => flag === undefined)) return undefined;
  const steps = (step ?? []).map(parseStep);
  const guards = (guard ?? []).map(parseGuard);
  const tests = (success ?? []).map(parseSuccess);
  const strategy = flags.strategy ?? (steps.length > 0 ? 'canary' : 'immediate');
  return withSteps({
    strategy,
    ...(steps.length > 0 ? { steps } : {}),
    ...(guards.length > 0 ? { guards } : {}),
    ...(tests.length > 0 ? { success: tests } : {}),
  });
}

function withSteps(plan: ReleasePlan): ReleasePlan {
  if (plan.strategy === 'immediate' || (plan.steps ?? []).length > 0) return plan;
  throw badPlan(`a ${plan.strategy} goes by steps, and none is given`);
}

async function readPlanFile(outside: Outside, file: string): Promise<ReleasePlan> {
  const value = await readDataFile(outside, file);
  if (typeof value === 'object' && value !== null && 'strategy' in value) return withSteps(value as ReleasePlan); // judged by the promotion's schema
  throw badPlan(`${file} holds no plan`, 'bad-file');
}

function parseStep(text: string): { weight: number; hold?: string } {
  const match = /^([0-9]{1,3}(?:\.[0-9]+)?)%?(?::([0-9]{1,6}[smhd]))?$/.exec(text);
  if (match === null) throw badPlan(`--step "${text}" is no step`);
  const [, weight = '', hold] = match;
  return { weight: Number(weight), ...(hold === undefined ? {} : { hold }) };
}

function parseGuard(text: string): Guard {
  const limit = /^([a-z][a-z0-9_]*)([<>])(-?[0-9]+(?:\.[0-9]+)?)(?::([0-9]{1,6}[smhd]))?$/.exec(text);
  if (limit !== null) {
    const [, metric = '', sign, value, duration] = limit;
    const bound = sign === '>' ? { above: Number(value) } : { below: Number(value) };
    return { metric, ...bound, ...(duration === undefined ? {} : { for: duration }) };
  }
  const comparison = /^([a-z][a-z0-9_]*)~([0-9]+(?:\.[0-9]+)?)(%?)(?::([0-9]{1,6}[smhd]))?$/.exec(text);
  if (comparison === null) throw badPlan(`--guard "${text}" is no guard`);
  const [, metric = '', value, percent, duration] = comparison;
  const bound = percent === '%' ? { worseByPercent: Number(value) } : { worseBy: Number(value) };
  return { metric, ...bound, ...(duration === undefined ? {} : { for: duration }) };
}

function parseSuccess(text: string): SuccessRule {
  const match = /^([a-z][a-z0-9_]*)([+-][0-9]+(?:\.[0-9]+)?)(%?)(?::([0-9]{1,2}))?$/.exec(text);
  if (match === null) throw badPlan(`--success "${text}" is no gain`);
  const [, metric = '', value, percent, looks] = match;
  const gain = percent === '%' ? { minDeltaPercent: Number(value) } : { minDelta: Number(value) };
  return { metric, ...gain, ...(looks === undefined ? {} : { looks: Number(looks) }) };
}

function badPlan(message: string, code: 'usage' | 'bad-file' = 'usage'): MregError {
  return new MregError(code, message, {
    hint: 'for example: --strategy canary --step 10:30m --step 50:2h --step 100 --guard "latency_p95_ms>80:5m"',
  });
}
