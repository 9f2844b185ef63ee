import type { View } from './view.ts';

/**
 * Returns `text` as one line in which nothing can act on a terminal or deceive a reader: control characters (ANSI
 * escapes, newlines), bidi and zero-width controls, lone surrogates and non-characters become `\x1b` or `\u202e`.
 *
 * Guards against a model name or commit subject that recolours, overwrites or reorders what mreg says about it. Applied
 * once, to everything that a document, a commit or a remote says; never to text that is already painted.
 */
export function visible(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

/** Returns the lines of a longer text (a note, a hook's message), each made visible; only line feeds divide lines. */
export function visibleLines(text: string): string[] {
  return text.replace(/\r\n/g, '\n').replace(/\n+$/, '').split('\n').map(visible);
}

/** Returns `text` made visible for `view`: where only ASCII is safe, every other character is escaped as well. */
export function shown(text: string, view: Pick<View, 'unicode'>): string {
  const safe = visible(text);
  return view.unicode ? safe : safe.replace(/[^ -~]/gu, escapeOf);
}

// Cc control, Cf format (bidi, zero-width, soft hyphen, tags), Cs lone surrogate, Co private use, Zl and Zp separators.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}]/gu;

function escapeOf(character: string): string {
  const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  const code = character.codePointAt(0) ?? 0;
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  return short[character] ?? (code > 0xff ? `\\u${hex(code, 4)}` : `\\x${hex(code, 2)}`);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
