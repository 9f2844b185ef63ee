import { exceedanceEvidence } from '../src/rollout/exceedance.ts';
import { winningScores } from '../src/rollout/group-sequential.ts';
import { lowerLimit } from '../src/rollout/mean-sequence.ts';
import { meanEstimate } from '../src/rollout/mean-sequence.ts';
import type { CountPoint } from '../src/rollout/observation.ts';
import { SAMPLE_RATIO_ALARM, sampleRatioEvidence } from '../src/rollout/sample-ratio.ts';
import { ratesEvidence, type CountPair } from '../src/rollout/two-rates.ts';

/** A source of numbers between 0 and 1 that gives the same ones again for the same seed. */
export type Chance = () => number;

/** Returns the mulberry32 generator: 32 bits of state, good enough for simulations of this size. */
function chanceOf(seed: number): Chance {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns how many of `n` events are hits, by walking up the distribution from 0. */
function binomial(chance: Chance, n: number, rate: number): number {
  const odds = rate / (1 - rate);
  let left = chance();
  let mass = (1 - rate) ** n;
  let hits = 0;
  while (left > mass && hits < n) {
    left -= mass;
    mass *= (odds * (n - hits)) / (hits + 1);
    hits += 1;
  }
  return hits;
}

/** A click-through rate of 5 % at 50 requests a second, one in ten of them for the challenger, looked at each minute. */
export const CLICKS = { rate: 0.05, challenger: 300, champion: 2700, minutes: 24 * 60 } as const;

/** One simulated trial: the clicks of each minute. */
export function clicksOf(chance: Chance, change: number, minutes: number): readonly CountPair[] {
  return Array.from({ length: minutes }, () => ({
    challenger: { n: CLICKS.challenger, hits: binomial(chance, CLICKS.challenger, CLICKS.rate * (1 + change)) },
    champion: { n: CLICKS.champion, hits: binomial(chance, CLICKS.champion, CLICKS.rate) },
  }));
}

/** Ways to look at a trial; each tells whether it stops it. */
export const LOOKS = {
  'naive: a z-test each minute, for harm or gain': (trial) => scoresOf(trial).some((score) => Math.abs(score) > 1.96),
  'e-process for harm, α = 0.05': (trial) => ratesEvidence(trial, 'lower') >= Math.log(20),
  'confidence sequence for harm, α = 0.05': (trial) => isBelow(trial),
  'fixed test at the end, for harm or gain': (trial) => Math.abs(scoresOf(trial).at(-1) ?? 0) > 1.96,
  'four registered looks, for a gain': (trial) => winsAtLooks(trial, 4),
} as const satisfies Record<string, (trial: readonly CountPair[]) => boolean>;

function scoresOf(trial: readonly CountPair[]): readonly number[] {
  return sumsOf(trial).map(({ a, b }) => {
    const all = (a.hits + b.hits) / (a.n + b.n);
    const error = Math.sqrt(all * (1 - all) * (1 / a.n + 1 / b.n));
    return error > 0 ? (a.hits / a.n - b.hits / b.n) / error : 0;
  });
}

interface Sums {
  readonly a: { readonly n: number; readonly hits: number };
  readonly b: { readonly n: number; readonly hits: number };
}

function sumsOf(trial: readonly CountPair[]): readonly Sums[] {
  let [a, b] = [
    { n: 0, hits: 0 },
    { n: 0, hits: 0 },
  ];
  return trial.map(({ challenger, champion }) => {
    a = { n: a.n + challenger.n, hits: a.hits + challenger.hits };
    b = { n: b.n + champion.n, hits: b.hits + champion.hits };
    return { a, b };
  });
}

function isBelow(trial: readonly CountPair[]): boolean {
  const estimates = sumsOf(trial).flatMap(({ a, b }, index) => {
    const [ours, theirs] = [a, b].map(({ n, hits }) => meanEstimate({ n, sum: hits, squares: hits }));
    if (ours === undefined || theirs === undefined) return [];
    const variance = ours.variance + theirs.variance;
    return [{ value: theirs.mean - ours.mean, variance, progress: (index + 1) / CLICKS.minutes }];
  });
  return (lowerLimit(estimates, 0.05) ?? 0) > 0;
}

function winsAtLooks(trial: readonly CountPair[], looks: number): boolean {
  const scores = scoresOf(trial);
  const planned = Array.from({ length: looks }, (_, index) => ({ time: (index + 1) / looks, information: index + 1 }));
  const bounds = winningScores(planned, 0.025);
  return bounds.some((bound, index) => {
    const minute = Math.round((trial.length * (index + 1)) / looks);
    return (scores[minute - 1] ?? 0) >= bound;
  });
}

/** A p95 watched at 5 requests a second, looked at every 15 seconds, by the e-process at α = 0.01. */
export function exceeds(chance: Chance, rate: number, minutes: number): boolean {
  const points = Array.from({ length: minutes * 4 }, (_, index): CountPoint => {
    return { at: index, n: 75, hits: binomial(chance, 75, rate) };
  });
  return exceedanceEvidence(points, 0.05) >= Math.log(100);
}

/** The same by the plain rule `above X for 5m`: twenty readings in a row with more than one in twenty above it. */
export function exceedsPlainly(chance: Chance, rate: number, minutes: number): boolean {
  let inARow = 0;
  for (let tick = 0; tick < minutes * 4; tick++) {
    inARow = binomial(chance, 75, rate) > 75 * 0.05 ? inARow + 1 : 0;
    if (inARow === 20) return true;
  }
  return false;
}

/** Whether a split of which `share` really goes to the challenger, where a tenth should, is noticed within a day. */
export function noticesSplit(chance: Chance, share: number): boolean {
  let [ours, theirs] = [0, 0];
  for (let minute = 0; minute < 24 * 60; minute++) {
    const hits = binomial(chance, 300, share);
    ours += hits;
    theirs += 300 - hits;
    if (sampleRatioEvidence([ours, theirs], [0.1, 0.9]) >= Math.log(SAMPLE_RATIO_ALARM)) return true;
  }
  return false;
}

/** Returns in how many of `runs` trials, each with a seed of its own, something happened. */
export function timesIn(runs: number, seed: number, happens: (chance: Chance) => boolean): number {
  return Array.from({ length: runs }, (_, run) => happens(chanceOf(seed * 1_000_003 + run))).filter(Boolean).length;
}
