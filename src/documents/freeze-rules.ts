import { fault, inOrder, repeated, times, type Fault } from './faults.ts';
import type { FreezeDocument } from './kinds/freeze.ts';

type Spec = FreezeDocument['spec'];
type Field = 'stages' | 'models' | 'until' | 'lifts';

/** What a document of each action must say, and what only the other one says. */
const FIELDS: Readonly<Record<Spec['action'], { readonly needs: readonly Field[]; readonly bars: readonly Field[] }>> =
  {
    freeze: { needs: ['stages', 'models'], bars: ['lifts'] },
    unfreeze: { needs: ['lifts'], bars: ['stages', 'models', 'until'] },
  };

/** Returns what a freeze, or the end of one, says that cannot be. */
export function freezeFaults({ spec }: FreezeDocument): readonly Fault[] {
  const { action, at, until, stages = [], models = [] } = spec;
  return [
    ...times({ 'spec.at': at, ...(until === undefined ? {} : { 'spec.until': until }) }),
    ...(until === undefined ? [] : inOrder('spec.until', at, until)),
    ...FIELDS[action].needs.filter((field) => spec[field] === undefined).map((field) => missing(action, field)),
    ...FIELDS[action].bars.filter((field) => spec[field] !== undefined).map((field) => foreign(action, field)),
    ...repeated('spec.stages', undefined, stages),
    ...repeated('spec.models', undefined, models),
    ...unsorted(spec.standing),
  ];
}

function missing(action: Spec['action'], field: Field): Fault {
  return fault(`spec.${field}`, {
    expected: `${field}, where the action is ${action}`,
    found: 'none',
    hint: `mreg ${action} writes it`,
  });
}

function foreign(action: Spec['action'], field: Field): Fault {
  return fault(`spec.${field}`, {
    expected: `no ${field} where the action is ${action}`,
    found: 'some',
    hint: 'leave it out',
  });
}

/** One set has one spelling. */
function unsorted(standing: readonly number[]): readonly Fault[] {
  const falls = standing.findIndex((number, index) => index > 0 && number <= (standing[index - 1] ?? 0));
  if (falls < 0) return [];
  const expected = `more than the number before it (${String(standing[falls - 1])})`;
  return [fault(`spec.standing.${String(falls)}`, { expected, found: String(standing[falls]) })];
}
