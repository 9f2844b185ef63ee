import { logBeta, logIncompleteBeta } from '../measure/beta-function.ts';
import type { CountPoint } from './observation.ts';

/**
 * The prior's weight in events: it expects rates not far above the allowed one, which is where detecting is slow. Chosen by
 * simulation; any value keeps the promise about false alarms.
 */
const PRIOR_EVENTS = 100;

/** A ratio of less than two to one says nothing, and is not worked out. */
const NO_EVIDENCE = Math.LN2;

/**
 * Returns the largest that the e-process against "at most `allowed` of all events are hits" ever was, as a logarithm. That it
 * ever passes 1/α has at most the probability α where that is so, however often it is looked at (Ville's inequality).
 *
 * A beta prior on the rates above `allowed` is mixed over the likelihood ratio; conjugate, so it has a closed form: Robbins,
 * Annals of Mathematical Statistics 41 (1970), "Statistical methods related to the law of the iterated logarithm"; Howard
 * et al., Annals of Statistics 49 (2021), "Time-uniform, nonparametric, nonasymptotic confidence sequences", proposition 7.
 */
export function exceedanceEvidence(points: readonly CountPoint[], allowed: number): number {
  const prior = { over: PRIOR_EVENTS * allowed, under: PRIOR_EVENTS * (1 - allowed) };
  const nothing = logMixture(prior, allowed);
  let over = 0;
  let under = 0;
  let most = 0;
  for (const { n, hits } of points) {
    over += hits;
    under += n - hits;
    // A mixture is at most the largest ratio in it; where that is no news, the function, which is slow, is not needed.
    if (largestRatio(over, under, allowed) <= Math.max(most, NO_EVIDENCE)) continue;
    const mixture = logMixture({ over: prior.over + over, under: prior.under + under }, allowed);
    most = Math.max(most, mixture - nothing - over * Math.log(allowed) - under * Math.log1p(-allowed));
  }
  return most;
}

/** The logarithm of the likelihood ratio of the rate that was seen; 0 where that is not above the allowed one. */
function largestRatio(over: number, under: number, allowed: number): number {
  const rate = over / (over + under);
  if (!(rate > allowed)) return 0;
  const misses = under === 0 ? 0 : under * (Math.log1p(-rate) - Math.log1p(-allowed));
  return over * (Math.log(rate) - Math.log(allowed)) + misses;
}

/** ln of the beta function over the rates above `allowed` only. */
function logMixture({ over, under }: { readonly over: number; readonly under: number }, allowed: number): number {
  return logBeta(over, under) + logIncompleteBeta(1 - allowed, under, over);
}
