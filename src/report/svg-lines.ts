import type { Plot } from '../measure/measurement.ts';
import type { Content, Markup } from './markup.ts';
import { numberWords } from './measurement-words.ts';
import { dot, drawing, DRAWING_WIDTH, label, line, path } from './svg-drawing.ts';
import { linearScale, logScale, type Axis, type Scale } from './svg-scale.ts';

type Lines = Extract<Plot, { kind: 'lines' }>;
type Point = readonly [number, number];

const HEIGHT = 300;
const LEFT = 44;
const RIGHT = DRAWING_WIDTH - 14;
const TOP = 24;
const BOTTOM = HEIGHT - 42;
/** So few points are measurements, not a curve: each is shown. */
const FEW_POINTS = 30;
/** The longest latency is often hundreds of times the median: on a linear axis all but the tail would be one line. */
const LOG_FROM = 50;

/** Draws lines over two axes; where both are shares, also the diagonal on which nothing would be wrong or won. */
export function drawLines(plot: Lines, description: string): Markup {
  const { title, x, y, diagonal, series } = plot;
  const points = series.flatMap((each) => each.points);
  const across = scaleOf(
    points.map(([value]) => value),
    { isShare: diagonal, from: LEFT, to: RIGHT },
  );
  const up = scaleOf(
    points.map(([, value]) => value),
    { isShare: true, from: BOTTOM, to: TOP },
  );
  const place = ([a, b]: Point): Point => [across.at(a), up.at(b)];
  return drawing(
    { title, description, height: HEIGHT },
    grid(across, up),
    label(y, { x: 4, y: 12, room: DRAWING_WIDTH - 10 }, 'quiet'),
    label(x, { x: RIGHT, y: HEIGHT - 6, room: RIGHT - LEFT, anchor: 'end' }, 'quiet'),
    diagonal ? path([place([0, 0]), place([1, 1])], 'diagonal') : undefined,
    series.map((each, index) => curve(each.points.map(place), series.length === 1 ? 1 : index)),
  );
}

function curve(points: readonly Point[], index: number): Content {
  const name = index === 0 ? 'curve-reference' : 'curve-current';
  const dots = points.length > FEW_POINTS ? [] : points.map((point) => dot(point, `${name} dot`));
  return [path(points, name), ...dots];
}

function scaleOf(
  values: readonly number[],
  { isShare, from, to }: Pick<Axis, 'from' | 'to'> & { readonly isShare: boolean },
): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (isShare && least >= 0 && most <= 1) return linearScale({ least: 0, most: 1, from, to });
  if (least > 0 && most / least > LOG_FROM) return logScale({ least, most, from, to });
  return linearScale({ least: Math.min(0, least), most, from, to });
}

function grid(across: Scale, up: Scale): Content {
  return [
    across.ticks.map((tick) => [
      line({ x1: across.at(tick), x2: across.at(tick), y1: TOP, y2: BOTTOM }, 'grid'),
      label(numberWords(tick), { ...underTick(across.at(tick)), y: BOTTOM + 16, room: 60 }, 'quiet'),
    ]),
    up.ticks.map((tick) => [
      line({ x1: LEFT, x2: RIGHT, y1: up.at(tick), y2: up.at(tick) }, 'grid'),
      label(numberWords(tick), { x: LEFT - 6, y: up.at(tick) + 4, room: LEFT - 8, anchor: 'end' }, 'quiet'),
    ]),
  ];
}

/** A number at the right edge would leave the drawing if it were centred. */
function underTick(x: number): { readonly x: number; readonly anchor: 'end' | 'middle' } {
  return x > RIGHT - 12 ? { x: DRAWING_WIDTH - 4, anchor: 'end' } : { x, anchor: 'middle' };
}
