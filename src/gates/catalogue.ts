import type { FromSchema } from 'json-schema-to-ts';
import type { metricCatalogueSchema } from '../documents/kinds/metric-catalogue.ts';
import type { GateInput } from './input.ts';
import { Unjudgeable } from './unjudgeable.ts';

export type MetricDefinition = FromSchema<typeof metricCatalogueSchema>[string];

interface Entry {
  readonly definition: MetricDefinition;
  readonly definedIn: string;
  /** Another document that defines the same metric differently. */
  readonly conflict?: string;
}

/** Every metric that the policies and the model define, by name. */
export type Catalogue = ReadonlyMap<string, Entry>;

/** Merges the catalogues of all policies, then the model's own additions. A second, different definition is a conflict. */
export function mergeCatalogue(input: Pick<GateInput, 'policies' | 'modelDocument'>): Catalogue {
  const merged = new Map<string, Entry>();
  for (const { path, body } of input.policies) addAll(merged, path, body.spec.metrics);
  addAll(merged, 'model.yaml', input.modelDocument.spec.metrics);
  return merged;
}

function addAll(merged: Map<string, Entry>, path: string, metrics: Readonly<Record<string, MetricDefinition>> = {}) {
  for (const [name, definition] of Object.entries(metrics)) {
    const known = merged.get(name);
    if (known === undefined) merged.set(name, { definition, definedIn: path });
    // Attack: a model's owner turns `better` around, or widens the range, to slip under a policy's threshold.
    else if (!sameMeaning(known.definition, definition)) merged.set(name, { ...known, conflict: path });
  }
}

function sameMeaning(a: MetricDefinition, b: MetricDefinition): boolean {
  return a.unit === b.unit && a.min === b.min && a.max === b.max && a.better === b.better;
}

/** Returns what `metric` means, or throws Unjudgeable where nothing or more than one thing defines it. */
export function requireDefinition(catalogue: Catalogue, metric: string): MetricDefinition {
  const entry = catalogue.get(metric);
  if (entry === undefined) {
    throw new Unjudgeable(`${metric} is in no metric catalogue, so its unit, range and direction are unknown`, {
      hint: `Define ${metric} under spec.metrics of the policy, or of model.yaml`,
    });
  }
  if (entry.conflict === undefined) return entry.definition;
  throw new Unjudgeable(`${metric} is defined differently in ${entry.definedIn} and ${entry.conflict}`, {
    hint: `Make the two definitions of ${metric} equal, or remove one`,
  });
}
