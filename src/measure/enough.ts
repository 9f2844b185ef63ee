import { inconclusive, type Inconclusive } from './outcome.ts';

/** Fewer rows than this say nothing that a promotion could rest on, whatever the formula gives. */
const LEAST_ROWS = 30;
/** The same for the rows of either class. */
const LEAST_OF_CLASS = 10;
/** The same for the rows that a segment's rate is a share of. */
export const LEAST_OF_SEGMENT = 5;

/** Returns why rows are too few for any number to count, or undefined where they are enough. */
export function tooFewRows(n: number): Inconclusive | undefined {
  return n < LEAST_ROWS ? inconclusive(`${n} rows are too few; at least ${LEAST_ROWS} are needed`) : undefined;
}

/** Returns why a classifier cannot be judged by these rows, or undefined where it can. */
export function tooFewOfClass(rows: {
  readonly positives: number;
  readonly negatives: number;
}): Inconclusive | undefined {
  const { positives, negatives } = rows;
  if (Math.min(positives, negatives) >= LEAST_OF_CLASS) return tooFewRows(positives + negatives);
  return inconclusive(
    `${positives} positives and ${negatives} negatives are too few; at least ${LEAST_OF_CLASS} of each are needed`,
  );
}

/** Returns why a column of predictions is none: it says the same of every row. */
export function constantTrouble(
  what: string,
  range: { readonly least: number; readonly most: number },
): Inconclusive | undefined {
  return range.least === range.most ? inconclusive(`every row has the ${what} ${range.least}`) : undefined;
}
