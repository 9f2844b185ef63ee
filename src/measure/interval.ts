/** A 95 % confidence interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The normal quantile of 0.975. */
const Z = 1.959963984540054;

/** Returns the 95 % interval around `centre` of a normal estimate with this variance, kept within `bounds`. */
export function normalInterval(facts: {
  readonly centre: number;
  readonly variance: number;
  readonly bounds: Interval;
}): Interval {
  const { centre, variance, bounds } = facts;
  const reach = Z * Math.sqrt(variance);
  return { low: Math.max(bounds.low, centre - reach), high: Math.min(bounds.high, centre + reach) };
}
