import { logGamma } from '../measure/gamma-function.ts';

/** Bayes factor at which the split counts as another than declared; reached by chance in at most one rollout in 1,000. */
export const SAMPLE_RATIO_ALARM = 1000;

/** Weight of the prior around the declared split, in requests: it expects a broken split to be off by a few percent. */
const PRIOR_REQUESTS = 1000;

/**
 * Returns the logarithm of the Bayes factor against "requests are split as declared". It may be looked at all the time:
 * Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022.
 */
export function sampleRatioEvidence(counts: readonly number[], shares: readonly number[]): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce(
    (sum, count, index) => {
      const share = shares[index] ?? 0;
      const prior = PRIOR_REQUESTS * share;
      return sum + logGamma(prior + count) - logGamma(prior) - count * Math.log(share);
    },
    logGamma(PRIOR_REQUESTS) - logGamma(PRIOR_REQUESTS + all),
  );
}
