/** Text in, the same text with or without terminal codes out. */
export type Brush = (text: string) => string;

/** The few ways mreg lays emphasis; meaning never hangs on colour alone. */
export interface Paint {
  readonly bold: Brush;
  readonly dim: Brush;
  readonly red: Brush;
  readonly green: Brush;
  readonly yellow: Brush;
  readonly cyan: Brush;
}

/** Returns brushes that paint, or that leave text alone when there is no colour. */
export function paintFor(view: { readonly colour: boolean }): Paint {
  const brush = (open: number, close: number): Brush => (view.colour ? painting(open, close) : (text) => text);
  return {
    bold: brush(1, 22),
    dim: brush(2, 22),
    red: brush(31, 39),
    green: brush(32, 39),
    yellow: brush(33, 39),
    cyan: brush(36, 39),
  };
}

interface ColourWish {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTTY: boolean;
  /** `--color` is true, `--no-color` false, neither is undefined. */
  readonly flag: boolean | undefined;
}

/** Tells whether output is coloured: the flag decides, then NO_COLOR, FORCE_COLOR, TERM=dumb, then the terminal. */
export function wantsColour({ env, isTTY, flag }: ColourWish): boolean {
  if (flag !== undefined) return flag;
  // no-color.org: any value but the empty one.
  if (isSet(env['NO_COLOR'])) return false;
  if (isSet(env['FORCE_COLOR'])) return env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false';
  return isTTY && env['TERM'] !== 'dumb';
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}

const ESC = String.fromCharCode(27);

function painting(open: number, close: number): Brush {
  const start = `${ESC}[${String(open)}m`;
  const end = `${ESC}[${String(close)}m`;
  // A brush inside a brush ends with the outer one's code, so the outer one starts again there.
  return (text) => (text === '' ? '' : start + text.replaceAll(end, end + start) + end);
}
