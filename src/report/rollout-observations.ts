import type { ObservationRecord } from '../documents/kinds/decision.ts';

/** Returns what a decision saw as lines of text, one a rule, for a commit's message. */
export function observationLines(observations: readonly ObservationRecord[]): readonly string[] {
  return observations.map((seen) =>
    [
      `${seen.verdict}: ${seen.metric} ${seen.threshold ?? `(${seen.rule})`}`,
      ...measuredWords(seen),
      ...verdictWords(seen),
    ].join(', '),
  );
}

/** What was measured, in words; nothing where nothing was. */
export function measuredWords({ value, n, champion, championN }: ObservationRecord): readonly string[] {
  if (value === undefined) return ['nothing measured'];
  const of = (count: number | undefined): string => (count === undefined ? '' : ` of ${String(count)}`);
  return [
    `observed ${shortNumber(value)}${of(n)}`,
    ...(champion === undefined ? [] : [`champion ${shortNumber(champion)}${of(championN)}`]),
  ];
}

/** What the plain rule and the test beside it said. */
export function verdictWords({ plain, statistical, statistic }: ObservationRecord): readonly string[] {
  return [
    ...(plain === undefined ? [] : [`plain rule ${plain}`]),
    ...(statistical === undefined ? [] : [`${statistic?.name ?? 'test'} ${statistical}`]),
    ...(statistic === undefined ? [] : [`${shortNumber(statistic.value)} against ${shortNumber(statistic.bound)}`]),
  ];
}

/** Digits that a person reads. */
const DIGITS = 4;

/** Returns a number as people read it; the documents hold it in full. */
function shortNumber(value: number): string {
  return String(Number(value.toPrecision(DIGITS)));
}
