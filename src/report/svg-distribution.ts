import type { Plot } from '../measure/measurement.ts';
import type { Markup } from './markup.ts';
import { percentWords } from './measurement-words.ts';
import { bar, drawing, DRAWING_WIDTH, label, line } from './svg-drawing.ts';
import { linearScale, type Scale } from './svg-scale.ts';

type Distribution = Extract<Plot, { kind: 'distribution' }>;

const BAR = 9;
const GAP = 7;
const LEFT = 128;
const RIGHT = DRAWING_WIDTH - 52;
const TOP = 4;

/** Draws the shares of the rows that lie in each bin, those of the reference above those of the current side. */
export function drawDistribution(plot: Distribution, description: string): Markup {
  const shares = plot.series.flatMap((each) => each.shares);
  const scale = linearScale({ least: 0, most: Math.max(0.01, ...shares), from: LEFT, to: RIGHT }, 3);
  const row = BAR * plot.series.length + GAP;
  const bottom = TOP + plot.bins.length * row;
  return drawing(
    { title: `Distribution of ${plot.title}`, description, height: bottom + 2 },
    plot.bins.map((name, index) => drawBin({ plot, scale, index, y: TOP + index * row }, name)),
    line({ x1: LEFT, x2: LEFT, y1: TOP, y2: bottom - GAP / 2 }, 'axis'),
  );
}

interface Place {
  readonly plot: Distribution;
  readonly scale: Scale;
  readonly index: number;
  readonly y: number;
}

function drawBin({ plot, scale, index, y }: Place, name: string): readonly Markup[] {
  const middle = y + (BAR * plot.series.length) / 2 + 4;
  return [
    label(shortBin(name), { x: LEFT - 8, y: middle, room: LEFT - 10, anchor: 'end' }),
    ...plot.series.flatMap(({ shares }, side) => {
      const share = shares[index] ?? 0;
      const top = y + side * BAR;
      const place = { x: LEFT, y: top, width: scale.at(share) - LEFT, height: BAR - 1 };
      return share === 0 ? [] : [bar(place, seriesClass(side))];
    }),
    label(
      percentWords(plot.series.at(-1)?.shares[index] ?? 0),
      { x: DRAWING_WIDTH - 2, y: middle, room: 48, anchor: 'end' },
      'quiet',
    ),
  ];
}

const BIN_WITH_EDGE = /^(?:[≤<>≥] \S+|[>≥] \S+, [≤<] \S+)$/;

/** Edges have up to seventeen digits, of which a drawing shows four; the table has them all. */
function shortBin(name: string): string {
  if (!BIN_WITH_EDGE.test(name)) return name;
  return name.replace(/([≤<>≥]) ([-+.\de]+)/g, (whole, sign: string, digits: string) => {
    const edge = Number(digits);
    if (Number.isNaN(edge)) return whole;
    const near = Number(edge.toPrecision(12));
    // What is above the number just below 7 is 7 or more.
    const isJustBelow = (edge < near && near - edge <= Number.EPSILON * Math.abs(near)) || edge === -Number.MIN_VALUE;
    return sign === '>' && isJustBelow ? `≥ ${shortNumber(near)}` : `${sign} ${shortNumber(edge)}`;
  });
}

function shortNumber(value: number): string {
  if (Math.abs(value) < 1e-300) return '0';
  return value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e7)
    ? value.toExponential(2)
    : String(Number.isInteger(value) ? value : Number(value.toPrecision(4)));
}

/** Returns how a series is drawn, the same in drawings and in their keys. */
export function seriesClass(index: number): string {
  return ['reference', 'current', 'third'][index] ?? 'plain';
}
