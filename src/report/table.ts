import { paintFor } from './paint.ts';
import type { View } from './view.ts';
import { padTo, widthOf } from './width.ts';
import { wrap } from './wrap.ts';

/** One column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Left out where the table would otherwise be too wide; the rightmost such column goes first. */
  readonly expendable?: boolean;
}

/** Cells are safe text (see escape.ts), painted or not. Columns in which every cell is empty are left out. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** What is said under a row, by its index; empty for nothing. */
  readonly notes?: readonly string[];
  /** Spaces before each line. */
  readonly indent?: number;
}

const GAP = 2;
/** Below this many columns a table reads worse than a list. */
const STACK_BELOW = 50;
/** Words up to this long are kept whole when a column is narrowed; an e-mail address or a short digest is one. */
const WHOLE_WORD = 24;

/** Returns the lines of a table that fits `view.columns`: expendable columns go, wide ones wrap, at last rows are stacked. */
export function renderTable(table: Table, view: View): string[] {
  const full = withoutEmptyColumns(table);
  if (view.columns < STACK_BELOW) return stacked(full, view);
  const lean = withoutExpendable(full, view.columns);
  const widths = fittingWidths(lean, view.columns);
  return widths === undefined ? stacked(lean, view) : aligned(lean, widths, view);
}

function withoutExpendable(table: Table, columns: number): Table {
  if (totalWidth(naturalWidths(table), table.indent ?? 0) <= columns) return table;
  const last = table.columns.findLastIndex((column) => column.expendable === true);
  return last === -1
    ? table
    : withoutExpendable(
        keepingColumns(table, (index) => index !== last),
        columns,
      );
}

function withoutEmptyColumns(table: Table): Table {
  return keepingColumns(table, (index) => index === 0 || table.rows.some((row) => (row[index] ?? '') !== ''));
}

function keepingColumns(table: Table, keeps: (index: number) => boolean): Table {
  const keep = <T>(list: readonly T[]): T[] => list.filter((_, index) => keeps(index));
  return { ...table, columns: keep(table.columns), rows: table.rows.map(keep) };
}

function naturalWidths({ columns, rows }: Table): number[] {
  return columns.map(({ title }, index) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? '')), widthOf(title)),
  );
}

function totalWidth(widths: readonly number[], indent: number): number {
  return widths.reduce((sum, width) => sum + width, indent + GAP * (widths.length - 1));
}

/** Takes one cell at a time from the widest column; undefined where every column is as narrow as it may be. */
function fittingWidths(table: Table, columns: number): number[] | undefined {
  const natural = naturalWidths(table);
  const floors = natural.map((width, index) => Math.min(width, floorOf(table, index)));
  const widths = natural.map((width) => Math.min(width, columns));
  for (let excess = totalWidth(widths, table.indent ?? 0) - columns; excess > 0; excess -= 1) {
    const widest = widestShrinkable(widths, floors);
    if (widest === undefined) return undefined;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function floorOf({ columns, rows }: Table, index: number): number {
  const words = rows.flatMap((row) => (row[index] ?? '').split(' ').map(widthOf));
  const longest = words.reduce((longer, width) => Math.max(longer, width), 0);
  return Math.max(widthOf(columns[index]?.title ?? ''), Math.min(longest, WHOLE_WORD));
}

function widestShrinkable(widths: readonly number[], floors: readonly number[]): number | undefined {
  let found: number | undefined;
  for (const [index, width] of widths.entries()) {
    if (width <= (floors[index] ?? 0)) continue;
    if (found === undefined || width > (widths[found] ?? 0)) found = index;
  }
  return found;
}

function aligned(table: Table, widths: readonly number[], view: View): string[] {
  const paint = paintFor(view);
  const titles = table.columns.map(({ title }) => paint.dim(title));
  const notesAt = ' '.repeat((table.indent ?? 0) + (widths[0] ?? 0) + GAP);
  return [
    ...alignedRow(titles, widths, table),
    ...table.rows.flatMap((row, index) => [
      ...alignedRow(row, widths, table),
      ...noteLines(table.notes?.[index], view, notesAt),
    ]),
  ];
}

function alignedRow(row: readonly string[], widths: readonly number[], table: Table): string[] {
  const cells = widths.map((width, index) => wrap(row[index] ?? '', { columns: width, breakWords: true }));
  const height = Math.max(...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_, line) => {
    const parts = cells.map((lines, index) =>
      padTo(lines[line] ?? '', widths[index] ?? 0, table.columns[index]?.align ?? 'left'),
    );
    return (' '.repeat(table.indent ?? 0) + parts.join(' '.repeat(GAP))).trimEnd();
  });
}

function stacked(table: Table, view: View): string[] {
  const paint = paintFor(view);
  const indent = ' '.repeat(table.indent ?? 0);
  return table.rows.flatMap((row, rowIndex) => {
    const heading = wrap(row[0] ?? '', { columns: view.columns, first: indent, breakWords: true });
    const fields = table.columns.slice(1).flatMap(({ title }, index) => {
      const value = row[index + 1] ?? '';
      const first = `${indent}  ${paint.dim(`${title.trim()}:`)} `;
      return value === '' ? [] : wrap(value, { columns: view.columns, first, rest: `${indent}    `, breakWords: true });
    });
    return [...heading, ...fields, ...noteLines(table.notes?.[rowIndex], view, `${indent}  `)];
  });
}

function noteLines(note: string | undefined, view: View, indent: string): string[] {
  return note === undefined || note === '' ? [] : wrap(note, { columns: view.columns, first: indent });
}
