import { normalQuantile, normalTail } from '../measure/normal-distribution.ts';

/** A look at a test that was registered before it began. */
export interface PlannedLook {
  /** Share of the trial's time that is over, 0 to 1; the last is 1. */
  readonly time: number;
  /** Fisher information gathered: one over the variance of the estimate, in any unit that the looks share. */
  readonly information: number;
}

/**
 * Returns, look by look, the standard score at which the challenger wins. Together they win by chance with a probability of
 * `oneSided`. For one look that is the fixed test.
 *
 * The error is spent like O'Brien and Fleming's boundary does it: Lan and DeMets, "Discrete sequential boundaries for clinical
 * trials", Biometrika 70 (1983), by time over; the probabilities by recursive integration, Armitage, McPherson and Rowe, Journal
 * of the Royal Statistical Society A 132 (1969).
 */
export function winningScores(looks: readonly PlannedLook[], oneSided: number): readonly number[] {
  const scores: number[] = [];
  let walk = BEGINNING;
  let spent = 0;
  for (const { time, information } of looks) {
    const toSpend = spentBy(time, oneSided) - spent;
    const score = scoreFor(walk, information, toSpend);
    scores.push(score);
    spent += toSpend;
    walk = goOn(walk, { information, limit: score * Math.sqrt(information), drift: 0 });
  }
  return scores;
}

/** Returns the probability of winning at one of the looks where the estimate is `drift` on the average. */
export function winningChance(looks: readonly PlannedLook[], scores: readonly number[], drift: number): number {
  let walk = BEGINNING;
  let won = 0;
  for (const [index, { information }] of looks.entries()) {
    const limit = (scores[index] ?? Infinity) * Math.sqrt(information);
    won += chanceAbove(walk, { information, limit, drift });
    walk = goOn(walk, { information, limit, drift });
  }
  return won;
}

function spentBy(time: number, oneSided: number): number {
  return 2 * normalTail(normalQuantile(oneSided / 2) / Math.sqrt(time));
}

/** Where the estimate times the information stands, of those trials that did not win yet: points with their weights. */
interface Walk {
  readonly information: number;
  readonly places: readonly number[];
  readonly weights: readonly number[];
}

const BEGINNING: Walk = { information: 0, places: [0], weights: [1] };

interface Leg {
  readonly information: number;
  readonly limit: number;
  readonly drift: number;
}

/** Beyond so many standard deviations nothing is left that a double would notice beside the rest. */
const FAR = 8;
/** Points of the integral in one standard deviation of the narrower of the two densities that meet in it. */
const POINTS = 6;

function scoreFor(walk: Walk, information: number, chance: number): number {
  let low = -FAR;
  let high = FAR * 2;
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (chanceAbove(walk, { information, limit: middle * Math.sqrt(information), drift: 0 }) > chance) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function chanceAbove(walk: Walk, { information, limit, drift }: Leg): number {
  const gained = information - walk.information;
  return sumOf(walk, (place) => tailOf((limit - place - drift * gained) / Math.sqrt(gained)));
}

function goOn(walk: Walk, { information, limit, drift }: Leg): Walk {
  const gained = information - walk.information;
  const from = drift * information - FAR * Math.sqrt(information);
  const gap = Math.sqrt(gained) / POINTS;
  const steps = Math.max(2, 2 * Math.ceil((limit - from) / gap / 2));
  const width = (limit - from) / steps;
  const places = Array.from({ length: steps + 1 }, (_, index) => from + index * width);
  const weights = places.map((to, index) => {
    // Simpson's rule: 1, 4, 2, 4, …, 4, 1.
    const share = index === 0 || index === steps ? 1 : index % 2 === 1 ? 4 : 2;
    return (
      ((share * width) / 3) *
      sumOf(walk, (place) => density((to - place - drift * gained) / Math.sqrt(gained)) / Math.sqrt(gained))
    );
  });
  return { information, places, weights };
}

function sumOf({ places, weights }: Walk, of: (place: number) => number): number {
  return places.reduce((sum, place, index) => sum + (weights[index] ?? 0) * of(place), 0);
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

function tailOf(z: number): number {
  if (z > 37) return 0;
  return z < -FAR ? 1 : normalTail(z);
}
