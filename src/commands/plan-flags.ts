import { MregError } from '../documents/error.ts';
import type { ReleasePlan } from '../documents/kinds/promotion.ts';
import type { Outside } from './outside.ts';
import { readDataFile } from './data-file.ts';

/** How traffic is to move, as the command line says it. */
export interface PlanFlags {
  readonly strategy?: ReleasePlan['strategy'] | undefined;
  /** `10:30m`, `50:2h`, `100`: weight in percent and how long to hold it. */
  readonly step?: readonly string[] | undefined;
  /** `latency_p95_ms>80:5m`: what aborts the rollout. */
  readonly guard?: readonly string[] | undefined;
  /** A YAML or JSON file with the whole plan. */
  readonly plan?: string | undefined;
}

/** Returns the plan that the flags describe, or undefined when they describe none. */
export async function readPlanFlags(outside: Outside, flags: PlanFlags): Promise<ReleasePlan | undefined> {
  if (flags.plan !== undefined) return readPlanFile(outside, flags.plan);
  if (flags.strategy === undefined && flags.step === undefined && flags.guard === undefined) return undefined;
  const steps = (flags.step ?? []).map(parseStep);
  const guards = (flags.guard ?? []).map(parseGuard);
  const strategy = flags.strategy ?? (steps.length > 0 ? 'canary' : 'immediate');
  return withSteps({
    strategy,
    ...(steps.length > 0 ? { steps } : {}),
    ...(guards.length > 0 ? { guards } : {}),
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

function parseGuard(text: string): { metric: string; above?: number; below?: number; for?: string } {
  const match = /^([a-z][a-z0-9_]*)([<>])(-?[0-9]+(?:\.[0-9]+)?)(?::([0-9]{1,6}[smhd]))?$/.exec(text);
  if (match === null) throw badPlan(`--guard "${text}" is no guard`);
  const [, metric = '', sign, value, duration] = match;
  const bound = sign === '>' ? { above: Number(value) } : { below: Number(value) };
  return { metric, ...bound, ...(duration === undefined ? {} : { for: duration }) };
}

function badPlan(message: string, code: 'usage' | 'bad-file' = 'usage'): MregError {
  return new MregError(code, message, {
    hint: 'for example: --strategy canary --step 10:30m --step 50:2h --step 100 --guard "latency_p95_ms>80:5m"',
  });
}
