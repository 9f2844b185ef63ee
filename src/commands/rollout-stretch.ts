import { createHash } from 'node:crypto';
import { graceMs } from '../rollout/decide.ts';
import { holdMs } from '../rollout/terms.ts';
import type { Repository } from '../git/port.ts';
import { readNote, writeNote } from './kept-notes.ts';
import type { Sight, Unseen } from './rollout-look.ts';

/** Something that lasts from look to look, in one state of a stage: that nothing can be told, or that nothing may move. */
interface Stretch {
  /** Of the pointer, and of what lasts. */
  readonly what: string;
  /** When it was first seen, in epoch milliseconds. */
  readonly since: number;
  readonly isTold: boolean;
}

/** The stretches that are under way, by model and stage, so that each is told once; all of it can be lost. */
export type Stretches = Map<string, Stretch>;

/** Returns the sights at which a stretch is to be told; `stretches` is brought up to now. */
export function beginnings(stretches: Stretches, sights: readonly (Sight | Unseen)[], now: Date): ReadonlySet<Sight> {
  const begun = new Set<Sight>();
  for (const sight of sights) {
    // What could not be looked at neither lasts nor ends.
    if ('judged' in sight && isTold(stretches, sight, now)) begun.add(sight);
  }
  return begun;
}

function isTold(stretches: Stretches, sight: Sight, now: Date): boolean {
  const key = keyOf(sight);
  const what = whatLasts(sight);
  if (what === undefined) {
    stretches.delete(key);
    return false;
  }
  const known = stretches.get(key);
  const stretch = known?.what === what ? known : { what, since: now.getTime(), isTold: false };
  const tells = !stretch.isTold && isWorthTelling(sight, stretch, now);
  stretches.set(key, { ...stretch, isTold: stretch.isTold || tells });
  return tells;
}

function keyOf({ watched: { at } }: Sight): string {
  return `${at.model} ${at.stage}`;
}

function whatLasts({ watched, judged }: Sight): string | undefined {
  const { digest } = watched.current;
  if (judged.decision.action === 'inconclusive') return `${digest} inconclusive`;
  return judged.isHeldBack === true ? `${digest} ${watched.barredBy ?? ''}` : undefined;
}

/** A query that fails once, or readings that a young step cannot have yet, are no news; what keeps a step from its end is. */
function isWorthTelling({ watched, judged }: Sight, { since }: Stretch, now: Date): boolean {
  if (judged.isHeldBack === true) return true;
  const { terms, state } = watched;
  const isOverdue = now.getTime() >= state.since.getTime() + holdMs(terms, state);
  return isOverdue || now.getTime() - since >= graceMs(terms, state);
}

/** Returns the id of a stretch: the same for every controller that tells it, though each may have seen it a look apart. */
export function stretchId({ watched }: Sight, at: Date): string {
  const { model, stage } = watched.at;
  const hour = at.toISOString().slice(0, 13);
  return createHash('sha256').update(`${model} ${stage} ${watched.current.digest} ${hour}`).digest('hex').slice(0, 40);
}

/** Returns the stretches that the last run of `--once` in this clone left. */
export async function recallStretches(repository: Repository): Promise<Stretches> {
  const note = await readNote(repository, 'rollouts');
  if (typeof note !== 'object' || note === null) return new Map();
  const entries = Object.entries(note as Readonly<Record<string, unknown>>); // any object is one
  return new Map(entries.filter((entry): entry is [string, Stretch] => isStretch(entry[1])));
}

function isStretch(value: unknown): value is Stretch {
  if (typeof value !== 'object' || value === null) return false;
  const { what, since, isTold } = value as Partial<Record<keyof Stretch, unknown>>; // only looked at
  return typeof what === 'string' && typeof since === 'number' && typeof isTold === 'boolean';
}

/** Leaves the stretches to the next run in this clone. */
export async function keepStretches(repository: Repository, stretches: Stretches, unique: string): Promise<void> {
  await writeNote(repository, { name: 'rollouts', content: Object.fromEntries(stretches), unique });
}
