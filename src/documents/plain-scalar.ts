import { parseDecimal } from './decimal.ts';
import { quoted, type Finding } from './yaml-findings.ts';

/** What an unquoted YAML scalar says, or why it does not say the same to every parser. */
export type PlainScalar =
  | { readonly type: 'text' }
  | { readonly type: 'value'; readonly value: null | boolean | number }
  | { readonly type: 'refused'; readonly finding: Finding };

const WORDS: ReadonlyMap<string, null | boolean> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** The one spelling of numbers: no plus, no leading zero, digits on both sides of the point, no exponent. */
const NUMBER = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;

/**
 * What some parser in use (YAML 1.1, YAML 1.2, go-yaml as in kubectl, Argo CD and Flux) resolves to something else
 * than the text: each row is wider than any single parser's rule, because quoting costs nothing.
 */
const AMBIGUOUS: readonly { readonly pattern: RegExp; readonly meaning: string }[] = [
  { pattern: /^(?:y|n|yes|no|on|off|true|false)$/i, meaning: 'a boolean to some parsers and text to others' },
  { pattern: /^(?:~|null|)$/i, meaning: 'null to some parsers and text to others' },
  { pattern: /^[-+]?\.?(?:inf|infinity|nan)$/i, meaning: 'not a finite number' },
  { pattern: /^[-+]?0(?:x[0-9a-f_]*|o[0-7_]*|b[01_]*)$/i, meaning: 'a number in another base to some parsers' },
  { pattern: /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:$|[Tt\s])/, meaning: 'a date or time to some parsers' },
  {
    // Octals, underscores, sexagesimals (1:30 is 90), exponents, signs, dates, dotted numbers.
    pattern: /^(?:[-+.0-9][0-9_.,:+-]*(?:e[-+0-9_.]*)?|e[-+]?[0-9][0-9_.]*)$/i,
    meaning: 'a number or date to some parsers and another or text to others',
  },
  { pattern: /^(?:=|<<)$/, meaning: 'a special value in YAML 1.1' },
  { pattern: /^[-?:]/, meaning: 'an indicator to some parsers' },
];

/** Says what the plain scalar `text` means to every parser. */
export function readPlainScalar(text: string): PlainScalar {
  const word = WORDS.get(text);
  if (word !== undefined) return { type: 'value', value: word };
  if (NUMBER.test(text)) return readNumber(text);
  const reading = AMBIGUOUS.find(({ pattern }) => pattern.test(text));
  return reading === undefined ? { type: 'text' } : { type: 'refused', finding: ambiguous(text, reading.meaning) };
}

function readNumber(text: string): PlainScalar {
  const value = parseDecimal(text);
  if (value === undefined) return { type: 'refused', finding: outOfRange(text) };
  // Negative zero is a number of its own to some parsers and 0 to others.
  return Object.is(value, -0)
    ? { type: 'refused', finding: ambiguous(text, 'negative zero') }
    : { type: 'value', value };
}

function outOfRange(text: string): Finding {
  const nearest = Number(text);
  const isLarge = Math.abs(nearest) > Number.MAX_SAFE_INTEGER;
  return {
    code: 'number-range',
    expected: isLarge ? 'a number within ±(2^53-1)' : 'a decimal that every reader keeps exactly (about 15 digits)',
    found: text.length > 60 ? `${text.slice(0, 57)}...` : text,
    hint: isLarge ? 'write it as text in quotes, or in a larger unit' : `round it, for example to ${String(nearest)}`,
  };
}

function ambiguous(text: string, meaning: string): Finding {
  return {
    code: 'ambiguous-scalar',
    expected: 'a value that means the same in YAML 1.1 and 1.2',
    found: text === '' ? 'nothing' : `${quoted(text)} unquoted, ${meaning}`,
    hint:
      HINTS.get(text.toLowerCase()) ?? `put it in quotes if it is text: ${quoted(text)}; else write a plain decimal`,
  };
}

const HINTS: ReadonlyMap<string, string> = new Map([
  ['', 'write null, "", [] or {}'],
  ['~', 'write null'],
  ['null', 'write null in lower case, or quote it if it is text'],
  ['true', 'write true in lower case, or quote it if it is text'],
  ['false', 'write false in lower case, or quote it if it is text'],
  ...['yes', 'y', 'on'].map((word): [string, string] => [word, `write true, or "${word}" in quotes if it is text`]),
  ...['no', 'n', 'off'].map((word): [string, string] => [word, `write false, or "${word}" in quotes if it is text`]),
]);
