import type { Flight, FlightQuestion } from './flights.ts';

/** One number that the model looks at: its mean and spread in training, and its weight. */
interface Feature {
  readonly name: FeatureName;
  readonly mean: number;
  readonly spread: number;
  readonly weight: number;
}

/** A logistic regression, as its file holds it: plain numbers, nothing that could run. */
export interface DelayModel {
  readonly format: 'logistic-regression/1';
  readonly predicts: 'more than 15 minutes late';
  /** Packages that are needed to use it. */
  readonly packages: readonly string[];
  readonly intercept: number;
  readonly features: readonly Feature[];
  /** Share of late flights by airport, in training. */
  readonly lateRates: { readonly from: Rates; readonly to: Rates };
  /** A flight is called late from this score on; by group, so that both groups' late flights are found equally often. */
  readonly thresholds: Readonly<Record<DistanceGroup, number>>;
}

type Rates = Readonly<Record<string, number>>;

/** The groups that the model must serve equally well. */
export type DistanceGroup = 'short' | 'long';

/** How a model is trained; recorded as the parameters of its version. */
export interface TrainingParameters {
  readonly features: readonly FeatureName[];
  readonly iterations: number;
  readonly learning_rate: number;
  /** Share of the late flights of each group that is to be found. */
  readonly recall: number;
}

const MEASURES = {
  clock: ({ hour }) => hour,
  // The day of an airline starts at 4: a flight at half past midnight is a late one of the day before.
  hour_since_4: ({ hour }) => (hour + 20) % 24,
  distance: ({ distance }) => Math.log(1 + distance),
  saturday: ({ weekday }) => (weekday === undefined ? undefined : Number(weekday === 6)),
  friday: ({ weekday }) => (weekday === undefined ? undefined : Number(weekday === 5)),
  origin: ({ origin }, { from }) => (origin === undefined ? undefined : from[origin]),
  destination: ({ destination }, { to }) => (destination === undefined ? undefined : to[destination]),
} as const satisfies Record<string, (question: FlightQuestion, rates: DelayModel['lateRates']) => number | undefined>;

export type FeatureName = keyof typeof MEASURES;

/** Returns the group that a flight belongs to. */
export function groupOf({ distance }: FlightQuestion): DistanceGroup {
  return distance < 750 ? 'short' : 'long';
}

/** Returns the probability that the flight is late. What is not known of it counts as average. */
export function score(model: DelayModel, question: FlightQuestion): number {
  let sum = model.intercept;
  for (const { name, mean, spread, weight } of model.features) {
    const value = MEASURES[name](question, model.lateRates);
    if (value !== undefined) sum += (weight * (value - mean)) / spread;
  }
  return 1 / (1 + Math.exp(-sum));
}

/** Returns whether the model calls the flight late. */
export function callsLate(model: DelayModel, question: FlightQuestion): boolean {
  return score(model, question) >= model.thresholds[groupOf(question)];
}

/** Trains by plain gradient descent: no randomness, so the same flights give the same model. */
export function train(flights: readonly Flight[], parameters: TrainingParameters): DelayModel {
  const lateRates = {
    from: ratesBy(flights, ({ origin }) => origin),
    to: ratesBy(flights, ({ destination }) => destination),
  };
  const columns = parameters.features.map((name) => standardised(flights, name, lateRates));
  const { intercept, weights } = descend(columns, flights, parameters);
  const features = columns.map(({ name, mean, spread }, index) => ({ name, mean, spread, weight: weights[index]! }));
  const model: DelayModel = {
    format: 'logistic-regression/1',
    predicts: 'more than 15 minutes late',
    packages: [],
    intercept,
    features,
    lateRates,
    thresholds: { short: 0.5, long: 0.5 },
  };
  return { ...model, thresholds: thresholdsFor(model, flights, parameters.recall) };
}

/** Late rates by airport; small airports are drawn towards the average. */
function ratesBy(flights: readonly Flight[], keyOf: (question: FlightQuestion) => string | undefined): Rates {
  const average = flights.filter(({ late }) => late).length / flights.length;
  const seen = new Map<string, { late: number; all: number }>();
  for (const { question, late } of flights) {
    const key = keyOf(question) ?? '';
    const entry = seen.get(key) ?? { late: 0, all: 0 };
    seen.set(key, { late: entry.late + Number(late), all: entry.all + 1 });
  }
  const strength = 100;
  return Object.fromEntries(
    [...seen].map(([key, { late, all }]) => [key, (late + strength * average) / (all + strength)]),
  );
}

interface Column {
  readonly name: FeatureName;
  readonly mean: number;
  readonly spread: number;
  readonly values: Float64Array;
}

function standardised(flights: readonly Flight[], name: FeatureName, rates: DelayModel['lateRates']): Column {
  const known = flights.flatMap(({ question }) => MEASURES[name](question, rates) ?? []);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const spread = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length) || 1;
  const values = Float64Array.from(flights, ({ question }) => {
    const value = MEASURES[name](question, rates);
    return value === undefined ? 0 : (value - mean) / spread;
  });
  return { name, mean, spread, values };
}

function descend(
  columns: readonly Column[],
  flights: readonly Flight[],
  { iterations, learning_rate }: TrainingParameters,
): { readonly intercept: number; readonly weights: readonly number[] } {
  const truth = Float64Array.from(flights, ({ late }) => Number(late));
  const weights = columns.map(() => 0);
  let intercept = 0;
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    const errors = errorsOf(columns, truth, { intercept, weights });
    const step = learning_rate / truth.length;
    intercept -= step * errors.reduce((sum, error) => sum + error, 0);
    columns.forEach(({ values }, index) => (weights[index]! -= step * dot(values, errors)));
  }
  return { intercept, weights };
}

function errorsOf(
  columns: readonly Column[],
  truth: Float64Array,
  { intercept, weights }: { readonly intercept: number; readonly weights: readonly number[] },
): Float64Array {
  const sums = new Float64Array(truth.length).fill(intercept);
  columns.forEach(({ values }, index) => {
    const weight = weights[index]!;
    for (let row = 0; row < values.length; row += 1) sums[row]! += weight * values[row]!;
  });
  return sums.map((sum, row) => 1 / (1 + Math.exp(-sum)) - truth[row]!);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += a[index]! * b[index]!;
  return sum;
}

function thresholdsFor(
  model: DelayModel,
  flights: readonly Flight[],
  recall: number,
): Readonly<Record<DistanceGroup, number>> {
  const threshold = (group: DistanceGroup): number => {
    const scores = flights
      .filter(({ question, late }) => late && groupOf(question) === group)
      .map(({ question }) => score(model, question))
      .toSorted((a, b) => a - b);
    return scores[Math.floor((1 - recall) * scores.length)]!;
  };
  return { short: threshold('short'), long: threshold('long') };
}
