import { figureOf, type Figure, type Measurement, type Part, type Plot } from '../measure/measurement.ts';
import { element, type Content, type Markup } from './markup.ts';
import { foldedTable, type Cell } from './measurement-tables.ts';
import {
  countWords,
  intervalWords,
  metricWords,
  numberWords,
  outcomeWords,
  percentWords,
  roughCount,
  rowsWords,
  valueWords,
} from './measurement-words.ts';
import { drawBars, type Bar } from './svg-bars.ts';
import { drawDistribution, seriesClass } from './svg-distribution.ts';
import { drawLines } from './svg-lines.ts';

type Bars = Extract<Plot, { kind: 'bars' }>;
type Distribution = Extract<Plot, { kind: 'distribution' }>;
type Lines = Extract<Plot, { kind: 'lines' }>;

/** Bars that are drawn of one plot; its table has all of them. */
const MOST_BARS = 40;
/** Points of a curve that its table has. */
const MOST_ROWS = 101;

/** Returns a plot as a figure: heading, the numbers that belong to it, the drawing, and the same as a table. */
export function figureOfPlot(plot: Plot, measurement: Measurement): Markup {
  if (plot.kind === 'bars') return barsFigure(plot, measurement);
  if (plot.kind === 'lines') return linesFigure(plot, measurement);
  return distributionFigure(plot, measurement.parts);
}

/** Returns the ranked overview of what moved most; undefined where the parts have no PSI. */
export function movementFigure({ kind, parts, bounds }: Measurement): Markup | undefined {
  if (kind !== 'drift' || parts.length === 0) return undefined;
  const limit = bounds.find(({ metric }) => metric === 'psi')?.limit;
  const bars = parts.map((part): Bar => {
    const psi = figureOf(part.figures, 'psi');
    return { name: part.name, ...(psi === undefined ? { value: null, words: 'no PSI' } : measuredBar(psi)) };
  });
  const marks = limit === undefined ? [] : [{ value: limit, words: `limit ${numberWords(limit)}` }];
  const title = 'What moved most';
  const description = `PSI of each feature, the largest first. ${inWords(bars)}`;
  const drawn = drawBars({ title, description, bars: bars.slice(0, MOST_BARS), marks, standsOut: limit });
  return figure(title, [element('p', { class: 'quiet' }, metricWords('psi').about), tooMany(bars.length), drawn]);
}

function measuredBar({ name, outcome }: Figure): Pick<Bar, 'value' | 'words'> {
  const value = outcome.kind === 'measured' ? outcome.value : null;
  return { value, words: outcomeWords(name, outcome) };
}

function barsFigure(plot: Bars, { kind, parts, partedBy }: Measurement): Markup {
  const by = partedBy ?? 'part';
  const title = `${metricWords(plot.y).title} by ${by}`;
  const bars = plot.bars.map(({ name, value, n, interval }): Bar => {
    const words = value === null ? 'inconclusive' : `${drawnValue(value)} · n ${roughCount(n)}`;
    return { name, value, words, interval };
  });
  const drawn = drawBars({
    ...{ title, description: `${metricWords(plot.y).title} of each ${by}. ${inWords(bars)}` },
    ...{ bars: bars.slice(0, MOST_BARS), marks: kind === 'fairness' ? extremes(plot) : [], standsOut: undefined },
  });
  const rows = plot.bars.map(({ name, value, n, interval }): readonly Cell[] => [
    name,
    valueCell(plot.y, value, reasonOf(parts, name, plot.y)),
    countWords(n),
    interval === undefined ? '' : `${numberWords(interval.low)} to ${numberWords(interval.high)}`,
    value === null ? (reasonOf(parts, name, plot.y) ?? '') : '',
  ]);
  const all = [by, metricWords(plot.y).title, 'n', '95 % interval', 'why inconclusive'];
  const kept = all.map((_, column) => column < 3 || rows.some((row) => row[column] !== ''));
  const table = foldedTable({
    caption: title,
    titles: all.filter((_, column) => kept[column]),
    names: 1,
    rows: rows.map((row) => row.filter((_, column) => kept[column])),
  });
  return figure(title, [
    element('p', { class: 'quiet' }, metricWords(plot.y).about),
    tooMany(bars.length),
    drawn,
    table,
  ]);
}

/** A drawing has no room for more; its table has all digits. */
function drawnValue(value: number): string {
  return Math.abs(value) < 1 ? value.toFixed(3) : numberWords(value);
}

/** The gap is between these two. */
function extremes({ bars }: Bars): readonly { readonly value: number; readonly words: string }[] {
  const known = bars.flatMap(({ value }) => (value === null ? [] : [value]));
  if (known.length < 2) return [];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  if (low === high) return [];
  return [
    { value: low, words: `lowest ${drawnValue(low)}` },
    { value: high, words: `highest ${drawnValue(high)}` },
  ];
}

function linesFigure(plot: Lines, { figures }: Measurement): Markup {
  const told = (LINE_FIGURES.get(plot.title) ?? []).flatMap((name) => {
    const known = figureOf(figures, name);
    return known === undefined ? [] : [known];
  });
  const numbers = told.map(numberOf);
  const [first] = plot.series;
  const points = plot.series.map(({ points: each }) => each.length);
  const description = `${plot.y} over ${plot.x}, ${countWords(Math.max(0, ...points))} points. ${told.map(sentenceOf).join(' ')}`;
  const diagonal = plot.diagonal ? element('p', { class: 'quiet' }, diagonalWords(plot)) : undefined;
  const key = plot.series.length > 1 ? keyOf(plot.series.map(({ name }) => name)) : undefined;
  const tables = plot.series.map(({ name, points: each }) => {
    const step = Math.ceil(each.length / MOST_ROWS);
    const rows = each.filter((_, index) => index % step === 0 || index === each.length - 1);
    const which = step === 1 ? '' : `, every ${ordinal(step)} point`;
    const caption = `${plot.title}${first?.name === name ? '' : ` of ${name}`}${which}`;
    const cells = rows.map((row) => row.map((value): Cell => ({ words: numberWords(value), value })));
    return foldedTable({ caption, titles: [plot.x, plot.y], names: 0, rows: cells });
  });
  return figure(plot.title, [numbersOf(numbers), diagonal, key, drawLines(plot, description), tables]);
}

