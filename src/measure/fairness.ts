import type { Confusion } from './confusion.ts';
import { inconclusive, measured, share, type Measured } from './outcome.ts';

/** One segment of the rows, such as a carrier or an age group, and how its predictions turned out. */
export interface SegmentCounts extends Confusion {
  readonly name: string;
}

/** What a classifier does to one segment. */
export interface SegmentRates {
  readonly name: string;
  readonly n: number;
  readonly positives: number;
  readonly negatives: number;
  readonly selected: number;
  readonly truePositiveRate: Measured;
  readonly falsePositiveRate: Measured;
  /** Share of rows that are selected. */
  readonly selectionRate: Measured;
}

/** The largest and the smallest rate among the segments, and who has them. */
export interface Gap {
  /** Largest minus smallest, 0 to 1. */
  readonly value: number;
  readonly highest: string;
  readonly lowest: string;
}

/** A classifier's gaps between segments. */
export interface Fairness {
  /** In the order given. */
  readonly segments: readonly SegmentRates[];
  /** Gap of true positive rates: Hardt, Price and Srebro, NIPS (2016). */
  readonly equalOpportunity: Measured<Gap>;
  /** Gap of false positive rates. */
  readonly falsePositives: Measured<Gap>;
  /** The larger of the two gaps before: Hardt, Price and Srebro, NIPS (2016). */
  readonly equalisedOdds: Measured<Gap>;
  /** Gap of selection rates: Dwork et al., ITCS (2012). */
  readonly demographicParity: Measured<Gap>;
}

/** Returns the rates of each segment and the gaps between them; a rate that a segment lacks leaves its gap inconclusive. */
export function fairnessOf(segments: readonly SegmentCounts[]): Fairness {
  const rates = segments.map(ratesOf);
  const equalOpportunity = gapOf(rates, (segment) => segment.truePositiveRate);
  const falsePositives = gapOf(rates, (segment) => segment.falsePositiveRate);
  return {
    segments: rates,
    equalOpportunity,
    falsePositives,
    equalisedOdds: larger(equalOpportunity, falsePositives),
    demographicParity: gapOf(rates, (segment) => segment.selectionRate),
  };
}

function ratesOf({ name, ...counts }: SegmentCounts): SegmentRates {
  const positives = counts.truePositives + counts.falseNegatives;
  const negatives = counts.falsePositives + counts.trueNegatives;
  const selected = counts.truePositives + counts.falsePositives;
  return {
    name,
    n: positives + negatives,
    positives,
    negatives,
    selected,
    truePositiveRate: share(counts.truePositives, positives, `segment ${name} has no positives`),
    falsePositiveRate: share(counts.falsePositives, negatives, `segment ${name} has no negatives`),
    selectionRate: share(selected, positives + negatives, `segment ${name} has no rows`),
  };
}

function gapOf(segments: readonly SegmentRates[], rateOf: (segment: SegmentRates) => Measured): Measured<Gap> {
  if (segments.length < 2) return inconclusive(`a gap takes two segments; there are ${segments.length}`);
  const rates: { readonly name: string; readonly rate: number }[] = [];
  const reasons: string[] = [];
  for (const segment of segments) {
    const rate = rateOf(segment);
    if (rate.kind === 'measured') rates.push({ name: segment.name, rate: rate.value });
    else reasons.push(rate.reason);
  }
  // Leaving the segment out would let a model pass on whom it was never tried on.
  if (reasons.length > 0) return inconclusive(reasons.join('; '));
  const first = rates[0];
  if (first === undefined) return inconclusive('there are no segments');
  const highest = rates.reduce((most, each) => (each.rate > most.rate ? each : most), first);
  const lowest = rates.reduce((least, each) => (each.rate < least.rate ? each : least), first);
  return measured({ value: highest.rate - lowest.rate, highest: highest.name, lowest: lowest.name });
}

function larger(left: Measured<Gap>, right: Measured<Gap>): Measured<Gap> {
  if (left.kind === 'inconclusive') return left;
  if (right.kind === 'inconclusive') return right;
  return right.value.value > left.value.value ? right : left;
}
