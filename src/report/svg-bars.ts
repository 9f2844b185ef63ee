import type { Markup } from './markup.ts';
import { bar, drawing, DRAWING_WIDTH, label, line } from './svg-drawing.ts';
import { linearScale, type Scale } from './svg-scale.ts';

/** One bar and the words at its end. */
export interface Bar {
  readonly name: string;
  /** Null where it could not be measured. */
  readonly value: number | null;
  readonly words: string;
  readonly interval?: { readonly low: number; readonly high: number } | undefined;
}

/** Bars to draw, one below the other. */
export interface BarChart {
  readonly title: string;
  readonly description: string;
  readonly bars: readonly Bar[];
  /** Values that are marked across all bars. */
  readonly marks: readonly { readonly value: number; readonly words: string }[];
  /** Bars at or over this are drawn as those that stand out. */
  readonly standsOut: number | undefined;
}

const ROW = 22;
const BAR = 12;
const LEFT = 108;
const RIGHT = DRAWING_WIDTH - 126;
const TOP = 20;

/** Draws horizontal bars from 0, each with its name before it and its number behind it. */
export function drawBars(chart: BarChart): Markup {
  const { title, description, bars, marks } = chart;
  const scale = scaleOf(chart);
  const bottom = TOP + bars.length * ROW;
  return drawing(
    { title, description, height: bottom + 20 },
    marks.map(({ value }) => line({ ...across(scale.at(value)), y1: TOP - 4, y2: bottom }, 'mark')),
    markWords(chart, scale),
    bars.map((each, row) => drawBar(each, { chart, scale, y: TOP + row * ROW })),
    line({ ...across(scale.at(0)), y1: TOP - 4, y2: bottom }, 'axis'),
    [scale.ticks[0], scale.ticks.at(-1)].map((tick) =>
      tick === undefined
        ? undefined
        : label(String(tick), { x: scale.at(tick), y: bottom + 14, room: 60, anchor: 'middle' }, 'quiet'),
    ),
  );
}

function scaleOf({ bars, marks }: BarChart): Scale {
  const ends = bars.flatMap(({ value, interval }) => [value ?? 0, interval?.low ?? 0, interval?.high ?? 0]);
  const all = [0, ...ends, ...marks.map(({ value }) => value)];
  return linearScale({ least: Math.min(...all), most: Math.max(...all), from: LEFT, to: RIGHT }, 3);
}

function drawBar(
  { name, value, words, interval }: Bar,
  { chart, scale, y }: { readonly chart: BarChart; readonly scale: Scale; readonly y: number },
): readonly Markup[] {
  const middle = y + ROW / 2;
  const [zero, end] = [scale.at(0), scale.at(value ?? 0)];
  const kind = chart.standsOut !== undefined && value !== null && value >= chart.standsOut ? 'current' : 'plain';
  const place = { x: Math.min(zero, end), y: middle - BAR / 2, width: Math.abs(end - zero), height: BAR };
  const span = interval === undefined ? [] : whisker(scale.at(interval.low), scale.at(interval.high), middle);
  return [
    label(name, { x: LEFT - 8, y: middle + 4, room: LEFT - 10, anchor: 'end' }),
    ...(value === null ? [] : [bar(place, kind), ...span]),
    label(words, { x: RIGHT + 8, y: middle + 4, room: DRAWING_WIDTH - RIGHT - 10 }, value === null ? 'quiet' : 'label'),
  ];
}

function whisker(low: number, high: number, y: number): readonly Markup[] {
  return [
    line({ x1: low, x2: high, y1: y, y2: y }, 'whisker'),
    ...[low, high].map((x) => line({ ...across(x), y1: y - 4, y2: y + 4 }, 'whisker')),
  ];
}

/** Words of marks that lie close would cover each other: the one at the left ends where the one at the right begins. */
function markWords({ marks }: BarChart, scale: Scale): readonly Markup[] {
  const sorted = marks.toSorted((a, b) => a.value - b.value);
  return sorted.map(({ value, words }, index) => {
    const isFirstOfTwo = sorted.length > 1 && index === 0;
    const x = scale.at(value) + (sorted.length === 1 ? 0 : isFirstOfTwo ? -3 : 3);
    const anchor = sorted.length === 1 ? 'middle' : isFirstOfTwo ? 'end' : 'start';
    return label(words, { x, y: TOP - 8, room: 110, anchor }, 'quiet');
  });
}

function across(x: number): { readonly x1: number; readonly x2: number } {
  return { x1: x, x2: x };
}
