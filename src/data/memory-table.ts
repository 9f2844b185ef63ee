import { assert } from '../documents/error.ts';
import type { Column, ColumnKind, DataTable, ValueCounts, Wanted } from './port.ts';

type Cell = number | string | boolean | null;

/** Rows that a batch holds: small, so that whoever reads has to cope with more than one. */
const BATCH_ROWS = 1024;

/** Returns a table over columns in memory, which must be equally long. */
export function openMemoryTable(cells: Readonly<Record<string, readonly Cell[]>>): DataTable {
  const names = Object.keys(cells);
  const rows = cells[names[0] ?? '']?.length ?? 0;
  const cellsOf = (name: string): readonly Cell[] => {
    const found = cells[name];
    assert(found?.length === rows, `the column ${name} is there and as long as the others`);
    return found;
  };
  return {
    columns: names.map((name) => columnOf(name, cellsOf(name))),
    countRows: async () => rows,
    async *batches(wanted, sortedBy = 0) {
      const columns = wanted.map((each) => numbersOf(each, cellsOf(each.column)));
      const order = orderOf(columns.slice(0, sortedBy), rows);
      for (let from = 0; from < rows; from += BATCH_ROWS) {
        const chosen = order.slice(from, from + BATCH_ROWS);
        yield columns.map((column) => Float64Array.from(chosen, (row) => column[row] ?? Number.NaN));
      }
    },
    countValues: async (column, most) => countCells(cellsOf(column), most),
    countMissing: async (columns) => columns.map((name) => cellsOf(name).filter((cell) => cell === null).length),
    close: async () => undefined,
  };
}

function columnOf(name: string, cells: readonly Cell[]): Column {
  const types = new Set(cells.filter((cell) => cell !== null).map((cell) => typeof cell));
  const [type = 'string'] = types.size === 1 ? types : [];
  const kind: ColumnKind = type === 'number' || type === 'boolean' ? type : 'text';
  return { name, type, kind };
}

function numbersOf(wanted: Wanted, cells: readonly Cell[]): Float64Array {
  if (wanted.as === 'number') return Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell)));
  const codes = new Map(wanted.values.map((value, code) => [value, code]));
  return Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : (codes.get(String(cell)) ?? Number.NaN)));
}

function orderOf(keys: readonly Float64Array[], rows: number): number[] {
  const compare = (a: number, b: number): number => {
    for (const key of keys) {
      const [left = Number.NaN, right = Number.NaN] = [key[a], key[b]];
      const order = Number(Number.isNaN(left)) - Number(Number.isNaN(right)) || left - right;
      if (order !== 0 && !Number.isNaN(order)) return order;
    }
    return a - b;
  };
  return Array.from({ length: rows }, (_, row) => row).sort(compare);
}

function countCells(cells: readonly Cell[], most: number): ValueCounts {
  const counts = new Map<string | null, number>();
  for (const cell of cells) {
    const value = cell === null ? null : String(cell);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const values = [...counts].map(([value, count]) => ({ value, count }));
  values.sort((a, b) => b.count - a.count || compareText(a.value, b.value));
  return { values: values.slice(0, most), complete: values.length <= most };
}

/** Missing values last. */
function compareText(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