/** Figures that belong beside a plot of that title. */
const LINE_FIGURES: ReadonlyMap<string, readonly string[]> = new Map([
  ['ROC', ['auc']],
  ['Calibration', ['calibration_error', 'brier']],
  ['Latency', ['latency_p50_ms', 'latency_p95_ms', 'latency_p99_ms']],
]);

function diagonalWords({ title }: Lines): string {
  if (title === 'Calibration')
    return 'On the dashed line scores are the shares that they claim; below it they claim too much.';
  return 'On the dashed line the scores would be no better than chance.';
}

function distributionFigure(plot: Distribution, parts: readonly Part[]): Markup {
  const part = parts.find(({ name }) => name === plot.title);
  const told = part?.figures ?? [];
  const shown = withoutEmptyBins(plot);
  const names = plot.series.map(({ name }) => name);
  const description = `Shares of the rows in each of ${countWords(plot.bins.length)} bins, ${names.join(' and ')}. ${told.map(sentenceOf).join(' ')}`;
  const rows = plot.bins.map((bin, index): readonly Cell[] => {
    const shares = plot.series.map(({ shares: each }) => each[index] ?? 0);
    const cells = shares.map((value): Cell => ({ words: percentWords(value), value }));
    const change = (shares[1] ?? 0) - (shares[0] ?? 0);
    return [bin, ...cells, { words: changeWords(change), value: change }];
  });
  const table = { caption: `Shares of ${plot.title}`, titles: ['bin', ...names, 'change'], names: 1, rows };
  const content = [
    numbersOf(told.map(numberOf)),
    keyOf(names),
    drawDistribution(shown, description),
    foldedTable(table),
  ];
  return figure(plot.title, content);
}

/** In most data nothing is missing, and then the bin of the missing says nothing. */
function withoutEmptyBins(plot: Distribution): Distribution {
  const isKept = (_: unknown, index: number): boolean => plot.series.some(({ shares }) => (shares[index] ?? 0) > 0);
  return {
    ...plot,
    bins: plot.bins.filter(isKept),
    series: plot.series.map(({ name, shares }) => ({ name, shares: shares.filter(isKept) })),
  };
}

function changeWords(change: number): string {
  const points = (change * 100).toFixed(1);
  if (Number(points) === 0) return '0.0 points';
  return `${change > 0 ? '+' : '−'}${points.replace('-', '')} points`;
}

function figure(title: string, content: Content): Markup {
  return element('figure', {}, element('figcaption', {}, element('h3', {}, title)), content);
}

/** One number beside a plot. */
interface Beside {
  readonly title: string;
  readonly words: string;
  readonly detail: string;
}

function numberOf(known: Figure): Beside {
  const { name, outcome } = known;
  const why = outcome.kind === 'inconclusive' ? outcome.reason : intervalWords(known);
  const detail = [why, rowsWords(known)].filter((words) => words !== undefined).join(', ');
  return { title: metricWords(name).title, words: outcomeWords(name, outcome), detail };
}

function numbersOf(numbers: readonly Beside[]): Markup | undefined {
  if (numbers.length === 0) return undefined;
  const items = numbers.map(({ title, words, detail }) =>
    element(
      'div',
      {},
      element('dt', {}, title),
      ' ',
      element('dd', {}, element('b', {}, words), ' ', element('small', {}, detail)),
    ),
  );
  return element('dl', { class: 'beside' }, items);
}

function sentenceOf(known: Figure): string {
  const { title, words, detail } = numberOf(known);
  return `${title} ${words}, ${detail}.`;
}

function keyOf(names: readonly string[]): Markup {
  const items = names.map((name, index) =>
    element('li', {}, element('span', { class: `swatch ${seriesClass(index)}`, 'aria-hidden': 'true' }), name),
  );
  return element('ul', { class: 'key' }, items);
}

function tooMany(bars: number): Markup | undefined {
  if (bars <= MOST_BARS) return undefined;
  const words = `The first ${countWords(MOST_BARS)} of ${countWords(bars)} are drawn; the table has all of them.`;
  return element('p', { class: 'quiet' }, words);
}

/** The drawing in words, for those who hear it: what a listener can keep. */
function inWords(bars: readonly Bar[]): string {
  const told = bars.slice(0, 10).map(({ name, words }) => `${name} ${words}`);
  return `${told.join('; ')}${bars.length > 10 ? `; and ${countWords(bars.length - 10)} more in the table` : ''}.`;
}

function reasonOf(parts: readonly Part[], part: string, metric: string): string | undefined {
  const outcome = figureOf(parts.find(({ name }) => name === part)?.figures ?? [], metric)?.outcome;
  return outcome?.kind === 'inconclusive' ? outcome.reason : undefined;
}

function valueCell(metric: string, value: number | null, why: string | undefined): Cell {
  if (value !== null) return { words: valueWords(metric, value), value };
  return { words: 'inconclusive', ...(why === undefined ? {} : { why }) };
}

function ordinal(step: number): string {
  const endings: Readonly<Record<number, string>> = { 2: '2nd', 3: '3rd' };
  return endings[step] ?? `${String(step)}th`;
}
