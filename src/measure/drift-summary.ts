import type { FeatureDrift } from './feature-drift.ts';
import type { Figure, Part } from './measurement.ts';
import { inconclusive, measured } from './outcome.ts';

/** Which end of a figure is the worse one. */
const WORST = {
  psi: 'largest',
  ks_statistic: 'largest',
  ks_p_value: 'smallest',
  js_distance: 'largest',
  chi2_p_value: 'smallest',
} as const;

/**
 * Returns the worst of each number over all features, as gates ask for it. Where one feature says nothing, so does the
 * whole, unless another has drifted: what was found counts, and what was not looked at is not well.
 */
export function summaryOf(features: readonly FeatureDrift[]): readonly Figure[] {
  return Object.entries(WORST).flatMap(([name, end]) => {
    const found = features.flatMap((feature) =>
      feature.figures.filter((figure) => figure.name === name).map((figure) => ({ feature: feature.name, ...figure })),
    );
    return found.length === 0 ? [] : [worst(found, end)];
  });
}

type Found = FeatureDrift['figures'][number] & { readonly feature: string };

function worst(found: readonly Found[], end: 'largest' | 'smallest'): Figure {
  const { name } = found[0] ?? { name: '' };
  const known = found.flatMap(({ outcome, ...rest }) =>
    outcome.kind === 'measured' ? [{ ...rest, value: outcome.value }] : [],
  );
  const sorted = known.toSorted((a, b) => (end === 'largest' ? b.value - a.value : a.value - b.value));
  const [first] = sorted;
  const unknown = found.filter(({ outcome }) => outcome.kind === 'inconclusive');
  const drifted = sorted.some(({ verdict }) => verdict.kind === 'measured' && verdict.value === 'drifted');
  if (first !== undefined && (unknown.length === 0 || drifted)) {
    const { n, m = 0, value } = first;
    return { name, outcome: measured(value), n, m };
  }
  const reasons = unknown.map(({ feature, outcome }) =>
    outcome.kind === 'inconclusive' ? `${feature}: ${outcome.reason}` : feature,
  );
  return { name, outcome: inconclusive(reasons.join('; ')), n: found[0]?.n ?? 0, m: found[0]?.m ?? 0 };
}

/** Returns the features as parts of a measurement, those that moved most first: by PSI, then by p-value. */
export function partsOf(features: readonly FeatureDrift[]): readonly Part[] {
  return features
    .toSorted((a, b) => movement(b) - movement(a) || (a.name < b.name ? -1 : 1))
    .map(({ name, rows, figures }) => ({
      name,
      count: rows,
      figures: figures.map(({ verdict: _, ...figure }) => figure),
    }));
}

function movement({ figures }: FeatureDrift): number {
  const outcome = figures.find(({ name }) => name === 'psi')?.outcome;
  return outcome?.kind === 'measured' ? outcome.value : -1;
}
