import type { FreezeDocument } from '../documents/kinds/freeze.ts';
import { freezePath, placeOf } from '../documents/paths.ts';
import type { Refusal } from '../documents/refusal.ts';
import type { StandingFreeze } from '../gates/input.ts';
import { chainFaults } from './freeze-chain.ts';
import { freezeIn } from './freezes.ts';
import { verifyDocument, type Verification } from './verify-document.ts';

/**
 * Verifies every freeze of a state by itself, then that each follows from the one before it. Whether somebody who lifted one
 * might do so was judged when it came in, under the roles of that time.
 */
export async function verifyFreezes(verification: Verification, files: readonly string[]): Promise<readonly Refusal[]> {
  const numbers = files.flatMap((path) => {
    const place = placeOf(path);
    return place.kind === 'freeze' ? [place.sequence] : [];
  });
  const refusals: Refusal[] = [];
  const documents: FreezeDocument[] = [];
  for (const number of numbers.sort((a, b) => a - b)) {
    const reading = await verifyDocument(verification, 'Freeze', freezePath(number));
    if (reading.ok) documents.push(reading.value.body);
    else refusals.push(...reading.refusals);
  }
  return [...refusals, ...gaps(numbers), ...(refusals.length === 0 ? chainOf(documents) : [])];
}

function gaps(numbers: readonly number[]): readonly Refusal[] {
  const first = numbers.findIndex((number, index) => number !== index + 1);
  if (first < 0) return [];
  const path = freezePath(first + 1);
  const hint = `git log --diff-filter=D -- ${path}`;
  return [{ code: 'sequence', path, expected: 'numbers without gaps', found: 'this one is missing', hint }];
}

function chainOf(documents: readonly FreezeDocument[]): readonly Refusal[] {
  let standing: readonly StandingFreeze[] = [];
  return documents.flatMap((document) => {
    const path = freezePath(document.metadata.sequence);
    const hint = `git log -- ${path}; the server never admits this: find out how it came here`;
    const faults = chainFaults(standing, document).map((fault): Refusal => ({ code: 'chain', path, ...fault, hint }));
    standing = [...standing, freezeIn(document)].filter(({ number }) => document.spec.standing.includes(number));
    return faults;
  });
}
