import { formatDecimal } from './decimal.ts';
import type { Guard } from './kinds/guard.ts';

/** What a guard can be bounded by; it has exactly one of them. */
export const GUARD_BOUNDS = ['above', 'below', 'worseBy', 'worseByPercent'] as const;

/** A bound with its number, in the unit of the metric or in percent of the champion's value. */
export interface GuardBound {
  readonly kind: (typeof GUARD_BOUNDS)[number];
  readonly value: number;
}

/** Returns the bounds that a guard names; a document that was admitted names one. */
export function boundsOf(guard: Guard): readonly GuardBound[] {
  return GUARD_BOUNDS.flatMap((kind) => {
    const value = guard[kind];
    return value === undefined ? [] : [{ kind, value }];
  });
}

/** Returns what a guard aborts at: `above 80 for 5m`, `worse than the champion by 1 % for 30m`. */
export function thresholdInWords(guard: Guard): string {
  const bounds = boundsOf(guard).map(boundInWords).join(' or ');
  return guard.for === undefined ? bounds : `${bounds} for ${guard.for}`;
}

/** Returns a guard as a clause: `latency_p95_ms is above 80 for 5m`. */
export function guardInWords(guard: Guard): string {
  return `${guard.metric} is ${thresholdInWords(guard)}`;
}

function boundInWords({ kind, value }: GuardBound): string {
  const number = formatDecimal(value);
  switch (kind) {
    case 'above':
    case 'below':
      return `${kind} ${number}`;
    case 'worseBy':
      return `worse than the champion by ${number}`;
    case 'worseByPercent':
      return `worse than the champion by ${number} %`;
  }
}
