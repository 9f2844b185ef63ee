import type { FreezeDocument } from '../documents/kinds/freeze.ts';
import { assert } from '../documents/error.ts';
import { FREEZES, freezePath, placeOf } from '../documents/paths.ts';
import type { StandingFreeze } from '../gates/input.ts';
import { mustRead } from './read-file.ts';
import { entriesAt, type Snapshot } from './snapshot.ts';

/** Returns the number of the newest freeze, or end of one; 0 when there is none. */
export async function newestFreeze(snapshot: Snapshot): Promise<number> {
  const places = (await entriesAt(snapshot, FREEZES)).map(({ name }) => placeOf(`${FREEZES}/${name}`));
  return places.reduce((newest, place) => (place.kind === 'freeze' ? Math.max(newest, place.sequence) : newest), 0);
}

/**
 * Returns the freezes that were declared and not lifted, by number; some may have ended by now. Reads as many documents as
 * there are, and the newest one, which names them.
 */
export async function readStandingFreezes(snapshot: Snapshot): Promise<readonly StandingFreeze[]> {
  const newest = await newestFreeze(snapshot);
  if (newest === 0) return [];
  const last = await mustRead(snapshot, 'Freeze', freezePath(newest));
  assert(last !== undefined, 'a listed freeze is there');
  return Promise.all(last.body.spec.standing.map((number) => readFreeze(snapshot, number)));
}

async function readFreeze(snapshot: Snapshot, number: number): Promise<StandingFreeze> {
  const path = freezePath(number);
  const stored = await mustRead(snapshot, 'Freeze', path);
  assert(stored !== undefined, `a freeze that stands is there: ${path}`);
  return freezeIn(stored.body);
}

/** Returns what a freeze says; one that lifts another freezes nothing. */
export function freezeIn({ metadata, spec }: FreezeDocument): StandingFreeze {
  const { stages = [], models = [], until, reason, by } = spec;
  const number = metadata.sequence;
  return { number, path: freezePath(number), stages, models, until, reason, by };
}
