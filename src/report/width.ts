const ESC = String.fromCharCode(27);
const CODE = new RegExp(`${ESC}\\[[0-9;]*m`, 'g');

/** What reports themselves print: one cell each, known without the tables of Unicode, which take 10 ms to load. */
const ONE_CELL =
  /^[ -~\u00b7\u00d7\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2190-\u2193\u2264\u2265\u25b2\u25bc\u2714\u2718]*$/;

// East Asian Wide and Fullwidth blocks (Unicode UAX #11), whole blocks rather than the full table: enough for names.
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u;
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}\p{Cc}]+$/u;

let segmenter: Intl.Segmenter | undefined;

/** The segmenter loads tables for 10 ms, so it is made when the first text needs it. */
function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** Returns how many terminal cells `text` takes; paint codes and combining marks take none, wide characters two. */
export function widthOf(text: string): number {
  const plain = text.includes(ESC) ? withoutPaint(text) : text;
  if (ONE_CELL.test(plain)) return plain.length;
  let width = 0;
  for (const { segment } of graphemes(plain)) width += widthOfGrapheme(segment);
  return width;
}

/** Returns `text` without paint codes. */
export function withoutPaint(text: string): string {
  return text.replace(CODE, '');
}

/** Returns `text` filled with spaces to `width` cells; longer text stays as it is. */
export function padTo(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const fill = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'left' ? text + fill : fill + text;
}

/** Returns the characters and paint codes of `text` in order, never cutting either. */
export function piecesOf(text: string): { readonly piece: string; readonly width: number }[] {
  const pieces: { piece: string; width: number }[] = [];
  let from = 0;
  for (const match of text.matchAll(CODE)) {
    pieces.push(...graphemesOf(text.slice(from, match.index)), { piece: match[0], width: 0 });
    from = match.index + match[0].length;
  }
  return [...pieces, ...graphemesOf(text.slice(from))];
}

/** Returns unpainted `text` shortened to `width` cells with `ellipsis` at its end, or as it is where it fits. */
export function shorten(text: string, width: number, ellipsis: string): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let room = width - widthOf(ellipsis);
  for (const { piece, width: cells } of piecesOf(text)) {
    room -= cells;
    if (room < 0) break;
    kept += piece;
  }
  return kept + ellipsis;
}

/** Returns lines of which each begins with the paint that the line before left open, and ends what it leaves open. */
export function carryPaint(lines: readonly string[]): string[] {
  let open: string[] = [];
  return lines.map((line) => {
    const start = open.join('');
    for (const [code] of line.matchAll(CODE)) open = isClosing(code) ? open.slice(0, -1) : [...open, code];
    return start + line + open.map(closingOf).reverse().join('');
  });
}

function graphemesOf(text: string): { piece: string; width: number }[] {
  return Array.from(graphemes(text), ({ segment }) => ({ piece: segment, width: widthOfGrapheme(segment) }));
}

function widthOfGrapheme(grapheme: string): number {
  if (ZERO.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

function isClosing(code: string): boolean {
  return code === `${ESC}[22m` || code === `${ESC}[39m` || code === `${ESC}[0m`;
}

function closingOf(code: string): string {
  return code === `${ESC}[1m` || code === `${ESC}[2m` ? `${ESC}[22m` : `${ESC}[39m`;
}
