import type { CountPoint } from './observation.ts';

/** Counts of one interval, of both versions. */
export interface CountPair {
  readonly challenger: Pick<CountPoint, 'n' | 'hits'>;
  readonly champion: Pick<CountPoint, 'n' | 'hits'>;
}

/** A rate's estimate begins as if this many hits and as many misses had been seen; Turner, Ly and Grünwald, section 5. */
const BEGINNING = 0.18;

/**
 * The relative harm that half of the stake is always on. A bet finds harm of twice its size soonest, and without a fixed one
 * the bet has to be learnt first: this finds a tenth less of a rate of 5 % within 3 hours at 50 requests a second. Any value
 * keeps the promise about false alarms.
 */
const EXPECTED_HARM = 0.05;

/**
 * Returns the largest that the e-process against "the challenger's rate is no worse than the champion's" ever was, as a
 * logarithm. That it ever passes 1/α has at most the probability α where that is so, however often it is looked at.
 */
export function ratesEvidence(pairs: readonly CountPair[], worse: Worse): number {
  return ratesPath(pairs, worse).reduce((most, evidence) => Math.max(most, evidence), 0);
}

/**
 * Returns the e-process after each interval, as a logarithm.
 *
 * Each interval is bet on, half with rates estimated from the intervals before it (nothing is staked where these say that the
 * challenger is no worse), half with a harm of a fixed size. Turner, Ly and Grünwald, "Generic E-variables for exact sequential
 * k-sample tests that allow for optional stopping", Journal of Statistical Planning and Inference 230 (2024).
 */
export function ratesPath(pairs: readonly CountPair[], worse: Worse): readonly number[] {
  const ours = newTally();
  const theirs = newTally();
  const evidence = { learnt: 0, fixed: 0 };
  return pairs.map((counts) => {
    evidence.learnt += logRatio(counts, learntBet(ours, theirs, worse));
    evidence.fixed += logRatio(counts, fixedBet(ours, theirs, worse));
    add(ours, counts.challenger);
    add(theirs, counts.champion);
    return logAverage(evidence.learnt, evidence.fixed);
  });
}

type Worse = 'higher' | 'lower';

/** The two rates that an interval is bet on; undefined where nothing is staked. */
interface Bet {
  readonly challenger: number;
  readonly champion: number;
}

function learntBet(ours: Tally, theirs: Tally, worse: Worse): Bet | undefined {
  const bet = { challenger: rateOf(ours), champion: rateOf(theirs) };
  return (worse === 'higher' ? bet.challenger > bet.champion : bet.challenger < bet.champion) ? bet : undefined;
}

function fixedBet(ours: Tally, theirs: Tally, worse: Worse): Bet | undefined {
  if (ours.hits <= BEGINNING && theirs.hits <= BEGINNING) return undefined;
  const champion = (ours.hits + theirs.hits) / (ours.n + theirs.n);
  const challenger = champion * (worse === 'higher' ? 1 + EXPECTED_HARM : 1 - EXPECTED_HARM);
  return challenger < 1 ? { challenger, champion } : undefined;
}

function logAverage(a: number, b: number): number {
  const most = Math.max(a, b);
  return most + Math.log((Math.exp(a - most) + Math.exp(b - most)) / 2);
}

/** ln of how much likelier the counts are by two rates than by the one rate that the two make together. */
function logRatio({ challenger: a, champion: b }: CountPair, rate: Bet | undefined): number {
  if (rate === undefined || a.n + b.n === 0) return 0;
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
