import { readKey, readValue, skipSpaces, type Cursor } from './everyday-line.ts';
import { LIMITS } from './limits.ts';

/**
 * Returns what `text` says if it is written in the plain style of nearly all documents, or undefined for every other text,
 * which may be good or bad: only the full reader tells, and only that one knows refusals.
 *
 * The style: comments and blank lines; maps and lists two spaces a level; values on one line, plain or in double quotes or
 * in brackets and braces. Loading and warming up the library behind the full reader takes longer than most commands. What
 * is accepted here must be accepted there and mean the same, so whatever needs thought is left to it. `text` holds no
 * character that `readText` refuses.
 */
export function readEverydayYaml(text: string): unknown {
  if (!text.endsWith('\n')) return undefined;
  const all = text.slice(0, -1).split('\n');
  const lines = all.filter((line) => !IDLE.test(line));
  const cursor: Cursor = { lines, row: 0, column: 0, values: 0 };
  const value = isAt(cursor, 0) ? readBlock(cursor, { indent: 0, depth: 0 }) : undefined;
  const isWhole = cursor.row === lines.length;
  return isWhole && isWithinLimits(cursor.values, all.length) ? value : undefined;
}

const IDLE = /^(?: *#.*)?$/;

/**
 * The most tokens that the full reader counts for a value: dash or comma, key and colon with the spaces behind them,
 * scalar or brackets, each with the marks that its lexer adds.
 */
const TOKENS_A_VALUE = 12;
/** Indentation, a space, a comment and the line feed. */
const TOKENS_A_LINE = 4;

function isWithinLimits(values: number, lines: number): boolean {
  return values <= LIMITS.nodes && TOKENS_A_VALUE * values + TOKENS_A_LINE * lines <= LIMITS.tokens;
}

/** Where a value stands: the column of its first character, and the number of lists and maps around it. */
interface Level {
  readonly indent: number;
  readonly depth: number;
}

const STEP = 2;

function inside({ indent, depth }: Level): Level {
  return { indent: indent + STEP, depth: depth + 1 };
}

/** Moves to the first character of the next line, if that is where a value with this indentation begins. */
function isAt(cursor: Cursor, indent: number): boolean {
  if (cursor.lines[cursor.row]?.search(/[^ ]/) !== indent) return false;
  cursor.column = indent;
  return true;
}

/** Reads the value that begins here and ends with a line. Lines that belong to no level are left over in the end. */
function readBlock(cursor: Cursor, level: Level): unknown {
  if (isDash(cursor)) return readList(cursor, level);
  const { column } = cursor;
  const isMap = readKey(cursor) !== undefined;
  cursor.column = column;
  return isMap ? readMap(cursor, level) : readRestOfLine(cursor, level.depth);
}

function isDash({ lines, row, column }: Cursor): boolean {
  return lines[row]?.startsWith('- ', column) === true;
}

function readList(cursor: Cursor, level: Level): unknown[] | undefined {
  if (level.depth === LIMITS.depth) return undefined;
  cursor.values += 1;
  const list: unknown[] = [];
  do {
    if (!isDash(cursor)) return undefined;
    cursor.column += STEP;
    const item = readBlock(cursor, inside(level));
    if (item === undefined) return undefined;
    list.push(item);
  } while (isAt(cursor, level.indent));
  return list;
}

function readMap(cursor: Cursor, level: Level): object | undefined {
  if (level.depth === LIMITS.depth) return undefined;
  cursor.values += 1;
  const map: Record<string, unknown> = {};
  do {
    const key = readKey(cursor);
    if (key === undefined || Object.hasOwn(map, key)) return undefined;
    const value = readValueOfKey(cursor, inside(level));
    if (value === undefined) return undefined;
    map[key] = value;
  } while (isAt(cursor, level.indent));
  return map;
}

function readValueOfKey(cursor: Cursor, level: Level): unknown {
  if (!endLine(cursor)) return readRestOfLine(cursor, level.depth);
  return isAt(cursor, level.indent) ? readBlock(cursor, level) : undefined;
}

function readRestOfLine(cursor: Cursor, depth: number): unknown {
  skipSpaces(cursor);
  const value = readValue(cursor, { depth, isInFlow: false });
  return endLine(cursor) ? value : undefined;
}

const COMMENT = / +#/y;

/** Moves to the next line if nothing but a comment is left of this one. */
function endLine(cursor: Cursor): boolean {
  const line = cursor.lines[cursor.row] ?? '';
  COMMENT.lastIndex = cursor.column;
  if (cursor.column < line.length && !COMMENT.test(line)) return false;
  cursor.row += 1;
  return true;
}
