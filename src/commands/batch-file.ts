import { MregError } from '../documents/error.ts';
import { parseReference } from '../documents/reference.ts';
import { readDataFile } from './data-file.ts';
import type { Outside } from './outside.ts';

/** One line of a batch. */
export interface BatchItem {
  readonly ref: string;
  readonly to: string;
  readonly note?: string;
}

/** A commit is judged as a whole, and people read it as a whole. */
const MOST_ITEMS = 100;
const KEYS: ReadonlySet<string> = new Set(['ref', 'to', 'note']);

/** Reads a batch, `[{ref, to, note?}, …]` in YAML or JSON; throws MregError('bad-file') with the place of what is wrong. */
export async function readBatch(outside: Outside, file: string): Promise<readonly BatchItem[]> {
  const value = await readDataFile(outside, file);
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_ITEMS)
    throw badBatch(file, `expected a list of 1 to ${String(MOST_ITEMS)} promotions`);
  const items = value.map((item: unknown, index) => itemOf(file, index, item));
  refuseTwice(file, items);
  return items;
}

function itemOf(file: string, index: number, value: unknown): BatchItem {
  const where = `${file}, promotion ${String(index + 1)}`;
  const fields = new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  const stray = [...fields.keys()].find((key) => !KEYS.has(key));
  if (stray !== undefined) throw badBatch(where, `it has ${stray}; known are ${[...KEYS].join(', ')}`);
  const [ref, to, note] = ['ref', 'to', 'note'].map((key) => fields.get(key));
  const isNote = note === undefined || typeof note === 'string';
  if (typeof ref !== 'string' || typeof to !== 'string' || !isNote)
    throw badBatch(where, 'expected ref and to, and a note if you like, each a text');
  return { ref, to, ...(note === undefined ? {} : { note }) };
}

/** A promotion comes with no other change to its model: the second would be refused, and with it the whole commit. */
function refuseTwice(file: string, items: readonly BatchItem[]): void {
  const models = items.map(({ ref }) => parseReference(ref).model);
  const twice = models.find((model, index) => models.indexOf(model) !== index);
  if (twice !== undefined) throw badBatch(file, `${twice} stands there twice; a commit promotes a model once`);
}

function badBatch(where: string, message: string): MregError {
  return new MregError('bad-file', `${where}: ${message}`, { hint: '- {ref: fraud_detector@v7, to: prod, note: why}' });
}
