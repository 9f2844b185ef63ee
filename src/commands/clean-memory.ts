import type { Digest } from '../documents/digest.ts';
import type { CleanModel, CleanModels } from '../registry/clean-models.ts';
import { readNote, writeNote } from './kept-notes.ts';
import type { Session } from './session.ts';

type At = Pick<Session, 'repository' | 'outside'>;

/** What earlier runs found clean, and what this one did. */
export interface CleanMemory {
  /** Where verification looks things up, and where it notes what it found. */
  readonly models: (ground: Digest) => CleanModels;
  /** Keeps what this run found clean in place of what was kept before, so that the file never outgrows the registry. */
  readonly keep: () => Promise<boolean>;
}

/** A model's folder, its number of files and the bases of its pointers. */
type Row = readonly [tree: string, files: number, bases: readonly string[]];

/** Reads what earlier runs of this very program kept; with `isFull` nothing of it is believed, but this run is kept. */
export async function openCleanMemory(
  { repository, outside }: At,
  { isFull }: { readonly isFull: boolean },
): Promise<CleanMemory> {
  const note = isFull ? undefined : await readNote(repository, 'verified');
  const rules = outside.version;
  const fresh = new Map<string, Row>();
  let ground: Digest | undefined;
  let kept: Readonly<Record<string, unknown>> = {};
  return {
    models: (now) => {
      ground = now;
      kept = rowsOf(note, { rules, ground });
      return {
        read: (model, tree) => modelOf(kept[model], tree),
        note: (model, tree, { files, bases }) => fresh.set(model, [tree, files, bases]),
      };
    },
    keep: async () => {
      if (ground === undefined || isSame(kept, fresh)) return true;
      const content = { rules, ground, models: Object.fromEntries(fresh) };
      return writeNote(repository, { name: 'verified', content, unique: outside.randomHex(8) });
    },
  };
}

function rowsOf(
  note: unknown,
  wanted: { readonly rules: string; readonly ground: Digest },
): Readonly<Record<string, unknown>> {
  if (!isRecord(note) || note['rules'] !== wanted.rules || note['ground'] !== wanted.ground) return {};
  return isRecord(note['models']) ? note['models'] : {};
}

function modelOf(row: unknown, wanted: string): CleanModel | undefined {
  if (!Array.isArray(row)) return undefined;
  const [tree, files, bases] = row as readonly unknown[]; // each is checked below
  if (tree !== wanted || typeof files !== 'number' || !Array.isArray(bases)) return undefined;
  return { files, bases: bases.map(String) };
}

/** Nothing is written where nothing changed: another run may be reading, and a disk may be read-only. */
function isSame(kept: Readonly<Record<string, unknown>>, fresh: ReadonlyMap<string, Row>): boolean {
  const isKept = ([model, [tree]]: readonly [string, Row]): boolean => modelOf(kept[model], tree) !== undefined;
  return Object.keys(kept).length === fresh.size && [...fresh].every(isKept);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
