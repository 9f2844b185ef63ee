import { LIMITS } from './limits.ts';
import type { Reading, Refusal } from './refusal.ts';
import { openFindings, type Finding } from './yaml-findings.ts';

/**
 * Characters that a document may not hold as they are. CR, NEL and U+2028/9 end a line for some parsers only: what one
 * reads as a comment another reads as content. Bidi controls show people another order than machines read. The rest
 * is not printable in YAML, and a tab is indentation to some parsers and an error to others.
 */
const FORBIDDEN =
  // eslint-disable-next-line no-control-regex -- naming them is the purpose
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

/** Decodes the bytes of a document, or says why no parser should see them. */
export function readText(bytes: Uint8Array, path: string): Reading<string> {
  if (bytes.length > LIMITS.bytes) return { ok: false, refusals: [tooLarge(bytes.length, path)] };
  const text = decode(bytes);
  if (text === undefined) return { ok: false, refusals: [notUtf8(path)] };
  const findings = openFindings(path, text);
  for (const match of text.matchAll(FORBIDDEN)) {
    if (findings.isFull()) break;
    findings.add(match.index, forbidden(match[0]));
  }
  const refusals = findings.list();
  return refusals.length === 0 ? { ok: true, value: text } : { ok: false, refusals };
}

function tooLarge(size: number, path: string): Refusal {
  return {
    code: 'too-large',
    path,
    expected: `at most ${String(LIMITS.bytes)} bytes`,
    found: `${String(size)} bytes`,
    hint: 'keep large contents beside the registry and record their digest',
  };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    // ignoreBOM keeps a byte order mark in the text, where it is refused instead of silently dropped.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function notUtf8(path: string): Refusal {
  return {
    code: 'not-utf8',
    path,
    expected: 'valid UTF-8',
    found: 'bytes that are not UTF-8',
    hint: 'save the file as UTF-8 without a byte order mark',
  };
}

function forbidden(character: string): Finding {
  const point = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  return {
    code: 'forbidden-character',
    expected: 'printable characters, spaces and line feeds',
    found: NAMES[point] ?? `U+${point}`,
    hint: HINTS[point] ?? `remove it, or write it as "\\u${point.toLowerCase()}" in double quotes`,
  };
}

const NAMES: Readonly<Record<string, string>> = {
  '0009': 'a tab (U+0009)',
  '000D': 'a carriage return (U+000D)',
  FEFF: 'a byte order mark (U+FEFF)',
};

const HINTS: Readonly<Record<string, string>> = {
  '0009': 'indent with spaces; inside text write "\\t" in double quotes',
  '000D': 'save the file with LF line ends (git config core.autocrlf false)',
  FEFF: 'save the file as UTF-8 without a byte order mark',
};
