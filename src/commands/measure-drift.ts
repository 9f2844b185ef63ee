import type { Column } from '../data/port.ts';
import { digestOf, type Digest } from '../documents/digest.ts';
import { assert, MregError } from '../documents/error.ts';
import type { CategoryCounts } from '../measure/categories.ts';
import { partsOf, summaryOf } from '../measure/drift-summary.ts';
import {
  categoryDrift,
  numericDrift,
  type CategorySide,
  type DriftRules,
  type FeatureDrift,
  type NumericSide,
  type Sides,
} from '../measure/feature-drift.ts';
import { boundOf, figureOf, type Measurement } from '../measure/measurement.ts';
import { subsampleOf, takeFromRuns, takeSorted } from '../measure/subsample.ts';
import { readSorted, requireColumn } from './measure-columns.ts';
import type { Source } from './measure-sources.ts';

/** Which features are compared, and how. */
export interface DriftRequest extends DriftRules {
  /** Only these; all that both sides have when absent. */
  readonly columns: readonly string[] | undefined;
  readonly exclude: readonly string[];
}

/** A text column with more different values names things, not categories. */
const MOST_CATEGORIES = 1000;

/** What a measurement holds beside what every measurement does. */
export type Findings = Pick<Measurement, 'figures' | 'partedBy' | 'parts' | 'plots' | 'bounds' | 'notes'>;

/** Two sides of a comparison that are open. */
interface Comparison {
  readonly reference: Source;
  readonly current: Source;
  readonly seeds: readonly Digest[];
  readonly rules: DriftRequest;
}

/** Measures how far the features of `current` moved away from those of `reference`. */
export async function measureDrift(
  sources: readonly Source[],
  rules: DriftRequest,
  onFeature: (name: string) => void,
): Promise<Findings> {
  const [reference, current] = sources;
  assert(reference !== undefined && current !== undefined, 'two sides are open');
  const comparison = { reference, current, seeds: sources.map(seedOf), rules };
  const { columns, notes } = comparedColumns(comparison);
  const features: FeatureDrift[] = [];
  for (const column of columns) {
    onFeature(column.name);
    const found = await compareColumn(comparison, column);
    if (found === 'names')
      notes.push(`${column.name} was left out: it has more than ${String(MOST_CATEGORIES)} different texts.`);
    else features.push(found);
  }
  if (features.length === 0)
    throw new MregError('bad-file', 'there is no feature to compare', { hint: 'name features with --columns' });
  const parts = partsOf(features);
  const figures = summaryOf(features);
  const order = parts.map(({ name }) => name);
  const plots = features
    .toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
    .flatMap(({ plot }) => (plot === undefined ? [] : [plot]));
  return { figures, partedBy: 'feature', parts, plots, notes, bounds: boundsOf(figures, rules) };
}

function boundsOf(figures: Measurement['figures'], { maxPsi, minP }: DriftRules): Measurement['bounds'] {
  const levels = ['ks_p_value', 'chi2_p_value'].filter((metric) => figureOf(figures, metric) !== undefined);
  return [
    boundOf(figures, { metric: 'psi', rule: 'below', limit: maxPsi }),
    ...levels.map((metric) => boundOf(figures, { metric, rule: 'at least', limit: minP })),
  ];
}

/** What a database answered has no digest; its question stands for it. */
function seedOf({ input }: Source): Digest {
  return input.digest ?? digestOf(input.source);
}

function comparedColumns(comparison: Comparison): { columns: readonly Column[]; notes: string[] } {
  const { reference, current, rules } = comparison;
  const kinds = ['number', 'boolean', 'text'] as const;
  if (rules.columns !== undefined) {
    const columns = rules.columns.map((name) => requireColumn(reference, name, kinds));
    columns.forEach(({ name }) => requireColumn(current, name, kinds));
    return { columns, notes: [] };
  }
  for (const name of rules.exclude) requireColumn(reference, name, [...kinds, 'time', 'other']);
  const wanted = reference.table.columns.filter(({ name }) => !rules.exclude.includes(name));
  const columns = wanted.filter(({ kind }) => kinds.some((known) => known === kind));
  columns.forEach((column) => requireSameKind(column, current));
  const others = wanted.filter((column) => !columns.includes(column));
  const added = current.table.columns.filter(({ name }) => !reference.table.columns.some((each) => each.name === name));
  return {
    columns,
    notes: [
      ...others.map(({ name, type }) => `${name} was left out: it holds ${type}.`),
      ...added.map(({ name }) => `${name} was left out: only the current side has it.`),
    ],
  };
}

function requireSameKind({ name, kind }: Column, current: Source): void {
  const isText = kind === 'text';
  requireColumn(current, name, isText ? ['text'] : ['number', 'boolean']);
}

async function compareColumn(comparison: Comparison, column: Column): Promise<FeatureDrift | 'names'> {
  const { reference, current, rules } = comparison;
  if (column.kind === 'text') {
    const sides = {
      reference: await categorySide(comparison, 'reference', column.name),
      current: await categorySide(comparison, 'current', column.name),
    };
    if (sides.reference === 'names' || sides.current === 'names') return 'names';
    return categoryDrift(column.name, { reference: sides.reference, current: sides.current }, rules);
  }
  requireSameKind(column, current);
  const side = async (role: 'reference' | 'current', source: Source): Promise<NumericSide> => {
    const { sorted, missing } = await readSorted(source, column.name);
    const chosen = subsampleOf({ inputs: comparison.seeds, label: `${role}/${column.name}`, rows: sorted.length });
    return { sorted, missing, sample: takeSorted(sorted, chosen) };
  };
  return numericDrift(column.name, await both(side('reference', reference), side('current', current)), rules);
}

/** Both engines work at once. */
async function both<T>(reference: Promise<T>, current: Promise<T>): Promise<Sides<T>> {
  const [before, after] = await Promise.all([reference, current]);
  return { reference: before, current: after };
}

async function categorySide(
  comparison: Comparison,
  role: 'reference' | 'current',
  name: string,
): Promise<CategorySide | 'names'> {
  const { values, complete } = await comparison[role].table.countValues(name, MOST_CATEGORIES);
  if (!complete) return 'names';
  const known = values.flatMap(({ value, count }) => (value === null ? [] : [[value, count] as const]));
  const missing = values.find(({ value }) => value === null)?.count ?? 0;
  const whole = { counts: new Map(known), missing };
  return { ...whole, sample: sampleOf(whole, comparison.seeds, `${role}/${name}`) };
}

/** Rows in the order of their categories' code units, the missing ones last: as good an order as any, and anyone's. */
function sampleOf({ counts, missing }: CategoryCounts, inputs: readonly Digest[], label: string): CategoryCounts {
  const names = [...counts.keys()].sort();
  const sizes = Float64Array.from([...names.map((each) => counts.get(each) ?? 0), missing]);
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  const runs = { values: Float64Array.from(sizes.keys()), counts: sizes };
  const taken = new Float64Array(sizes.length);
  for (const category of takeFromRuns(runs, subsampleOf({ inputs, label, rows }))) {
    taken[category] = (taken[category] ?? 0) + 1;
  }
  return { counts: new Map(names.map((each, index) => [each, taken[index] ?? 0])), missing: taken[names.length] ?? 0 };
}
