import { LIMITS } from './limits.ts';
import { readPlainScalar } from './plain-scalar.ts';

/** How far a text was read. */
export interface Cursor {
  /** Without comment lines and blank ones. */
  readonly lines: readonly string[];
  row: number;
  column: number;
  /** Values read so far, as `LIMITS.nodes` counts them. */
  values: number;
}

interface Context {
  readonly depth: number;
  readonly isInFlow: boolean;
}

/** Reads the value that begins here and ends on this line, or returns undefined if it is not an everyday one. */
export function readValue(cursor: Cursor, { depth, isInFlow }: Context): unknown {
  cursor.values += 1;
  if (cursor.values > LIMITS.nodes) return undefined;
  switch (cursor.lines[cursor.row]?.[cursor.column]) {
    case '"':
      return readQuoted(cursor);
    case '[':
      return depth === LIMITS.depth ? undefined : readFlowList(cursor, depth);
    case '{':
      return depth === LIMITS.depth ? undefined : readFlowMap(cursor, depth);
    default:
      return readPlain(cursor, isInFlow ? PLAIN_IN_FLOW : PLAIN);
  }
}

function readFlowList(cursor: Cursor, depth: number): unknown[] | undefined {
  const list: unknown[] = [];
  take(cursor, OPENING);
  if (take(cursor, CLOSING_BRACKET) !== undefined) return list;
  do {
    const item = readValue(cursor, { depth: depth + 1, isInFlow: true });
    if (item === undefined) return undefined;
    list.push(item);
  } while (take(cursor, COMMA) !== undefined);
  return take(cursor, CLOSING_BRACKET) === undefined ? undefined : list;
}

function readFlowMap(cursor: Cursor, depth: number): object | undefined {
  const map: Record<string, unknown> = {};
  take(cursor, OPENING);
  if (take(cursor, CLOSING_BRACE) !== undefined) return map;
  do {
    const key = readKey(cursor);
    if (key === undefined || Object.hasOwn(map, key)) return undefined;
    skipSpaces(cursor);
    const value = readValue(cursor, { depth: depth + 1, isInFlow: true });
    if (value === undefined) return undefined;
    map[key] = value;
  } while (take(cursor, COMMA) !== undefined);
  return take(cursor, CLOSING_BRACE) === undefined ? undefined : map;
}

const OPENING = /[[{] */y;
const COMMA = /, +/y;
const CLOSING_BRACKET = / *\]/y;
const CLOSING_BRACE = / *\}/y;
const SPACES = / */y;

/** Moves behind the spaces that stand here. */
export function skipSpaces(cursor: Cursor): void {
  take(cursor, SPACES);
}

/** Returns what `pattern`, a sticky one, finds here, and moves behind it. */
function take(cursor: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = cursor.column;
  const found = pattern.exec(cursor.lines[cursor.row] ?? '')?.[0];
  cursor.column += found?.length ?? 0;
  return found;
}

/** YAML parsers look for the colon in the first 1,024 characters only; we stay away from where they begin to differ. */
const MAX_KEY_LENGTH = 1_000;
const COLON = /:(?= |$)/y;

/** Left to the full reader, which tells why they are refused. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['<<', '__proto__', 'constructor', 'prototype']);

/** Returns the key that begins here and moves behind its colon; undefined if there is none, or not an everyday one. */
export function readKey(cursor: Cursor): string | undefined {
  const { column } = cursor;
  const isQuoted = cursor.lines[cursor.row]?.startsWith('"', column) === true;
  const key = isQuoted ? readQuoted(cursor) : readPlain(cursor, PLAIN_IN_FLOW);
  if (typeof key !== 'string' || FORBIDDEN_KEYS.has(key) || cursor.column - column > MAX_KEY_LENGTH) return undefined;
  return take(cursor, COLON) === undefined ? undefined : key;
}

/**
 * Words of a line that no parser takes for anything else but perhaps a number, a date or a word like `yes`. No `: ` and
 * no ` #`, which end it, no quote or indicator in front. Ends before the first other character: what that one means is
 * for the caller.
 */
const PLAIN = /[A-Za-z0-9/_(-][A-Za-z0-9/_()'.,;=+*@ -]*/y;
/** Inside of brackets, and in keys, a comma ends it. */
const PLAIN_IN_FLOW = /[A-Za-z0-9/_(-][A-Za-z0-9/_()'.;=+*@ -]*/y;

function readPlain(cursor: Cursor, pattern: RegExp): unknown {
  const { column } = cursor;
  const text = take(cursor, pattern)?.trimEnd();
  if (text === undefined) return undefined;
  // Spaces at the end are no part of the text, and belong to what follows.
  cursor.column = column + text.length;
  const scalar = readPlainScalar(text);
  if (scalar.type === 'text') return text;
  return scalar.type === 'value' ? scalar.value : undefined;
}

/** Escapes that our writer writes; a half of a surrogate pair is none of them. */
const ESCAPES = /\\(?:(["\\nt])|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g;
const QUOTED = /"(?:[^"\\]|\\(?:["\\nt]|u(?![dD][89a-fA-F])[0-9a-fA-F]{4}|U000(?!0[dD][89a-fA-F])[0-9a-fA-F]{5}))*"/y;
const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
]);

function readQuoted(cursor: Cursor): string | undefined {
  const source = take(cursor, QUOTED)?.slice(1, -1);
  return source?.replace(ESCAPES, (_, simple?: string, short?: string, long?: string) => {
    if (simple !== undefined) return SIMPLE_ESCAPES.get(simple) ?? simple;
    return String.fromCodePoint(Number.parseInt(short ?? long ?? '', 16));
  });
}
