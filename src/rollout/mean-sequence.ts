import type { Totals } from './comparison.ts';

/** An estimate with its variance, and how far the step had come (0 to 1) when it was made. */
export interface Estimate {
  readonly value: number;
  readonly variance: number;
  readonly progress: number;
}

/** A normal approximation of a mean needs as many events of each version at the least. */
export const LEAST_EVENTS = 30;

/**
 * Returns the highest lower limit of the confidence sequence around estimates that follow each other. That it is ever above
 * the truth has about the probability α/2, however often it is looked at: it covers on both sides.
 *
 * The mixture sequential probability ratio test: Robbins (1970); Johari, Koomen, Pekelis and Walsh, "Always valid inference:
 * continuous monitoring of A/B tests", Operations Research 70 (2022). The mixing variance makes it tightest at the end of the step:
 * Howard et al., Annals of Statistics 49 (2021), section 3.5, and is estimated from what was seen; the guarantee is asymptotic.
 */
export function lowerLimit(estimates: readonly Estimate[], alpha: number): number | undefined {
  const limits = estimates.map(({ value, variance, progress }) => {
    const atEnd = variance * Math.min(1, progress);
    const mixing = atEnd * (-2 * Math.log(alpha) + Math.log(1 - 2 * Math.log(alpha)));
    const share = (variance * (variance + mixing)) / mixing;
    return value - Math.sqrt(share * (2 * Math.log(1 / alpha) + Math.log((variance + mixing) / variance)));
  });
  const known = limits.filter((limit) => Number.isFinite(limit));
  return known.length === 0 ? undefined : Math.max(...known);
}

/** Returns the mean and the variance of that mean; undefined for too few events. */
export function meanEstimate({
  n,
  sum,
  squares,
}: Totals): { readonly mean: number; readonly variance: number } | undefined {
  if (n < LEAST_EVENTS) return undefined;
  const mean = sum / n;
  return { mean, variance: Math.max(0, squares - n * mean * mean) / (n - 1) / n };
}
