import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataTable, Wanted } from '../../src/data/port.ts';

/** Rows as a test writes them. */
export type Rows = readonly Readonly<Record<string, number | string | boolean | null>>[];

/** A table under test; what it opened is closed by the suite. */
export type OpenTable = (rows: Rows) => Promise<DataTable>;

const FEW: Rows = [
  { score: 0.5, late: true, carrier: 'b', empty: null },
  { score: null, late: false, carrier: "o'hara", empty: null },
  { score: -2, late: null, carrier: null, empty: null },
  { score: 1e300, late: true, carrier: 'b', empty: null },
];

/** More than any engine hands over at once. */
const MANY: Rows = Array.from({ length: 5000 }, (_, row) => ({ n: (row * 7919) % 5000, odd: `k${String(row % 3)}` }));

/** Runs what every table must hold to. */
export function describeDataTable(name: string, open: OpenTable): void {
  describe(`${name} as a table of data`, () => {
    let opened: DataTable[];
    beforeEach(() => {
      opened = [];
    });
    afterEach(() => Promise.all(opened.map((table) => table.close())));
    const tableOf = async (rows: Rows): Promise<DataTable> => {
      const table = await open(rows);
      opened.push(table);
      return table;
    };

    it('tells its columns in order, with what they hold', async () => {
      const { columns } = await tableOf(FEW);
      expect(columns.map((column) => [column.name, column.kind])).toEqual([
        ['score', 'number'],
        ['late', 'boolean'],
        ['carrier', 'text'],
        ['empty', 'text'],
      ]);
      expect(columns.every(({ type }) => type.length > 0)).toBe(true);
    });

    it('counts its rows', async () => {
      expect(await (await tableOf(FEW)).countRows()).toBe(4);
      expect(await (await tableOf(MANY)).countRows()).toBe(5000);
    });

    it('gives numbers row by row, a missing one as NaN and a truth as 1 or 0', async () => {
      const wanted: Wanted[] = [
        { as: 'number', column: 'score' },
        { as: 'number', column: 'late' },
      ];
      expect(await readAll(await tableOf(FEW), wanted)).toEqual([
        [0.5, NaN, -2, 1e300],
        [1, 0, NaN, 1],
      ]);
    });

    it('gives texts by their place in a list, NaN where they are not in it', async () => {
      const wanted: Wanted[] = [
        { as: 'code', column: 'carrier', values: ["o'hara", 'b'] },
        { as: 'code', column: 'late', values: ['true'] },
        { as: 'code', column: 'carrier', values: [] },
      ];
      expect(await readAll(await tableOf(FEW), wanted)).toEqual([
        [1, 0, NaN, 1],
        [0, NaN, NaN, 0],
        [NaN, NaN, NaN, NaN],
      ]);
    });

    it('gives many rows in its own order, and arrays that stay as they are', async () => {
      const table = await tableOf(MANY);
      const [numbers, codes] = await readAll(table, [
        { as: 'number', column: 'n' },
        { as: 'code', column: 'odd', values: ['k2', 'k1', 'k0'] },
      ]);
      expect(numbers).toEqual(MANY.map(({ n }) => n));
      expect(codes).toEqual(MANY.map((_, row) => 2 - (row % 3)));
    });

    it('gives a column ascending, what is missing last', async () => {
      expect(await sortedOf(await tableOf(FEW), 'score')).toEqual([-2, 0.5, 1e300, NaN]);
      expect(await sortedOf(await tableOf(MANY), 'n')).toEqual(MANY.map((_, row) => row));
      expect(await sortedOf(await tableOf(FEW), 'late')).toEqual([0, 1, 1, NaN]);
    });

    it('gives rows ascending by several columns', async () => {
      const wanted: Wanted[] = [
        { as: 'code', column: 'odd', values: ['k1', 'k0'] },
        { as: 'number', column: 'n' },
      ];
      const [codes = [], numbers = []] = await readAll(await tableOf(MANY), wanted, 2);
      const expected = MANY.map(({ n, odd }) => [odd === 'k1' ? 0 : odd === 'k0' ? 1 : 2, Number(n)] as const).sort(
        (a, b) => a[0] - b[0] || a[1] - b[1],
      );
      expect(codes.map((code) => (Number.isNaN(code) ? 2 : code))).toEqual(expected.map(([code]) => code));
      expect(numbers).toEqual(expected.map(([, n]) => n));
    });

    it('counts values, the most frequent first, the missing ones among them', async () => {
      const table = await tableOf(FEW);
      expect(await table.countValues('carrier', 5)).toEqual({
        values: [
          { value: 'b', count: 2 },
          { value: "o'hara", count: 1 },
          { value: null, count: 1 },
        ],
        complete: true,
      });
      expect(await table.countValues('carrier', 1)).toEqual({ values: [{ value: 'b', count: 2 }], complete: false });
    });

    it('counts the rows without a value', async () => {
      const table = await tableOf(FEW);
      expect(await table.countMissing(['empty', 'score', 'carrier'])).toEqual([4, 1, 1]);
      expect(await table.countMissing([])).toEqual([]);
    });

    it('takes columns whose names look like code', async () => {
      const name = `x"; DROP TABLE data; --'`;
      const table = await tableOf([{ [name]: 3 }]);
      expect(await readAll(table, [{ as: 'number', column: name }])).toEqual([[3]]);
      expect(await sortedOf(table, name)).toEqual([3]);
    });
  });
}

/** Returns everything that is wanted of a table, column by column. */
export async function readAll(
  table: DataTable,
  wanted: readonly Wanted[],
  sortedBy?: number,
): Promise<readonly (readonly number[])[]> {
  const columns: number[][] = wanted.map(() => []);
  for await (const batch of table.batches(wanted, sortedBy)) {
    batch.forEach((part, index) => columns[index]?.push(...part));
  }
  return columns;
}

async function sortedOf(table: DataTable, column: string): Promise<readonly number[]> {
  return (await readAll(table, [{ as: 'number', column }], 1))[0] ?? [];
}
