import type { CountPoint } from './observation.ts';

/** Counts of one interval, of both versions. */
export interface CountPair {
  readonly challenger: Pick<CountPoint, 'n' | 'hits'>;
  readonly champion: Pick<CountPoint, 'n' | 'hits'>;
}

/** A rate's estimate begins as if this many hits and as many misses had been seen; Turner, Ly and Grünwald, section 5. */
const BEGINNING = 0.18;

/**
 * Returns the largest that the e-process against "the challenger's rate is no worse than the champion's" ever was, as a
 * logarithm. That it ever passes 1/α has at most the probability α where that is so, however often it is looked at.
 *
 * Each interval is bet on with rates estimated from the intervals before it; where these say that the challenger is no worse,
 * nothing is staked. Turner, Ly and Grünwald, "Generic E-variables for exact sequential k-sample tests that allow for optional
 * stopping", Journal of Statistical Planning and Inference 230 (2024).
 */
export function ratesEvidence(pairs: readonly CountPair[], worse: 'higher' | 'lower'): number {
  const ours = newTally();
  const theirs = newTally();
  let evidence = 0;
  let most = 0;
  for (const { challenger, champion } of pairs) {
    const rate = { challenger: rateOf(ours), champion: rateOf(theirs) };
    const isStaked = worse === 'higher' ? rate.challenger > rate.champion : rate.challenger < rate.champion;
    if (isStaked) evidence += logRatio({ challenger, champion }, rate);
    most = Math.max(most, evidence);
    add(ours, challenger);
    add(theirs, champion);
  }
  return most;
}

/** ln of how much likelier the counts are by two rates than by the one rate that the two make together. */
function logRatio({ challenger: a, champion: b }: CountPair, rate: { challenger: number; champion: number }): number {
  if (a.n + b.n === 0) return 0;
  const one = (a.n * rate.challenger + b.n * rate.champion) / (a.n + b.n);
  return (
    logLikelihood(a, rate.challenger) + logLikelihood(b, rate.champion) - logLikelihood(a, one) - logLikelihood(b, one)
  );
}

function logLikelihood({ n, hits }: Pick<CountPoint, 'n' | 'hits'>, rate: number): number {
  return hits * Math.log(rate) + (n - hits) * Math.log1p(-rate);
}

interface Tally {
  n: number;
  hits: number;
}

function newTally(): Tally {
  return { n: 2 * BEGINNING, hits: BEGINNING };
}

function add(tally: Tally, { n, hits }: Pick<CountPoint, 'n' | 'hits'>): void {
  tally.n += n;
  tally.hits += hits;
}

function rateOf({ n, hits }: Tally): number {
  return hits / n;
}
