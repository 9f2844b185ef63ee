import type { FreezeDocument } from '../documents/kinds/freeze.ts';
import { hasEnded } from '../gates/freeze.ts';
import type { StandingFreeze } from '../gates/input.ts';
import { freezeIn } from './freezes.ts';

/** What is wrong with the freezes that a document says stand after it. */
export interface ChainFault {
  readonly expected: string;
  readonly found: string;
}

/**
 * Returns where a freeze, or the end of one, does not follow from those that stood before it: what it adds or lifts, and
 * nothing else, may differ, but for freezes that had ended when it was made. Attack: one that leaves out what it may not lift.
 */
export function chainFaults(before: readonly StandingFreeze[], document: FreezeDocument): readonly ChainFault[] {
  const { spec } = document;
  const { lifts } = spec;
  const isNew = spec.action === 'freeze';
  const lifted = before.some(({ number }) => number === lifts);
  const after = [...before.filter(({ number }) => isNew || number !== lifts), ...(isNew ? [freezeIn(document)] : [])];
  const known = new Set(after.map(({ number }) => number));
  const added = spec.standing.filter((number) => !known.has(number));
  const madeAt = new Date(spec.at);
  const dropped = droppedBy(document, after).filter((freeze) => !hasEnded(freeze, madeAt));
  return [
    ...(isNew || lifted ? [] : [{ expected: `lifts: ${numbersText(before)}`, found: String(lifts) }]),
    ...added.map((number) => ({ expected: `standing: ${numbersText(after)}`, found: `${String(number)}, too` })),
    ...dropped.map(({ number, until }) => ({
      expected: `standing: ${String(number)}, ${until === undefined ? 'which nobody lifted' : `until ${until}`}`,
      found: 'left out',
    })),
  ];
}

/** Returns the freezes of `standing` that a document leaves out. */
export function droppedBy({ spec }: FreezeDocument, standing: readonly StandingFreeze[]): readonly StandingFreeze[] {
  return standing.filter(({ number }) => !spec.standing.includes(number) && number !== spec.lifts);
}

function numbersText(freezes: readonly StandingFreeze[]): string {
  return freezes.map(({ number }) => String(number)).join(', ') || 'none stands';
}
