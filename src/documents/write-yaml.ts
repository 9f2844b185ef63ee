import { formatDecimal } from './decimal.ts';
import { MregError } from './error.ts';
import { readPlainScalar } from './plain-scalar.ts';
import { readYaml } from './strict-yaml.ts';

/**
 * Returns `value` as the one strict YAML text that mreg writes for it: keys in their order, two spaces a level, every
 * string quoted that is not a plain word, undefined properties left out, one line feed at the end. `comment` comes
 * first, `# ` before each of its lines. `readYaml` always reads back what this returns; throws MregError('usage') for a
 * value that cannot be said (NaN, a number beyond 2^53, half a surrogate pair, a forbidden key) or is over a limit.
 */
export function writeYaml(value: unknown, options: { readonly comment?: string } = {}): string {
  const comment = options.comment === undefined ? [] : options.comment.split('\n').map((line) => `# ${line}`);
  const text = [...comment, ...linesOf(value, 1), ''].join('\n');
  const reading = readYaml(new TextEncoder().encode(text), 'document');
  if (!reading.ok) {
    const [first] = reading.refusals;
    throw new MregError(
      'usage',
      `a document cannot say this: expected ${first?.expected ?? ''}, found ${first?.found ?? ''}`,
      {
        hint: first?.hint ?? '',
        refusals: reading.refusals,
      },
    );
  }
  return text;
}

/** Deep enough for every readable document; a cycle ends here and not in a stack overflow. */
const MAX_DEPTH = 64;

function linesOf(value: unknown, depth: number): string[] {
  if (depth > MAX_DEPTH) throw unsayable('levels within the limit', 'a deeper or circular value');
  if (Array.isArray(value)) return listLines(value, depth);
  return isRecord(value) ? mapLines(value, depth) : [scalar(value)];
}

function listLines(list: readonly unknown[], depth: number): string[] {
  if (list.length === 0) return ['[]'];
  return Array.from(list).flatMap((item) => {
    const [first = '', ...rest] = linesOf(item, depth + 1);
    return [`- ${first}`, ...rest.map((line) => `  ${line}`)];
  });
}

function mapLines(map: Readonly<Record<string, unknown>>, depth: number): string[] {
  const entries = Object.entries(map).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return ['{}'];
  return entries.flatMap(([key, value]) => {
    const lines = linesOf(value, depth + 1);
    const isNested = Array.isArray(value) ? value.length > 0 : isRecord(value) && lines[0] !== '{}';
    return isNested ? [`${text(key)}:`, ...lines.map((line) => `  ${line}`)] : [`${text(key)}: ${lines.join('')}`];
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function scalar(value: unknown): string {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean' || value === null) return String(value);
  throw unsayable(
    'text, numbers, booleans, null, lists and maps',
    typeof value === 'object' ? 'another object' : typeof value,
  );
}

function number(value: number): string {
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw unsayable('a finite number within ±(2^53-1)', String(value));
  }
  return formatDecimal(value);
}

/** Far narrower than what YAML allows unquoted: whoever reads the file never has to know the rule. */
const PLAIN = /^[A-Za-z](?:[A-Za-z0-9_./@ -]*[A-Za-z0-9_./@-])?$/;

function text(value: string): string {
  if (/\p{Surrogate}/u.test(value)) throw unsayable('text in whole characters', 'half of a surrogate pair');
  return PLAIN.test(value) && readPlainScalar(value).type === 'text' ? value : `"${escape(value)}"`;
}

/** What people cannot see, or a parser may take for a line end, and the two characters that end or escape a text. */
const UNPRINTABLE = /["\\]|[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u00a0\ufffe\uffff]/gu;

function escape(value: string): string {
  return value.replace(UNPRINTABLE, (character) => {
    const short = SHORT_ESCAPES.get(character);
    return short ?? escapeCode(character.codePointAt(0) ?? 0);
  });
}

function escapeCode(point: number): string {
  const digits = point.toString(16);
  return point > 0xffff ? `\\U${digits.padStart(8, '0')}` : `\\u${digits.padStart(4, '0')}`;
}

const SHORT_ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\t', '\\t'],
]);

function unsayable(expected: string, found: string): MregError {
  return new MregError('usage', `a document cannot say this: expected ${expected}, found ${found}`, {
    hint: 'correct the value',
  });
}
