import { Unmeasurable } from '../unmeasurable.ts';

/** Returns what a JSON Pointer (RFC 6901) leads to in a value, or undefined where it leads nowhere. */
export function valueAt(value: unknown, pointer: string): unknown {
  if (pointer === '') return value;
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>(stepInto, value);
}

function stepInto(value: unknown, step: string): unknown {
  // Only what is the value's own: `/length` and `/constructor` lead nowhere.
  if (Array.isArray(value)) return /^(?:0|[1-9][0-9]{0,8})$/.test(step) ? (value[Number(step)] as unknown) : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return Reflect.get(value, step) as unknown;
}

/** Returns the number at a pointer; a number in quotes counts. What is none is NaN, where nothing stands is an error. */
export function numberAt(value: unknown, pointer: string): number {
  const found = valueAt(value, pointer);
  if (found === undefined || found === null) throw new Unmeasurable(`empty: nothing stands at ${pointer || 'the top'}`);
  if (typeof found === 'number') return found;
  return typeof found === 'string' && /^-?[0-9]{1,30}(?:\.[0-9]{1,30})?$/.test(found) ? Number(found) : Number.NaN;
}

/** Later than any time in seconds that is meant, earlier than any in milliseconds. */
const LEAST_MILLISECONDS = 1e11;

/** Returns the time at a pointer in epoch milliseconds: an ISO instant with its zone, or seconds or milliseconds since 1970. */
export function timeAt(value: unknown, pointer: string): number {
  const found = valueAt(value, pointer);
  if (typeof found === 'number' && Number.isFinite(found)) return found < LEAST_MILLISECONDS ? found * 1000 : found;
  const isInstant =
    typeof found === 'string' && /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:?[0-9]{2})$/.test(found);
  const time = isInstant ? Date.parse(found) : Number.NaN;
  if (Number.isNaN(time)) throw new Unmeasurable(`no time with its zone stands at ${pointer || 'the top'}`);
  return time;
}
