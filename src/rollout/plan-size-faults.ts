import { fault, type Fault } from '../documents/faults.ts';

/** What of a rule's size is told. */
interface ShortHold {
  readonly metric: string;
  readonly n: number;
  readonly neededMs: number;
  readonly heldMs: number;
}

/** Nothing is known that a size could be computed from. */
export function noBaseline(field: string, metric: string): Fault {
  return fault(field, {
    expected: `what ${metric} is now: a rate between 0 and 1, or a mean with its standard deviation`,
    found: 'nothing that a size could be computed from',
    hint: `say the champion's ${metric}`,
  });
}

/** What is asked for is nothing. */
export function noDifference(field: string, metric: string): Fault {
  return fault(field, {
    expected: 'a gain, or a loss that is allowed',
    found: '0',
    hint: `no number of events tells "no worse at all" from chance: allow a little, such as ${metric} minDeltaPercent: -1`,
  });
}

/** The hold ends before there are events enough. */
export function tooShort(field: string, { metric, n, neededMs, heldMs }: ShortHold): Fault {
  return fault(field, {
    expected: `a hold of ${spanInWords(neededMs)}: ${String(n)} events of the challenger tell this difference of ${metric}`,
    found: `a hold of ${spanInWords(heldMs)}`,
    hint: 'hold it longer, give the challenger more traffic, or ask for a larger difference',
  });
}

/** No step at which the two versions could be compared. */
export function noSplit(strategy: string): Fault {
  return fault('steps', {
    expected: `a step of the ${strategy} at which both versions have traffic`,
    found: 'none',
    hint: 'add one, such as {weight: 10, hold: 24h}',
  });
}

/** A challenger without anything that it could win. */
export function noTest(): Fault {
  return fault('success', {
    expected: 'a test that the challenger can win',
    found: 'none',
    hint: 'add success: [{metric: …, minDelta: …}]',
  });
}

function spanInWords(ms: number): string {
  if (!Number.isFinite(ms)) return 'for ever';
  const minutes = ms / 60_000;
  if (minutes < 120) return `${minutes.toFixed(minutes < 10 ? 1 : 0)} minutes`;
  return minutes < 2 * 1440 ? `${(minutes / 60).toFixed(1)} hours` : `${(minutes / 1440).toFixed(1)} days`;
}
