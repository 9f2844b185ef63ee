/** What the reader of pickles knows of a value: enough to name an import whichever way it is spelt. */
export type PickleValue =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'tuple'; readonly items: readonly PickleValue[] }
  | { readonly kind: 'dict'; readonly entries: Map<string, PickleValue> }
  | { readonly kind: 'global'; readonly name: string }
  | { readonly kind: 'object'; readonly global: string; readonly args: PickleValue; state: PickleValue }
  | { readonly kind: 'mark' }
  | { readonly kind: 'unknown' };

/** A value that no import can be judged by. */
export const UNKNOWN: PickleValue = { kind: 'unknown' };
/** Stands on the stack where a group of values begins. */
export const MARK: PickleValue = { kind: 'mark' };

/** Longer tuples are data, not arguments that an import hangs on. */
const MOST_ITEMS = 32;
const MOST_ENTRIES = 64;

/** Returns a tuple of known values; one too long to matter is unknown. */
export function tupleOf(items: readonly PickleValue[]): PickleValue {
  return items.length > MOST_ITEMS ? UNKNOWN : { kind: 'tuple', items };
}

/** Puts keys and values, in turn, into a dictionary, as far as there is room. */
export function fillDict(dict: PickleValue | undefined, items: readonly PickleValue[]): void {
  if (dict?.kind !== 'dict') return;
  for (let at = 0; at + 1 < items.length && dict.entries.size < MOST_ENTRIES; at += 2) {
    const [key, value] = [items[at], items[at + 1]];
    if (key?.kind === 'text' && value !== undefined) dict.entries.set(key.text, value);
  }
}

/** Returns the entry of a dictionary, UNKNOWN where there is none. */
export function entryOf(dict: PickleValue, key: string): PickleValue {
  return (dict.kind === 'dict' ? dict.entries.get(key) : undefined) ?? UNKNOWN;
}
