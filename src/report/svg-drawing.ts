import { visible } from './escape.ts';
import { element, type Attributes, type Content, type Markup } from './markup.ts';
import { widthOf } from './width.ts';

/** Width of every drawing, in its own units: a narrow phone shows one at its size, a screen several abreast. */
export const DRAWING_WIDTH = 360;
/** Of all text in drawings. */
const FONT_SIZE = 12;

/** Returns a drawing with what it shows in words for those who do not see it. */
export function drawing(
  { title, description, height }: { readonly title: string; readonly description: string; readonly height: number },
  ...content: readonly Content[]
): Markup {
  const viewBox = `0 0 ${String(DRAWING_WIDTH)} ${rounded(height)}`;
  return element(
    'svg',
    { viewBox, role: 'img', width: DRAWING_WIDTH, height: rounded(height) },
    element('title', {}, title),
    element('desc', {}, description),
    ...content,
  );
}

/** Returns text in a drawing, shortened to `room` units; then the whole of it is its tooltip. */
export function label(
  text: string,
  at: { readonly x: number; readonly y: number; readonly room: number; readonly anchor?: 'start' | 'middle' | 'end' },
  name = 'label',
): Markup {
  const safe = visible(text);
  const short = fitting(safe, at.room);
  const attributes = { x: rounded(at.x), y: rounded(at.y), 'text-anchor': at.anchor ?? 'start', class: name };
  return element('text', attributes, short, short === safe ? undefined : element('title', {}, safe));
}

/** Returns a bar from `x` on; one of no width is still there to be seen. */
export function bar(at: { x: number; y: number; width: number; height: number }, name: string): Markup {
  const width = Math.max(at.width, 1);
  return element('rect', { ...numbers({ ...at, width }), rx: 1.5, class: name });
}

/** Returns a straight line. */
export function line(at: { x1: number; y1: number; x2: number; y2: number }, name: string): Markup {
  return element('line', { ...numbers(at), class: name });
}

/** Returns a line through points. */
export function path(points: readonly (readonly [number, number])[], name: string): Markup {
  const d = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${rounded(x)} ${rounded(y)}`).join('');
  return element('path', { d, class: name });
}

/** Returns a dot. */
export function dot([x, y]: readonly [number, number], name: string): Markup {
  return element('circle', { ...numbers({ cx: x, cy: y }), r: 3, class: name });
}

/** A hundredth of a unit is less than a pixel, and digits make pages large. */
function rounded(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function numbers(attributes: Readonly<Record<string, number>>): Attributes {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, rounded(value)]));
}

function fitting(text: string, room: number): string {
  if (roomOf(text) <= room) return text;
  let kept = '';
  for (const character of text) {
    if (roomOf(`${kept}${character}…`) > room) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}

/** An upper bound of what the fonts of browsers take, for nothing here can measure them. */
function roomOf(text: string): number {
  let units = 0;
  for (const character of text) units += unitsOf(character);
  return units * FONT_SIZE;
}

function unitsOf(character: string): number {
  if (/[ijlftrI.,:;|!'() ]/.test(character)) return 0.42;
  if (/[mwMW@%—…]/.test(character)) return 1;
  if (/[A-Z]/.test(character)) return 0.76;
  return /[ -~]/.test(character) ? 0.64 : Math.max(0.8, 1.05 * (widthOf(character) / 2));
}
