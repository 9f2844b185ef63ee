import type { FeatureSchema } from '../documents/kinds/model-version.ts';

type Feature = FeatureSchema['inputs'][number];

/** One difference between two feature schemas; `before` and `after` are as `describe` spells a feature. */
export interface FeatureDifference {
  readonly side: 'input' | 'output';
  readonly name: string;
  readonly change: 'added' | 'removed' | 'retyped' | 'now required' | 'now optional';
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** What was served with `before` is still served by `after`. */
  readonly backward: boolean;
  /** What is served with `after` would also be served by `before`. */
  readonly forward: boolean;
}

/** Returns every difference from `before` to `after`: inputs first, by name. An input that does not say is required. */
export function diffFeatures(before: FeatureSchema, after: FeatureSchema): FeatureDifference[] {
  return [...diffSide('input', before.inputs, after.inputs), ...diffSide('output', before.outputs, after.outputs)];
}

/** Returns the names that a schema gives twice on one side; such a schema cannot be compared. */
export function repeatedFeatures({ inputs, outputs }: FeatureSchema): string[] {
  return [...repeated(inputs), ...repeated(outputs)];
}

function repeated(features: readonly Feature[]): string[] {
  const names = features.map(({ name }) => name);
  return names.filter((name, index) => names.indexOf(name) !== index);
}

type Side = FeatureDifference['side'];

function diffSide(side: Side, before: readonly Feature[], after: readonly Feature[]): FeatureDifference[] {
  const old = new Map(before.map((feature) => [feature.name, feature]));
  const now = new Map(after.map((feature) => [feature.name, feature]));
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((name) => diffFeature({ side, name, before: old.get(name), after: now.get(name) }));
}

interface Pair {
  readonly side: Side;
  readonly name: string;
  readonly before: Feature | undefined;
  readonly after: Feature | undefined;
}

function diffFeature({ side, name, before, after }: Pair): FeatureDifference[] {
  const common = { side, name, before: before && describe(before, side), after: after && describe(after, side) };
  if (before === undefined || after === undefined) {
    if (before !== undefined) return [{ ...common, change: 'removed', ...removal(side, before) }];
    return after === undefined ? [] : [{ ...common, change: 'added', ...addition(side, after) }];
  }
  if (before.type !== after.type) return [{ ...common, change: 'retyped', backward: false, forward: false }];
  if (side === 'output' || isRequired(before) === isRequired(after)) return [];
  if (isRequired(after)) return [{ ...common, change: 'now required', backward: false, forward: true }];
  return [{ ...common, change: 'now optional', backward: true, forward: false }];
}

/** Taking an input away breaks whoever sends it; going the other way it is an addition. */
function removal(side: Side, feature: Feature) {
  return side === 'input' ? { backward: false, forward: !isRequired(feature) } : { backward: false, forward: true };
}

function addition(side: Side, feature: Feature) {
  return side === 'input' ? { backward: !isRequired(feature), forward: false } : { backward: true, forward: false };
}

function isRequired({ required }: Feature): boolean {
  return required ?? true;
}

function describe(feature: Feature, side: Side): string {
  return side === 'output' ? feature.type : `${feature.type}, ${isRequired(feature) ? 'required' : 'optional'}`;
}
