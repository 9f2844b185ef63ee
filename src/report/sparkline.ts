import type { View } from './view.ts';

const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const ASCII_BARS = ['_', '.', '-', '=', '+', '*', '#', '@'];

/**
 * Returns values as a row of bars, oldest first, the newest `width` of them: the lowest value as the lowest bar, the
 * highest as the highest. What is not a number is a gap. All equal, they stand in the middle.
 */
export function sparkline(values: readonly number[], view: Pick<View, 'unicode'>, width = 30): string {
  const shown = values.slice(-width);
  const known = shown.filter((value) => Number.isFinite(value));
  const low = Math.min(...known);
  const high = Math.max(...known);
  const bars = view.unicode ? BARS : ASCII_BARS;
  const place = (value: number): number =>
    high === low ? Math.floor(bars.length / 2) : Math.round(((value - low) / (high - low)) * (bars.length - 1));
  return shown.map((value) => (Number.isFinite(value) ? (bars[place(value)] ?? ' ') : ' ')).join('');
}
