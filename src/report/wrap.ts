import { carryPaint, piecesOf, widthOf } from './width.ts';

/** How text is broken into lines. */
export interface WrapOptions {
  readonly columns: number;
  /** Before the first line. */
  readonly first?: string;
  /** Before each line after it; as many spaces as `first` is wide, unless given. */
  readonly rest?: string;
  /** Cuts words that are longer than a line. Off in prose, so that a path or a digest can be copied whole. */
  readonly breakWords?: boolean;
}

/** Below this a line holds no words any more; text then runs over the edge instead. */
const NARROWEST = 8;

/** Returns `text` as lines of at most `columns` cells, broken at spaces, with a hanging indent; paint spans lines safely. */
export function wrap(text: string, options: WrapOptions): string[] {
  const { columns, first = '', breakWords = false } = options;
  const rest = options.rest ?? ' '.repeat(widthOf(first));
  const rooms = [first, rest].map((prefix) => Math.max(NARROWEST, columns - widthOf(prefix)));
  const [firstRoom = NARROWEST, restRoom = NARROWEST] = rooms;
  const lines = text.split('\n').flatMap((line, index) => {
    const room = index === 0 ? firstRoom : restRoom;
    // A line that fits keeps its own spacing.
    if (widthOf(line) <= room) return [line];
    return fill(breakWords ? cutWords(line, Math.min(firstRoom, restRoom)) : wordsOf(line), [room, restRoom]);
  });
  return carryPaint(lines).map((line, index) => ((index === 0 ? first : rest) + line).trimEnd());
}

function wordsOf(line: string): string[] {
  return line.split(' ').filter((word) => word !== '');
}

function fill(words: readonly string[], [firstRoom, restRoom]: readonly [number, number]): string[] {
  const lines: string[] = [];
  let line = '';
  let width = 0;
  for (const word of words) {
    const wordWidth = widthOf(word);
    if (line !== '' && width + 1 + wordWidth > (lines.length === 0 ? firstRoom : restRoom)) {
      lines.push(line);
      line = '';
    }
    width = line === '' ? wordWidth : width + 1 + wordWidth;
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function cutWords(line: string, room: number): string[] {
  return wordsOf(line).flatMap((word) => (widthOf(word) <= room ? [word] : cut(word, room)));
}

function cut(word: string, room: number): string[] {
  const parts: string[] = [];
  let part = '';
  for (const { piece, width } of piecesOf(word)) {
    if (widthOf(part) + width > room) {
      // Alternatives are told as `canary|shadow`: between two of them is the better place.
      const end = part.lastIndexOf('|') + 1 || part.length;
      parts.push(part.slice(0, end));
      part = part.slice(end);
    }
    part += piece;
  }
  return [...parts, part];
}
