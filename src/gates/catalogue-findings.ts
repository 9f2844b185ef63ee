import type { EvidenceDocument, MetricValue } from '../documents/kinds/evidence.ts';
import { mergeCatalogue, type MetricDefinition } from './catalogue.ts';
import type { GateInput } from './input.ts';
import { Unjudgeable } from './unjudgeable.ts';
import { refuseOutOfRange } from './measured-value.ts';
import { inCatalogueUnit, isBare } from './quantity.ts';

/** One metric that cannot be what it says. */
export interface CatalogueFinding {
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/**
 * Returns the metrics of a piece of evidence that contradict the catalogue: an impossible unit, or a value out of range
 * (0.2 % written as the ratio 0.2 is the usual one). A metric that no catalogue defines is kept as information: a gate on
 * it is an error.
 */
export function catalogueFindings(
  evidence: { readonly path: string; readonly body: EvidenceDocument },
  by: Pick<GateInput, 'policies' | 'modelDocument'>,
): readonly CatalogueFinding[] {
  const catalogue = mergeCatalogue(by);
  return Object.entries(evidence.body.spec.metrics ?? {}).flatMap(([metric, given]) => {
    const definition = catalogue.get(metric)?.definition;
    return definition === undefined ? [] : judgeValue({ metric, given, definition, source: evidence.path });
  });
}

interface Claim {
  readonly metric: string;
  readonly given: MetricValue;
  readonly definition: MetricDefinition;
  readonly source: string;
}

function judgeValue({ metric, given, definition, source }: Claim): readonly CatalogueFinding[] {
  try {
    refuseOutOfRange(metric, { value: inCatalogueUnit(given, definition), bare: isBare(given), definition, source });
    return [];
  } catch (error) {
    if (!(error instanceof Unjudgeable)) throw error;
    const expected = `spec.metrics.${metric} in the unit and range of the metric catalogue`;
    return [{ expected, found: error.message, hint: error.hint ?? 'correct the value and add it again' }];
  }
}
