/** Where a number lies on an axis, and the numbers that the axis names. */
export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** The numbers that an axis spans and where it lies in the drawing. */
export interface Axis {
  readonly least: number;
  readonly most: number;
  readonly from: number;
  readonly to: number;
}

/** Returns a scale of equal steps with about `wished` ticks at round numbers; an empty span is widened. */
export function linearScale({ least, most, from, to }: Axis, wished = 5): Scale {
  const span = most > least ? most - least : Math.max(Math.abs(least), 1);
  const step = roundStep(span / wished);
  const first = Math.ceil(least / step - 1e-9);
  const count = Math.floor((least + span) / step + 1e-9) - first + 1;
  return {
    at: (value) => from + ((value - least) / span) * (to - from),
    ticks: Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12))),
  };
}

/** Returns a scale on which each power of ten takes the same room; `least` is above 0. */
export function logScale({ least, most, from, to }: Axis): Scale {
  const [low, high] = [Math.log10(least), Math.log10(most)];
  const span = Math.max(1, high - low);
  const every = Math.ceil(span / 6);
  const first = Math.ceil(low);
  return {
    at: (value) => from + ((Math.log10(value) - low) / span) * (to - from),
    ticks: Array.from(
      { length: Math.floor((low + span - first) / every) + 1 },
      (_, index) => 10 ** (first + index * every),
    ),
  };
}

function roundStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((each) => each * power >= raw * (1 - 1e-9)) ?? 10;
  return step * power;
}
