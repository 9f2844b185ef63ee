import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClassificationTally, classificationOf } from '../../src/measure/classification.ts';
import { compareRankings } from '../../src/measure/paired-ranking.ts';
import { mergeScoreRuns, scoreRunsOf, type ScoreRuns } from '../../src/measure/score-runs.ts';
import { expectNear, golden, reasonOf, uniform, valueOf } from './columns.ts';

interface Case {
  readonly seed: number;
  readonly n: number;
  readonly ties: number;
  readonly threshold: number;
  readonly positives: number;
  readonly low: number;
  readonly high: number;
  readonly auc: number;
  readonly otherAuc: number;
  readonly difference: number;
  readonly differenceLow: number;
  readonly differenceHigh: number;
  readonly pValue: number;
}

const COMPARED = ['auc', 'logLoss', 'brier', 'accuracy', 'precision', 'recall', 'f1', 'calibrationError'] as const;
const WHOLE = { unlabelled: 0, unscored: 0 };

/** The two models and the labels of a case, as the golden file's maker draws them. */
function drawn({ seed, n, ties }: Case) {
  const [base, draw, blur] = [0, 1, 2].map((next) => uniform(seed + next, n)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const tied = (column: Float64Array) => (ties === 0 ? column : column.map((x) => Math.floor(x * ties) / ties));
  return {
    baseline: tied(base),
    candidate: tied(base.map((score, row) => 0.7 * score + 0.3 * blur[row]!)),
    labels: Uint8Array.from(draw, (u, row) => (u < base[row]! * base[row]! ? 1 : 0)),
  };
}

function runsOfRows(scores: Float64Array, labels: Uint8Array): ScoreRuns {
  const of = (label: number) => scores.filter((_, row) => labels[row] === label).sort();
  return scoreRunsOf({ positives: of(1), negatives: of(0) });
}

function scoreRuns(rows: readonly (readonly [score: number, label: number])[]): ScoreRuns {
  return runsOfRows(
    Float64Array.from(rows, ([score]) => score),
    Uint8Array.from(rows, ([, label]) => label),
  );
}

const CASES = golden('classification') as (Case & Record<(typeof COMPARED)[number], number>)[];

describe('a classification', () => {
  it.each(CASES)('of $n rows with ties of $ties agrees with scikit-learn', (given) => {
    const { baseline, labels } = drawn(given);
    const found = classificationOf(runsOfRows(baseline, labels), { threshold: given.threshold, ...WHOLE });
    expect(found).toMatchObject({ n: given.n, positives: given.positives, negatives: given.n - given.positives });
    for (const metric of COMPARED) expectNear(valueOf(found[metric]), given[metric], 1e-12);
    const { low, high } = valueOf(found.aucInterval);
    expectNear(low, given.low, 1e-12);
    expectNear(high, given.high, 1e-12);
  });

  it.each(CASES)('of $n rows with ties of $ties is the same from chunks', (given) => {
    const { baseline, labels } = drawn(given);
    const { scores, positives, negatives } = runsOfRows(baseline, labels);
    const whole = classificationOf({ scores, positives, negatives }, { threshold: given.threshold, ...WHOLE });
    const tally = new ClassificationTally(given.threshold);
    for (let from = 0; from < scores.length; from += 7) {
      const [chunk, up, down] = [scores, positives, negatives].map((column) => column.subarray(from, from + 7));
      tally.add({ scores: chunk!, positives: up!, negatives: down! });
    }
    expect(tally.result(WHOLE)).toEqual(whole);
  });

  it('with bins of calibration tells what was predicted and what happened', () => {
    const found = classificationOf(scoreRuns([[0, 0], [0.2, 1], [0.2, 0], [1, 1]]), { threshold: 0.5, ...WHOLE }); // prettier-ignore
    expect(valueOf(found.calibration)).toEqual([
      { low: 0, high: 1 / 15, n: 1, positives: 0, meanScore: 0, positiveShare: 0 },
      { low: 2 / 15, high: 3 / 15, n: 2, positives: 1, meanScore: 0.2, positiveShare: 0.5 },
      { low: 14 / 15, high: 1, n: 1, positives: 1, meanScore: 1, positiveShare: 1 },
    ]);
    expectNear(valueOf(found.calibrationError), 0.15, 1e-15);
  });

  it('draws the ROC curve from everything selected to nothing', () => {
    const found = classificationOf(scoreRuns([[1, 0], [2, 1], [3, 0], [3, 1]]), { threshold: 2, ...WHOLE }); // prettier-ignore
    expect(valueOf(found.roc)).toEqual([
      { threshold: 1, truePositiveRate: 1, falsePositiveRate: 1 },
      { threshold: 2, truePositiveRate: 1, falsePositiveRate: 0.5 },
      { threshold: 3, truePositiveRate: 0.5, falsePositiveRate: 0.5 },
      { threshold: null, truePositiveRate: 0, falsePositiveRate: 0 },
    ]);
  });

  it('thins the ROC curve of many scores, and keeps its ends', () => {
    const [scores, draw] = [uniform(1, 20_000), uniform(2, 20_000)];
    const labels = Uint8Array.from(draw, (u, row) => (u < scores[row]! ? 1 : 0));
    const points = valueOf(classificationOf(runsOfRows(scores, labels), { threshold: 0.5, ...WHOLE }).roc);
    expect(points.length).toBeGreaterThan(150);
    expect(points.length).toBeLessThan(402);
    expect(points[0]).toMatchObject({ truePositiveRate: 1, falsePositiveRate: 1 });
    expect(points.at(-1)).toMatchObject({ truePositiveRate: 0, falsePositiveRate: 0 });
    const steps = points.slice(1).map((point, index) => points[index]!.truePositiveRate - point.truePositiveRate);
    expect(Math.max(...steps)).toBeLessThan(0.03);
    expect(Math.min(...steps)).toBeGreaterThanOrEqual(0);
  });

  it('selects a row whose score is the threshold', () => {
    const found = classificationOf(scoreRuns([[0.4, 0], [0.5, 1]]), { threshold: 0.5, ...WHOLE }); // prettier-ignore
    expect(found.confusion).toEqual({ truePositives: 1, falsePositives: 0, falseNegatives: 0, trueNegatives: 1 });
  });

  it.each([
    ['no rows', [], 0, 'there are no rows'],
    ['positives only', [[0.1, 1], [0.2, 1]], 0, 'all 2 rows are positives'], // prettier-ignore
    ['negatives only', [[0.1, 0]], 0, 'all 1 rows are negatives'],
    ['a row without a score', [[0.1, 0], [0.2, 1]], 1, '1 of 3 labelled rows have no score'], // prettier-ignore
  ] as const)('is inconclusive in every number with %s', (_, rows, unscored, reason) => {
    const found = classificationOf(scoreRuns(rows), { threshold: 0.5, unlabelled: 4, unscored });
    for (const metric of [...COMPARED, 'aucInterval', 'calibration', 'roc'] as const) {
      expect(reasonOf(found[metric])).toContain(reason);
    }
    expect(found.leftOut).toEqual({ unlabelled: 4, unscored });
  });

  it.each([
    [[[-0.1, 0], [0.5, 1]]], // prettier-ignore
    [[[0.1, 0], [1.5, 1]]], // prettier-ignore
    [[[0.1, 0], [Infinity, 1]]], // prettier-ignore
  ] as const)('of scores that are no probabilities, %j, ranks but has no loss', (rows) => {
    const found = classificationOf(scoreRuns(rows), { threshold: 0.3, ...WHOLE });
    expect(valueOf(found.auc)).toBe(1);
    expect(valueOf(found.accuracy)).toBe(1);
    for (const metric of ['logLoss', 'brier', 'calibrationError', 'calibration'] as const) {
      expect(reasonOf(found[metric])).toContain('probabilities go from 0 to 1');
    }
  });

  it('has no precision where nothing is selected, but an F1 of 0', () => {
    const found = classificationOf(scoreRuns([[0.1, 0], [0.2, 1]]), { threshold: 0.5, ...WHOLE }); // prettier-ignore
    expect(reasonOf(found.precision)).toContain('no row is selected');
    expect(valueOf(found.f1)).toBe(0);
    expect(valueOf(found.recall)).toBe(0);
  });

  it.each([
    ['one row of a class', [[0.1, 0], [0.2, 0], [0.15, 1]], 'two rows of each class'], // prettier-ignore
    ['perfect separation', [[0.1, 0], [0.2, 0], [0.3, 1], [0.4, 1]], 'spread is unknown'], // prettier-ignore
    ['one score for all', [[0.1, 0], [0.1, 0], [0.1, 1], [0.1, 1]], 'spread is unknown'], // prettier-ignore
  ] as const)('has no interval with %s, which is not certainty', (_, rows, reason) => {
    const found = classificationOf(scoreRuns(rows), { threshold: 0.5, ...WHOLE });
    expect(found.auc.kind).toBe('measured');
    expect(reasonOf(found.aucInterval)).toContain(reason);
  });

  it('clips the probability of a sure mistake as scikit-learn does', () => {
    const found = classificationOf(scoreRuns([[0, 1], [1, 0]]), { threshold: 0.5, ...WHOLE }); // prettier-ignore
    expectNear(valueOf(found.logLoss), -Math.log(Number.EPSILON), 1e-14);
    expect(valueOf(found.brier)).toBe(1);
  });

  it.each([
    ['scores that do not ascend', [0.2, 0.1], 'ascend strictly'],
    ['a score in two runs', [0.2, 0.2], 'ascend strictly'],
    ['NaN', [NaN], 'counted apart'],
  ])('takes %s for a bug', (_, scores, message) => {
    const ones = new Float64Array(scores.length).fill(1);
    const tally = new ClassificationTally(0.5);
    expect(() => tally.add({ scores: Float64Array.from(scores), positives: ones, negatives: ones })).toThrow(message);
  });
});

describe('runs of scores', () => {
  it('take NaN for a bug', () => {
    const [odd, one] = [Float64Array.of(NaN), Float64Array.of(1)];
    expect(() => scoreRunsOf({ positives: odd, negatives: one })).toThrow('its place');
    const runs = { scores: odd, positives: one, negatives: one };
    expect(() => mergeScoreRuns(runs, { scores: one, positives: one, negatives: one })).toThrow('its place');
  });
});

describe('two models on the same rows', () => {
  it.each(CASES)('of $n rows with ties of $ties differ as DeLong defines', (given) => {
    const found = valueOf(compareRankings(drawn(given)));
    expectNear(found.baselineAuc, given.auc, 1e-13);
    expectNear(found.candidateAuc, given.otherAuc, 1e-13);
    expectNear(found.difference, given.difference, 1e-13);
    expectNear(found.interval.low, given.differenceLow, 1e-12);
    expectNear(found.interval.high, given.differenceHigh, 1e-12);
    expectNear(found.pValue, given.pValue, 1e-10);
  });

  const paired = (baseline: number[], candidate: number[], labels: number[]) =>
    compareRankings({
      baseline: Float64Array.from(baseline),
      candidate: Float64Array.from(candidate),
      labels: Uint8Array.from(labels),
    });

  it('do not differ where they rank alike, whatever their scores', () => {
    expect(valueOf(paired([1, 2, 3, 4], [-8, -0, 0.1, 1e300], [0, 1, 0, 1]))).toMatchObject({
      difference: 0,
      interval: { low: 0, high: 0 },
      pValue: 1,
    });
  });

  it.each([
    ['one class', [1, 2], [1, 2], [1, 1], 'there are 2 and 0'],
    ['one row of a class', [1, 2, 3], [1, 2, 3], [1, 0, 0], 'there are 1 and 2'],
    ['no rows', [], [], [], 'there are 0 and 0'],
    ['NaN', [1, NaN, 3, 4], [1, 2, 3, 4], [1, 0, 0, 1], 'no score'],
    ['the same difference everywhere', [1, 2, 3, 4], [4, 3, 2, 1], [0, 0, 1, 1], 'differs alike'],
  ])('are not compared with %s', (_, baseline, candidate, labels, reason) => {
    expect(reasonOf(paired(baseline, candidate, labels))).toContain(reason);
  });
});

const rows = fc.array(fc.tuple(fc.integer({ min: -6, max: 6 }), fc.constantFrom(0, 1)), {
  minLength: 1,
  maxLength: 50,
});
const bothClasses = rows.filter((all) => new Set(all.map(([, label]) => label)).size === 2);
const aucOf = (runs: ScoreRuns) => valueOf(classificationOf(runs, { threshold: 0.5, ...WHOLE }).auc);

describe('by law, AUC', () => {
  it('of reversed scores is 1 − AUC', () => {
    fc.assert(
      fc.property(bothClasses, (all) => {
        const reversed = all.map(([score, label]) => [-score, label] as const);
        expectNear(aucOf(scoreRuns(reversed)), 1 - aucOf(scoreRuns(all)), 1e-15);
      }),
    );
  });

  it('is the share of pairs that are ranked right', () => {
    fc.assert(
      fc.property(bothClasses, (all) => {
        const [up, down] = [1, 0].map((wanted) => all.filter(([, label]) => label === wanted).map(([score]) => score));
        const wins = up!.flatMap((x) => down!.map((y) => (x > y ? 1 : x === y ? 0.5 : 0) as number));
        expectNear(aucOf(scoreRuns(all)), wins.reduce((sum, win) => sum + win, 0) / wins.length, 1e-15);
      }),
    );
  });

  it('of merged runs is that of all rows', () => {
    fc.assert(
      fc.property(rows, rows, (left, right) => {
        expect(mergeScoreRuns(scoreRuns(left), scoreRuns(right))).toEqual(scoreRuns([...left, ...right]));
      }),
    );
  });

  it('differs between two models by the difference of their own', () => {
    const triples = fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.constantFrom(0, 1)), { minLength: 8, maxLength: 40 });
    fc.assert(
      fc.property(triples, (all) => {
        const found = compareRankings({
          baseline: Float64Array.from(all, ([score]) => score),
          candidate: Float64Array.from(all, ([, score]) => score),
          labels: Uint8Array.from(all, ([, , label]) => label),
        });
        fc.pre(found.kind === 'measured');
        expectNear(valueOf(found).baselineAuc, aucOf(scoreRuns(all.map(([a, , y]) => [a, y]))), 1e-14);
        expectNear(valueOf(found).candidateAuc, aucOf(scoreRuns(all.map(([, b, y]) => [b, y]))), 1e-14);
      }),
    );
  });
});
