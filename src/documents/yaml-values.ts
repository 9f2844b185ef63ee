import { isMap, isScalar, isSeq, Scalar, type Document, type Node, type YAMLMap } from 'yaml';
import { readPlainScalar } from './plain-scalar.ts';
import { quoted, type Finding, type Findings } from './yaml-findings.ts';

/** The text and where to tell what is wrong with it. */
export interface Judgement {
  readonly text: string;
  readonly findings: Findings;
}

interface Open {
  readonly node: unknown;
  /** Where to point when the node is not there. */
  readonly offset: number;
  readonly isInFlow: boolean;
}

/** Tells every value of `document` that does not mean the same to every YAML parser. */
export function checkValues(document: Document.Parsed, judgement: Judgement): void {
  const root = judgeRoot(document.contents, judgement.text);
  if (root !== undefined) judgement.findings.add(0, root);
  const open: Open[] = [{ node: document.contents, offset: 0, isInFlow: false }];
  for (let next = open.pop(); next !== undefined && !judgement.findings.isFull(); next = open.pop()) {
    const { node } = next;
    if (isMap(node)) open.push(...checkMap(node, next, judgement));
    else if (isSeq(node)) open.push(...itemsOf(node.items, next, node));
    else checkScalar(node, next, judgement);
  }
}

/** Parsers disagree about how far the further lines of a text that is the whole document are indented. */
function judgeRoot(node: unknown, text: string): Finding | undefined {
  const isInline = isScalar(node) && node.type !== Scalar.BLOCK_LITERAL && node.type !== Scalar.BLOCK_FOLDED;
  if (!isInline || !text.slice(...sourceRange(node)).includes('\n')) return undefined;
  const hint = 'write apiVersion, kind, metadata and spec';
  return { code: 'yaml-syntax', expected: 'a map', found: 'a text of several lines', hint };
}

function itemsOf(items: readonly unknown[], from: Open, node: Node & { flow?: boolean }): Open[] {
  const isInFlow = from.isInFlow || node.flow === true;
  return items.map((item) => ({ node: item, offset: offsetOf(node) ?? from.offset, isInFlow }));
}

function offsetOf(node: unknown): number | undefined {
  return isScalar(node) || isMap(node) || isSeq(node) ? node.range?.[0] : undefined;
}

function checkMap(map: YAMLMap, from: Open, { text, findings }: Judgement): Open[] {
  const isInFlow = from.isInFlow || map.flow === true;
  const seen = new Set<unknown>();
  return map.items.map((pair) => {
    const offset = offsetOf(pair.key) ?? offsetOf(map) ?? from.offset;
    const finding =
      judgeKey(pair.key, seen) ??
      judgeScalar(pair.key, { text, isInFlow }) ??
      (isInFlow ? judgeDistance(offset, offsetOf(pair.value) ?? offset) : undefined);
    if (finding !== undefined) findings.add(offset, finding);
    return { node: pair.value, offset, isInFlow };
  });
}

/** Far below the 1,024 characters after which libyaml and go-yaml take nothing for a key; the library asks that of block maps only. */
const MOST_TO_VALUE = 1_000;

function judgeDistance(key: number, value: number): Finding | undefined {
  if (value - key <= MOST_TO_VALUE) return undefined;
  const expected = `a value within ${String(MOST_TO_VALUE)} characters of the start of its key`;
  return { code: 'yaml-syntax', expected, found: 'one further away', hint: 'use a shorter key' };
}

/** JavaScript gives these keys a meaning of their own: assigning `__proto__` changes an object's class. */
const FORBIDDEN_KEYS: ReadonlySet<unknown> = new Set(['__proto__', 'constructor', 'prototype']);

function judgeKey(key: unknown, seen: Set<unknown>): Finding | undefined {
  if (!isScalar(key)) {
    return { code: 'yaml-feature', expected: 'keys that are text', found: 'a list or map as key', hint: 'use a name' };
  }
  const name = key.value;
  if (key.type === Scalar.PLAIN && readPlainScalar(key.source ?? '').type === 'value') {
    const found = `${key.source ?? ''} unquoted`;
    return { code: 'ambiguous-scalar', expected: 'a key that is text', found, hint: `write "${key.source ?? ''}":` };
  }
  if (name === '<<') {
    return { code: 'yaml-feature', expected: 'keys written out', found: 'a merge key (<<)', hint: 'repeat the keys' };
  }
  if (FORBIDDEN_KEYS.has(name)) {
    return { code: 'forbidden-key', expected: 'another key', found: quoted(String(name)), hint: 'rename it' };
  }
  if (seen.has(name)) {
    const hint = 'keep one of the two; parsers disagree about which one counts';
    return { code: 'duplicate-key', expected: 'each key once', found: `${quoted(String(name))} again`, hint };
  }
  seen.add(name);
  return undefined;
}

function checkScalar(node: unknown, { offset, isInFlow }: Open, { text, findings }: Judgement): void {
  const finding = judgeScalar(node, { text, isInFlow });
  if (finding !== undefined) findings.add(offsetOf(node) ?? offset, finding);
}

function judgeScalar(node: unknown, at: { text: string; isInFlow: boolean }): Finding | undefined {
  // `{a}` and `a:` leave the value out: the same as an empty plain scalar.
  if (!isScalar(node)) return judgePlain('', false);
  if (node.type === Scalar.PLAIN) return judgePlain(node.source ?? '', at.isInFlow);
  if (node.type === Scalar.QUOTE_DOUBLE) return judgeEscapes(at.text.slice(...sourceRange(node)));
  return undefined;
}

function sourceRange(node: Scalar): [number, number] {
  return [node.range?.[0] ?? 0, node.range?.[1] ?? 0];
}

function judgePlain(source: string, isInFlow: boolean): Finding | undefined {
  const scalar = readPlainScalar(source);
  if (scalar.type === 'refused') return scalar.finding;
  // go-yaml ends a plain scalar at `?` and older ones at `:` inside of braces and brackets; ours reads on.
  return isInFlow && scalar.type === 'text' && /[?:]/.test(source)
    ? {
        code: 'ambiguous-scalar',
        expected: 'text with ":" or "?" in quotes, inside of [ ] and { }',
        found: `${quoted(source)} unquoted`,
        hint: `write ${quoted(source)}`,
      }
    : undefined;
}

/** Escapes that YAML 1.1 and 1.2 share; `\/` is new in 1.2. */
const ESCAPE = /\\(?:(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|([\s\S]))/g;
const SIMPLE_ESCAPES = '0abtnvfre "\\N_LP\n';

function judgeEscapes(source: string): Finding | undefined {
  for (const [escape, code, simple] of source.matchAll(ESCAPE)) {
    if (simple !== undefined && !SIMPLE_ESCAPES.includes(simple))
      return badEscape(escape, 'write the character itself');
    const point = code === undefined ? 0 : Number.parseInt(code.slice(1), 16);
    // Halves of a pair: we join them, go-yaml refuses them, others make U+FFFD of each.
    if (point >= 0xd800 && point <= 0xdfff) return badEscape(escape, 'write the character itself, or \\U and 8 digits');
  }
  return undefined;
}

function badEscape(escape: string, hint: string): Finding {
  return { code: 'ambiguous-scalar', expected: 'an escape that YAML 1.1 and 1.2 share', found: quoted(escape), hint };
}
