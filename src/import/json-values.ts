/** A map of which nothing is known but that it is one. */
export type Fields = Readonly<Record<string, unknown>>;

/** Returns a value as a map; an empty one where it is none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}; // a plain map has text for keys
}

/** Returns a value as a list; an empty one where it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Returns a value as text where it is text that says something, or a number; undefined otherwise. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Returns the pairs of what is either a map or a list of `{key, value}`: both are in use for tags and parameters. */
export function pairsOf(value: unknown): readonly (readonly [string, unknown])[] {
  if (!Array.isArray(value)) return Object.entries(fieldsOf(value));
  return value.map(fieldsOf).flatMap(({ key, value: held }) => (typeof key === 'string' ? [[key, held] as const] : []));
}

/** Returns the instant of a count of milliseconds as documents write it; undefined where it is none. */
export function instantFrom(milliseconds: unknown): string | undefined {
  const value = Number(textOf(milliseconds));
  return Number.isFinite(value) && value > 0 && value < 8e14 ? plainInstant(new Date(value)) : undefined;
}

function plainInstant(at: Date): string | undefined {
  const text = at.toISOString();
  return /^\d{4}-/.test(text) ? text : undefined;
}
