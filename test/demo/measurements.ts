/** A score and whether what it was given for came true. */
export interface Scored {
  readonly score: number;
  readonly truth: boolean;
}

/** Returns the area under the ROC curve: the chance that a true one scores above a false one, ties counting half. */
export function areaUnderCurve(scored: readonly Scored[]): number {
  const sorted = scored.toSorted((a, b) => a.score - b.score);
  const positives = scored.filter(({ truth }) => truth).length;
  let rankSum = 0;
  for (let first = 0; first < sorted.length;) {
    let end = first;
    while (end < sorted.length && sorted[end]!.score === sorted[first]!.score) end += 1;
    const midrank = (first + 1 + end) / 2;
    rankSum += midrank * sorted.slice(first, end).filter(({ truth }) => truth).length;
    first = end;
  }
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * (scored.length - positives));
}

/** Returns the mean negative log-likelihood. */
export function logLoss(scored: readonly Scored[]): number {
  const sum = scored.reduce((total, { score, truth }) => total - Math.log(truth ? score : 1 - score), 0);
  return sum / scored.length;
}

/** Returns the population stability index of `now` against `then`, over the deciles of `then`. */
export function stabilityIndex(then: readonly number[], now: readonly number[]): number {
  const sorted = then.toSorted((a, b) => a - b);
  const edges = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenth) => sorted[Math.floor((tenth * sorted.length) / 10)]!);
  const shares = (values: readonly number[]): readonly number[] => {
    const counts = Array.from({ length: 10 }, () => 0);
    for (const value of values) counts[edges.filter((edge) => edge <= value).length]! += 1;
    return counts.map((count) => Math.max(count, 0.5) / values.length);
  };
  const before = shares(then);
  return shares(now).reduce((sum, share, bin) => sum + (share - before[bin]!) * Math.log(share / before[bin]!), 0);
}

/** Returns the largest distance between two distributions (Kolmogorov–Smirnov) and the chance of one as large by luck. */
export function kolmogorovSmirnov(
  a: readonly number[],
  b: readonly number[],
): { readonly statistic: number; readonly pValue: number } {
  const [first, second] = [a.toSorted((x, y) => x - y), b.toSorted((x, y) => x - y)];
  let [i, j, statistic] = [0, 0, 0];
  while (i < first.length && j < second.length) {
    const value = Math.min(first[i]!, second[j]!);
    while (first[i] === value) i += 1;
    while (second[j] === value) j += 1;
    statistic = Math.max(statistic, Math.abs(i / first.length - j / second.length));
  }
  const root = Math.sqrt((a.length * b.length) / (a.length + b.length));
  return { statistic, pValue: tailOfKolmogorov((root + 0.12 + 0.11 / root) * statistic) };
}

/** The limiting distribution; below 0.2 the series converges slowly and the value is 1 to twelve digits. */
function tailOfKolmogorov(lambda: number): number {
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let term = 1; term <= 100; term += 1) sum += (term % 2 === 1 ? 2 : -2) * Math.exp(-2 * (term * lambda) ** 2);
  return Math.min(1, Math.max(0, sum));
}

/** Returns the value that 95 % of `values` do not exceed. */
export function percentile95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(0.95 * values.length) - 1]!;
}
