import type { Column, ColumnKind, DataTable, Wanted } from '../data/port.ts';
import { assert, MregError } from '../documents/error.ts';
import { distanceOf } from './references.ts';
import type { Source } from './measure-sources.ts';

/** Eight bytes each: 64 million numbers are half a GiB, for every column that is measured row by row. */
const MOST_ROWS = 64_000_000;
/** A segment with more values than this names rows, not groups; evidence has room for as many slices. */
const MOST_SEGMENTS = 200;

/** Returns the column of that name; one that is absent or holds something else is refused with the nearest name. */
export function requireColumn({ table, input }: Source, name: string, kinds: readonly ColumnKind[]): Column {
  const column = table.columns.find((each) => each.name === name);
  if (column === undefined) throw absentColumn(table, { source: input.source, name });
  if (kinds.includes(column.kind)) return column;
  throw new MregError(
    'bad-file',
    `the column ${name} of ${input.source} holds ${column.type}, expected ${kinds.join(' or ')}`,
    { hint: `convert it: --query 'SELECT *, CAST(… AS DOUBLE) AS … FROM data'` },
  );
}

function absentColumn({ columns }: DataTable, { source, name }: { source: string; name: string }): MregError {
  const names = columns.map((column) => column.name);
  const near = names
    .map((other) => ({ other, distance: distanceOf(other.toLowerCase(), name.toLowerCase()) }))
    .filter(({ other, distance }) => distance <= Math.max(1, Math.min(other.length, name.length) / 2))
    .sort((a, b) => a.distance - b.distance)[0];
  const listed = `${names.slice(0, 20).join(', ')}${names.length > 20 ? ', …' : ''}`;
  return new MregError('bad-file', `${source} has no column ${name}; it has ${listed}`, {
    hint: near === undefined ? 'check the name of the column' : `did you mean ${near.other}?`,
  });
}

/** Returns columns as a whole, each in one array, ascending by the first `sortedBy` of them. */
export async function readColumns(
  { table, rows, input }: Source,
  wanted: readonly Wanted[],
  sortedBy?: number,
): Promise<Float64Array[]> {
  if (rows > MOST_ROWS)
    throw new MregError('bad-file', `${input.source} holds ${String(rows)} rows, more than are held at once`, {
      hint: `measure a part: --query 'SELECT * FROM data USING SAMPLE 10000000 ROWS (reservoir, 1)'`,
    });
  const columns = wanted.map(() => new Float64Array(rows));
  let at = 0;
  for await (const batch of table.batches(wanted, sortedBy)) {
    batch.forEach((part, index) => columns[index]?.set(part, at));
    at += batch[0]?.length ?? 0;
  }
  return columns;
}

/** Returns the numbers of a column, ascending, and how many rows have none. */
export async function readSorted(
  source: Source,
  column: string,
): Promise<{ readonly sorted: Float64Array; readonly missing: number }> {
  const [all] = await readColumns(source, [{ as: 'number', column }], 1);
  assert(all !== undefined, 'one column was asked for');
  let present = all.length;
  while (present > 0 && Number.isNaN(all[present - 1])) present -= 1;
  return { sorted: all.subarray(0, present), missing: all.length - present };
}

/** Returns the values of a column that parts rows into segments, the largest first, and how many rows have none. */
export async function segmentsOf(
  source: Source,
  name: string,
): Promise<{ readonly values: readonly string[]; readonly missing: number }> {
  requireColumn(source, name, ['text', 'boolean', 'number', 'time']);
  const { values, complete } = await source.table.countValues(name, MOST_SEGMENTS + 1);
  if (!complete || values.length > MOST_SEGMENTS)
    throw new MregError(
      'bad-file',
      `the column ${name} has more than ${String(MOST_SEGMENTS)} values, too many for segments`,
      {
        hint: 'name a column that parts the rows into groups, or make one with --query',
      },
    );
  const known = values.flatMap(({ value }) => (value === null ? [] : [value]));
  return { values: known, missing: values.find(({ value }) => value === null)?.count ?? 0 };
}
