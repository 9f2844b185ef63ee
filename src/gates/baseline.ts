import type { Decimal } from '../documents/decimal.ts';
import type { MetricGate } from '../documents/kinds/gate.ts';
import type { VersionFacts } from './input.ts';
import { referenceOf, type GateContext } from './judgement.ts';
import { Unjudgeable } from './unjudgeable.ts';
import { measuredValue } from './measured-value.ts';
import { decimalOf } from './quantity.ts';

/** A baseline with its value, or why there is none to compare with. */
export type Baseline =
  | { readonly found: true; readonly value: Decimal; readonly label: string }
  | { readonly found: false; readonly reason: string };

/**
 * Returns what the gate compares with. A stage without a champion and a version that does not exist are "no baseline";
 * a baseline that was never measured is Unjudgeable, so that leaving evidence out is never a way through.
 */
export function findBaseline(gate: MetricGate, context: GateContext): Baseline {
  const where = gate.baseline;
  if (where === undefined) {
    throw new Unjudgeable('the gate asks for a change but names no baseline', {
      hint: `Add baseline: {stage: ${context.input.to}} to the gate ${gate.id}`,
    });
  }
  if ('stage' in where) return stageBaseline(gate, where.stage, context);
  if ('version' in where) return versionBaseline(gate, where.version, context);
  return namedBaseline(gate, where.name, context);
}

function stageBaseline(gate: MetricGate, stage: string, context: GateContext): Baseline {
  const champion = context.input.stages.get(stage);
  if (champion === undefined) return { found: false, reason: `stage ${stage} has no champion to compare with` };
  return measured(gate, champion.facts, context);
}

function versionBaseline(gate: MetricGate, version: string, context: GateContext): Baseline {
  const { input } = context;
  const facts = version === input.candidate.name ? input.candidate : input.versions.get(version);
  if (facts === undefined) return { found: false, reason: `${input.model}@${version} does not exist` };
  return measured(gate, facts, context);
}

function measured(gate: MetricGate, facts: VersionFacts, context: GateContext): Baseline {
  const { value } = measuredValue(gate, facts, context);
  return { found: true, value, label: referenceOf(context.input, facts) };
}

function namedBaseline(gate: MetricGate, name: string, { input }: GateContext): Baseline {
  const values = new Set<number>();
  for (const { body } of input.policies) {
    const value = body.spec.baselines?.[name]?.[gate.metric];
    if (value !== undefined) values.add(value);
  }
  const [value, ...others] = values;
  if (value === undefined) {
    throw new Unjudgeable(`no policy gives ${gate.metric} in a baseline named ${name}`, {
      hint: `Add spec.baselines.${name}.${gate.metric} to the policy`,
    });
  }
  if (others.length > 0) throw new Unjudgeable(`policies give different values of ${gate.metric} in baseline ${name}`);
  return { found: true, value: decimalOf(value), label: `baseline ${name}` };
}
