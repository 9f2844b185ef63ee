import type { SchemaGate } from '../documents/kinds/gate.ts';
import type { FeatureSchema } from '../documents/kinds/model-version.ts';
import { diffFeatures, repeatedFeatures, type FeatureDifference } from './feature-difference.ts';
import type { VersionFacts } from './input.ts';
import { referenceOf, type GateContext, type GateType, type Judgement } from './judgement.ts';
import { Unjudgeable } from './unjudgeable.ts';

/** Passes when the version's features are compatible with those of the champion of a stage. */
export const schemaGate: GateType<SchemaGate> = {
  atTheDoor: false,
  required: ({ against, mode = 'backward' }) => `${mode} compatible with ${against}`,
  judge: judgeSchema,
};

function judgeSchema(gate: SchemaGate, context: GateContext): Judgement {
  const { input } = context;
  const after = featuresOf(input.candidate, context);
  const champion = input.stages.get(gate.against);
  if (champion === undefined) return withoutBaseline(gate);
  const differences = diffFeatures(featuresOf(champion.facts, context), after);
  const breaking = differences.filter((difference) => breaks(difference, gate.mode ?? 'backward'));
  const facts = {
    observed: `inputs ${countsText(differences, 'input')}, outputs ${countsText(differences, 'output')}`,
    baseline: champion.facts.name,
    source: input.candidate.version.path,
  };
  if (breaking.length === 0) return { ...facts, verdict: 'pass', reason: passedText(gate, differences) };
  const reason = `not ${gate.mode ?? 'backward'} compatible with ${referenceOf(input, champion.facts)}: ${tell(breaking)}`;
  const hint = `Compare them: mreg schema diff ${referenceOf(input, champion.facts)} ${referenceOf(input, input.candidate)}`;
  return { ...facts, verdict: 'fail', reason, hint };
}

function featuresOf(facts: VersionFacts, { input }: GateContext): FeatureSchema {
  const { features } = facts.version.body.spec;
  const reference = referenceOf(input, facts);
  const source = facts.version.path;
  if (features === undefined) {
    const hint = 'Register a version with its features: mreg register … --features <file>';
    throw new Unjudgeable(`${reference} records no feature schema`, { hint, source });
  }
  const twice = repeatedFeatures(features);
  if (twice.length === 0) return features;
  throw new Unjudgeable(`${reference} names a feature twice: ${twice.join(', ')}`, { source });
}

function withoutBaseline({ against, whenNoBaseline }: SchemaGate): Judgement {
  const reason = `stage ${against} has no champion to be compatible with`;
  if (whenNoBaseline !== 'fail') return { verdict: 'skip', reason };
  return { verdict: 'fail', reason, hint: `Promote a version to ${against} first, or set whenNoBaseline: pass` };
}

function breaks(difference: FeatureDifference, mode: NonNullable<SchemaGate['mode']>): boolean {
  if (mode === 'backward') return !difference.backward;
  return mode === 'forward' ? !difference.forward : !difference.backward || !difference.forward;
}

function passedText({ against, mode = 'backward' }: SchemaGate, differences: readonly FeatureDifference[]): string {
  if (differences.length === 0) return `the same features as in ${against}`;
  return `${mode} compatible with ${against}: ${tell(differences)}`;
}

function tell(differences: readonly FeatureDifference[]): string {
  return differences.map((difference) => `${difference.side} ${difference.name} ${changeText(difference)}`).join('; ');
}

function changeText({ change, before, after }: FeatureDifference): string {
  if (change === 'added') return `added (${after ?? ''})`;
  if (change === 'removed') return `removed (was ${before ?? ''})`;
  return change === 'retyped' ? `retyped from ${before ?? ''} to ${after ?? ''}` : change;
}

/** Counts only, so that the recorded check stays short however wide the schema is: `+1 -0 ~0`. */
function countsText(differences: readonly FeatureDifference[], side: FeatureDifference['side']): string {
  const changes = differences.filter((difference) => difference.side === side).map(({ change }) => change);
  const [added, removed] = (['added', 'removed'] as const).map((kind) => changes.filter((c) => c === kind).length);
  const changed = changes.filter((change) => change !== 'added' && change !== 'removed').length;
  return `+${String(added)} -${String(removed)} ~${String(changed)}`;
}
