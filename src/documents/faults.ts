import { isInstant } from './time.ts';
import { quoted } from './yaml-findings.ts';

/** What is wrong at a dotted field of a document, beyond its shape. */
export interface Fault {
  readonly field: string;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/** Returns a fault; without a hint it says to correct the value. */
export function fault(
  field: string,
  { expected, found, hint }: { expected: string; found: string; hint?: string },
): Fault {
  return { field, expected, found, hint: hint ?? 'correct the value' };
}

/** Returns the fields whose time does not exist. */
export function times(fields: Readonly<Record<string, string>>): readonly Fault[] {
  return Object.entries(fields).flatMap(([field, text]) =>
    isInstant(text)
      ? []
      : [fault(field, { expected: 'a time that exists', found: quoted(text), hint: 'correct the date or the hour' })],
  );
}

/** Returns a fault at `field` when `later` is not after `earlier`. */
export function inOrder(field: string, earlier: string, later: string): readonly Fault[] {
  const isInOrder = Date.parse(earlier) < Date.parse(later);
  return isInOrder || !isInstant(earlier) || !isInstant(later)
    ? []
    : [fault(field, { expected: `a time after ${earlier}`, found: later })];
}

/** Returns a fault when a stage would be moved to itself. */
export function distinctStages(field: string, other: string, stage: string): readonly Fault[] {
  return other === stage ? [fault(field, { expected: `another stage than ${other}`, found: stage })] : [];
}

/** Returns the names of a list that may be absent. */
export function names(items: readonly { readonly name: string }[] = []): readonly string[] {
  return items.map(({ name }) => name);
}

/** Returns the items of the list at `field` that stand in it before; `property` is where the value stands in an item. */
export function repeated(field: string, property: string | undefined, values: readonly string[]): readonly Fault[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) === index
      ? []
      : [
          fault([field, String(index), ...(property === undefined ? [] : [property])].join('.'), {
            expected: 'a value that is not in the list yet',
            found: `${quoted(value)} again`,
            hint: 'remove or rename one of them',
          }),
        ],
  );
}
